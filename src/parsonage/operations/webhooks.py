"""Which webhooks there are: declared with the master key, kept in ``_Hooks``, and put over the Cloud Code.

A webhook is called in the place of the handler that has its kind and name, whatever its language, until it
is taken back. Every process of a server learns of a change by a notice, before its next request.

Rules: reference/cloud-code.md, section 5; reference/storage-postgres.md, section 6; PB115.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.hooks import (
    CreateHook,
    DeleteHook,
    FunctionHook,
    GetHook,
    HookName,
    ListHooks,
    TriggerHook,
    UpdateHook,
)
from parsonage.commands.objects import Plain
from parsonage.handlers.registry import TRIGGERS, Handler, Kind, check_trigger_class
from parsonage.handlers.webhook import can_call
from parsonage.operations.house import House
from parsonage.protocol.errors import InvalidHook, NeedsMasterKey, ObjectNotFound, OperationForbidden
from parsonage.query.model import Condition, Equals, Present, Query, all_of
from parsonage.query.typed import typed, typed_condition
from parsonage.schema.builtin import VOLATILE
from parsonage.storage.changes import Change, Failed, Insert, Notice, NoticeKind, RemoveAll, Unit

log = logging.getLogger("parsonage.webhooks")

_CLASS = VOLATILE["_Hooks"]
_FIELDS = ("functionName", "className", "triggerName", "url")
_TRIGGERS = {kind.value: kind for kind in TRIGGERS}
_INVALID = "invalid hook declaration"


async def list_hooks(house: House, call: Call, caller: Caller, command: ListHooks) -> Plain:
    """All webhooks of functions, or of triggers."""
    _for_master(caller)
    return Plain(await _rows(house, Present("triggerName" if command.of_triggers else "functionName")))


async def get_hook(house: House, call: Call, caller: Caller, command: GetHook) -> Plain:
    """One webhook. Raises InvalidHook (143) if there is none."""
    _for_master(caller)
    return Plain(await _existing(house, command.hook))


async def create_hook(house: House, call: Call, caller: Caller, command: CreateHook) -> Plain:
    """Declare a webhook. Raises InvalidHook (143) for what is none, and for a second one of its name."""
    _for_writing(caller)
    hook, url = _declared(command.declaration)
    if await _rows(house, _where(hook)):
        raise InvalidHook(_taken(hook))
    return Plain(await _write(house, hook, url))


async def update_hook(house: House, call: Call, caller: Caller, command: UpdateHook) -> Plain:
    """Give a webhook another URL. Raises InvalidHook (143) if there is none, or the URL is none."""
    _for_writing(caller)
    url = _checked(command.hook, command.url)
    await _existing(house, command.hook)
    return Plain(await _write(house, command.hook, url))


async def delete_hook(house: House, call: Call, caller: Caller, command: DeleteHook) -> Plain:
    """Take a webhook back; the app's own handler of this name is called again. Raises ObjectNotFound (101)."""
    _for_writing(caller)
    if not await _rows(house, _where(command.hook)):
        raise ObjectNotFound
    await _change(house, _removal(command.hook))
    return Plain({})


async def load_webhooks(house: House) -> None:
    """Put the webhooks that are stored, and no others, over the Cloud Code."""
    async with house.handlers.loading_webhooks:
        house.callers.webhooks_are_stale = False  # what changes from now on makes them stale again
        try:
            found = await _rows(house, all_of())
        except BaseException:
            house.callers.webhooks_are_stale = True
            raise
        hooks = [handler for row in found if (handler := _handler(house, row)) is not None]
        house.handlers.cover_with(hooks)


def tell_of_webhooks(house: House) -> None:
    """Say at the start which handlers are not called because a webhook has their name."""
    registry = house.handlers.registry
    for covered in registry.covered():
        log.warning("%s is not called: a webhook has its name", covered)
    if house.handlers.webhooks and not can_call():
        log.error("the webhooks can't be called without httpx: pip install 'parsonage[http]'")


def _handler(house: House, row: dict[str, Any]) -> Handler | None:
    name, class_name, trigger, url = (row.get(field) for field in _FIELDS)
    if not isinstance(url, str):
        return None
    if isinstance(name, str):
        return house.handlers.calls.handler(Kind.FUNCTION, name, url)
    kind = _TRIGGERS.get(str(trigger))
    if kind is None or not isinstance(class_name, str):
        log.warning("the webhook %s of %s at %s is never called: there is no such trigger", trigger, class_name, url)
        return None
    return house.handlers.calls.handler(kind, class_name, url)


def _for_master(caller: Caller) -> None:
    if not caller.is_master:
        raise NeedsMasterKey


def _for_writing(caller: Caller) -> None:
    _for_master(caller)
    if caller.is_read_only:
        raise OperationForbidden(detail="read-only masterKey isn't allowed to change hooks.")


def _declared(json: Any) -> tuple[HookName, str]:
    given = json if isinstance(json, dict) else {}
    name, class_name, trigger = (given.get(field) for field in _FIELDS[:3])
    if isinstance(name, str) and name:
        hook: HookName = FunctionHook(name)
    elif isinstance(class_name, str) and class_name and isinstance(trigger, str):
        hook = TriggerHook(class_name, trigger)
    else:
        raise InvalidHook(_INVALID)
    return hook, _checked(hook, given.get("url"))


def _checked(hook: HookName, url: Any) -> str:
    """The URL of a declaration that makes sense."""
    if not isinstance(url, str) or "\0" in url or not _is_http(url):
        raise InvalidHook(_INVALID)
    match hook:
        case FunctionHook(name):
            if name == "__proto__" or "\0" in name:
                raise InvalidHook(_INVALID)
        case TriggerHook(class_name, trigger):
            kind = _TRIGGERS.get(trigger)
            if kind is None or class_name == "__proto__" or "\0" in class_name:
                raise InvalidHook(_INVALID)
            try:
                check_trigger_class(kind, class_name)
            except ValueError as refusal:
                raise InvalidHook(str(refusal)) from None
    if not can_call():
        raise InvalidHook("webhooks need httpx on the server: pip install 'parsonage[http]'")
    return url


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _taken(hook: HookName) -> str:
    match hook:
        case FunctionHook(name):
            return f"function name: {name} already exists"
        case TriggerHook(class_name, trigger):
            return f"class {class_name} already has trigger {trigger}"


def _values(hook: HookName) -> dict[str, str]:
    match hook:
        case FunctionHook(name):
            return {"functionName": name}
        case TriggerHook(class_name, trigger):
            return {"className": class_name, "triggerName": trigger}


def _where(hook: HookName) -> Condition:
    return all_of(*(Equals(field, value) for field, value in _values(hook).items()))


async def _existing(house: House, hook: HookName) -> dict[str, Any]:
    rows = await _rows(house, _where(hook))
    if rows:
        return rows[0]
    match hook:
        case FunctionHook(name):
            raise InvalidHook(f"no function named: {name} is defined")
        case TriggerHook(class_name):
            raise InvalidHook(f"class {class_name} does not exist")


async def _rows(house: House, where: Condition) -> list[dict[str, Any]]:
    found = await house.storage.find(_CLASS, typed(Query("_Hooks", where), _CLASS))
    return [{field: row[field] for field in _FIELDS if row.get(field) is not None} for row in found.wire()]


def _removal(hook: HookName) -> RemoveAll:
    return RemoveAll(_CLASS, typed_condition(_where(hook), _CLASS))


async def _write(house: House, hook: HookName, url: str) -> dict[str, Any]:
    now = house.clock()
    values = {**_values(hook), "url": url}
    await _change(house, _removal(hook), Insert(_CLASS, house.new_id(), now, now, values))
    return values


async def _change(house: House, *changes: Change) -> None:
    outcome = (await house.storage.write([Unit(changes, (Notice(NoticeKind.WEBHOOKS),))]))[0]
    if isinstance(outcome, Failed):
        raise outcome.error
    await load_webhooks(house)
