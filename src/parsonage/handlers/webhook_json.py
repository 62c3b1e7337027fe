"""One call of a handler as the body of a webhook's request, and the body of its answer as what the verb expects.

A webhook knows the client by its user, its address and its headers; what would let it act as the client,
keys and session tokens, stays here (PB092).

Rules: reference/cloud-code.md, section 5; PB089 to PB094; reference/security-advisories.md, row 111.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from parsonage.commands.cloud import FunctionResult
from parsonage.handlers.find_json import find_json, read_objects, take_find
from parsonage.handlers.registry import CONFIG, Invocation, Kind
from parsonage.protocol import field_operations as op
from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import ErrorCode, ParseError, ScriptFailed
from parsonage.protocol.objects import ParseObject, encode_answer
from parsonage.protocol.values import format_date, parse_date

_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-parse-session-token"})
_NOT_OF_THE_OBJECT = frozenset({"objectId", "createdAt", "updatedAt", "className", "__type"})


class ErrorObject(ParseError):
    """An error that is answered with a map in the place of a text, as Parse Server answers a webhook's (PB090)."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        super().__init__(ErrorCode.SCRIPT_FAILED, orjson.dumps(value).decode())
        self._value = value

    def body(self, *, sanitized: bool) -> dict[str, object]:
        """The body with the map."""
        return {"code": int(self.code), "error": self._value}


def request_json(invocation: Invocation) -> dict[str, Any]:
    """The body of a webhook's request."""
    caller, call = invocation.caller, invocation.call
    json: dict[str, Any] = {
        "master": caller.is_master,
        "isReadOnly": caller.is_read_only,
        "headers": {name: value for name, value in call.headers.items() if not _is_secret(name)},
        "ip": call.address,
        "context": invocation.context,
    }
    if caller.user is not None:
        json["user"] = _without_token(dict(caller.user))
    if invocation.installation_id is not None:
        json["installationId"] = invocation.installation_id
    if invocation.kind is Kind.FUNCTION:
        return {**json, "functionName": invocation.name, "params": _with_plain_dates(invocation.params)}
    json["triggerName"] = invocation.kind.value
    if invocation.find is not None:
        json["query"] = find_json(invocation.find, is_get=invocation.is_get)
        json["isGet"] = invocation.is_get
        if invocation.objects is None:
            json["count"] = invocation.find.count
        else:
            json["objects"], json["object"] = [item.to_json() for item in invocation.objects], None
    for name, seen in (("object", invocation.object), ("original", invocation.original)):
        if seen is not None:
            json[name] = _object_json(seen)
    return json


def _is_secret(name: str) -> bool:
    lowered = name.lower()
    return lowered in _SECRET_HEADERS or (lowered.startswith("x-parse-") and lowered.endswith("-key"))


def _object_json(seen: ParseObject) -> dict[str, Any]:
    json = seen.to_json()
    return json if seen.class_name == CONFIG else _without_token({**json, "className": seen.class_name})


def _without_token(json: dict[str, Any]) -> dict[str, Any]:
    json.pop("sessionToken", None)
    return json


def _with_plain_dates(params: Any) -> Any:
    """Parameters as a webhook gets them: a Date is its text, everything else is as it was sent (PB089)."""
    if isinstance(params, list):
        return [_with_plain_dates(item) for item in params]
    if not isinstance(params, Mapping):
        return params
    if params.get("__type") == "Date":
        moment = parse_date(params["iso"]) if isinstance(params.get("iso"), str) else None
        return dict(params) if moment is None else format_date(moment)
    return {key: _with_plain_dates(item) for key, item in params.items()}


def take_answer(invocation: Invocation, text: bytes) -> Any:
    """Carry over what a webhook says, and give what a handler of its kind returns.

    Raises the ParseError that its error stands for, and ScriptFailed (141) for what is no answer (PB093).
    """
    try:
        answer = orjson.loads(text) if text.strip() else {}
    except orjson.JSONDecodeError:
        raise ScriptFailed(f"{invocation.name}: the webhook's answer is not JSON") from None
    if not isinstance(answer, dict):
        raise ScriptFailed(f"{invocation.name}: the webhook's answer is not a map")
    if answer.get("error") is not None:
        raise _error(answer["error"])
    if invocation.kind is Kind.FUNCTION:
        return FunctionResult(answer.get("success"), has_value="success" in answer)
    result = answer.get("success")
    if invocation.find is not None:
        return _found(invocation, result)
    if invocation.kind is Kind.BEFORE_SAVE and isinstance(result, dict) and invocation.object is not None:
        _take_object(invocation.object, result)
    if invocation.kind is Kind.AFTER_SAVE and isinstance(result, dict) and result:
        return result  # the answer to the client, as a handler's
    return None


def _error(given: Any) -> ParseError:
    if isinstance(given, str):
        return ScriptFailed(given)
    if not isinstance(given, dict):
        return ScriptFailed(orjson.dumps(given).decode())
    code, message = given.get("code"), given.get("message")
    if isinstance(code, int) and isinstance(message, str):
        return ParseError(code, message)
    return ErrorObject(given)


def _found(invocation: Invocation, result: Any) -> list[ParseObject] | None:
    if isinstance(result, list):
        return read_objects(invocation, result)
    if invocation.kind is Kind.BEFORE_FIND and isinstance(result, dict) and "className" in result:
        return read_objects(invocation, result)
    if invocation.kind is Kind.BEFORE_FIND and isinstance(result, dict) and result:
        take_find(invocation, result)
    return None


def _take_object(seen: ParseObject, told: Mapping[str, Any]) -> None:
    """Make the object what a beforeSave says it is; an empty map says nothing (PB094).

    A key that the client sends and the answer lacks is not written; one that differs is. One that comes
    back as it was sent out is left alone: writing it again would undo what another request wrote meanwhile.
    """
    fields = {name: value for name, value in told.items() if name not in _NOT_OF_THE_OBJECT}
    if not fields or seen.class_name == CONFIG:
        return
    before = seen.to_json()
    for key, operation in seen.operations().items():
        if key.split(".", 1)[0] not in fields and not isinstance(operation, op.Unset):
            seen.revert(key)
    if "ACL" not in fields and seen.acl_change is not None:
        seen.revert("ACL")
    for name, value in fields.items():
        if name in before and encode_answer(before[name]) == value:
            continue
        if name == "ACL":
            seen.acl = ACL.from_json(value)
        else:
            seen.revert(name)
            seen.change_with({name: op.read(value)})
