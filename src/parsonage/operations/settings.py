"""The app's configuration parameters, and what this server says of itself.

Rules: reference/cloud-code.md, section 6; reference/rest-core.md, section 6; PB095.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import Plain
from parsonage.commands.settings import GetConfig, GetServerInfo, SetConfig
from parsonage.handlers.registry import CONFIG, Kind
from parsonage.operations.house import House
from parsonage.operations.triggers import run_trigger, trigger_for
from parsonage.policies.reserved import refuse_denied_keywords
from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import InternalError, InvalidJSON, NeedsMasterKey, OperationForbidden
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.objects import ParseObject
from parsonage.query.model import HasId, Query
from parsonage.schema.builtin import VOLATILE
from parsonage.storage.changes import Duplicate, Failed, Insert, NothingMatched, Patch, Unit
from parsonage.version import PARSE_SERVER_VERSION

_CLASS = VOLATILE["_GlobalConfig"]
_ROW = "1"


async def get_config(house: House, call: Call, caller: Caller, command: GetConfig) -> Plain:
    """The parameters, without those for the master key alone unless it is the one that asks."""
    row = await _row(house)
    if row is None:
        return Plain({"params": {}})
    params: dict[str, Any] = row.get("params") or {}
    master_only: dict[str, Any] = row.get("masterKeyOnly") or {}
    if not caller.is_master:
        params = {name: value for name, value in params.items() if not master_only.get(name)}
        master_only = {name: flag for name, flag in master_only.items() if not flag}
    return Plain({"params": params, "masterKeyOnly": master_only})


async def set_config(house: House, call: Call, caller: Caller, command: SetConfig) -> Plain:
    """Set, remove or increment parameters; what is not named stays.

    A parameter sent without a mark in ``masterKeyOnly`` becomes one for everybody, as on Parse Server.
    """
    if not caller.is_master:
        raise NeedsMasterKey
    if caller.is_read_only:
        raise OperationForbidden(detail="read-only masterKey isn't allowed to update the config.")
    params = command.params if command.params is not None else {}
    marks = command.master_key_only if command.master_key_only is not None else {}
    if not isinstance(params, dict) or not isinstance(marks, dict):
        raise InvalidJSON("params and masterKeyOnly must be objects")
    if not params:
        return Plain({"result": True})  # PB095
    refuse_denied_keywords(
        {name: op.Set(value) for name, value in params.items()}, house.options.access.denied_keywords
    )
    operations: dict[str, Operation] = {}
    for name, value in params.items():
        operations[f"params.{name}"] = op.read(value)
        root, dot, _ = name.partition(".")
        if not dot or root in marks:  # a path into a parameter leaves it to whom it belongs
            operations[f"masterKeyOnly.{root}"] = op.Set(bool(marks.get(root)))
    triggers = [trigger_for(house, kind, CONFIG, caller) for kind in (Kind.BEFORE_SAVE, Kind.AFTER_SAVE)]
    if triggers == [None, None]:
        await _write(house, operations)
        return Plain({"result": True})
    before, after = triggers
    original = await _stored(house)
    sent = _sent(original, {name: op.read(value) for name, value in params.items()})
    # What is written is what was sent, whatever a trigger makes of the object, as on Parse Server.
    if before is not None:
        await run_trigger(house, call.with_context({}), caller, before, sent, original)
    await _write(house, operations)
    if after is not None:
        await run_trigger(house, call.with_context({}), caller, after, sent, original)
    return Plain({"result": True})


async def _stored(house: House) -> ParseObject | None:
    row = await _row(house)
    return None if row is None else ParseObject.from_json(CONFIG, row.get("params") or {})


def _sent(original: ParseObject | None, operations: Mapping[str, Operation]) -> ParseObject:
    """The parameters that a request names, with the values that they get; one that it removes is missing."""
    whole = ParseObject.from_json(CONFIG, {} if original is None else original.to_json())
    whole.change_with(operations)
    roots = {name.partition(".")[0] for name in operations}
    return ParseObject.from_json(CONFIG, {key: value for key, value in whole.to_json().items() if key in roots})


async def _row(house: House) -> dict[str, Any] | None:
    found = await house.storage.find(_CLASS, Query("_GlobalConfig", HasId((_ROW,)), limit=1))
    return next(iter(found.wire()), None)


async def _write(house: House, operations: Mapping[str, Operation]) -> None:
    now = house.clock()
    patch = Unit((Patch(_CLASS, _ROW, now, operations),))
    insert = Unit((Insert(_CLASS, _ROW, now, now, {"params": {}, "masterKeyOnly": {}}),))
    outcome = (await house.storage.write([patch]))[0]
    if isinstance(outcome, NothingMatched):
        # The first parameter of all: the row is made, by whoever comes first.
        await house.storage.write([insert])
        outcome = (await house.storage.write([patch]))[0]
    if isinstance(outcome, Failed):
        raise outcome.error
    if isinstance(outcome, (Duplicate, NothingMatched)):
        raise InternalError


async def get_server_info(house: House, call: Call, caller: Caller, command: GetServerInfo) -> Plain:
    """The features that the dashboard switches itself by."""
    if not caller.is_master:
        raise NeedsMasterKey
    every = {"create": True, "read": True, "update": True, "delete": True}
    features = {
        "globalConfig": every,
        "hooks": every,
        "cloudCode": {"jobs": True},
        "logs": {"level": True, "size": True, "order": True, "until": True, "from": True},
        "push": {
            "immediatePush": False,
            "scheduledPush": False,
            "storedPushData": False,
            "pushAudiences": True,
            "localization": True,
        },
        "schemas": {
            "addField": True,
            "removeField": True,
            "addClass": True,
            "removeClass": True,
            "clearAllDataFromClass": True,
            "exportClass": False,
            "editClassLevelPermissions": True,
            "editPointerPermissions": True,
        },
        "settings": {"securityCheck": house.options.security.check},
    }
    return Plain({"features": features, "parseServerVersion": PARSE_SERVER_VERSION})
