"""One call of a handler as a frame, and the answer's frame as what the verb expects.

An object travels as what is stored and, apart from that, the operations that are pending: the SDK on the
other side shows both as it always does, and what comes back are operations again, so that a client's
Increment stays one.

Rules: reference/cloud-code.md, sections 1.2, 1.3 and 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parsonage.commands.cloud import FunctionResult
from parsonage.handlers.bridge import Frame
from parsonage.handlers.find_json import find_json, objects_json, read_objects, take_find
from parsonage.handlers.registry import Invocation, Kind
from parsonage.jshost.files import file_json, take_file
from parsonage.protocol import field_operations as op
from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import ErrorCode, ParseError
from parsonage.protocol.objects import ParseObject


class ErrorWithStatus(ParseError):
    """An error for which the handler chose the HTTP status: ``response.status(418).error("…")`` (PB080)."""

    def __init__(self, code: int, message: str, status: int) -> None:
        super().__init__(code, message)
        self._status = status

    @property
    def http_status(self) -> int:
        """The status that the handler chose."""
        return self._status


def call_frame(invocation: Invocation, number: int, roles: frozenset[str] | None) -> Frame:
    """The frame that asks for one call."""
    caller, call = invocation.caller, invocation.call
    frame: Frame = {
        "type": "call",
        "id": number,
        "kind": invocation.kind.value,
        "name": invocation.name,
        "master": caller.is_master,
        "headers": call.headers,
        "ip": call.address,
        "context": invocation.context,
        "depth": call.depth,
        "requestId": call.request_id,
    }
    if caller.is_read_only:
        frame["isReadOnly"] = True
    if caller.user is not None:
        frame["user"] = caller.user
        frame["sessionToken"] = caller.session_token
    if invocation.installation_id is not None:
        frame["installationId"] = invocation.installation_id
    if roles is not None:
        frame["roles"] = sorted(roles)
    if invocation.find is not None:
        frame["query"] = find_json(invocation.find, is_get=invocation.is_get)
        frame["isGet"] = invocation.is_get
        frame["count"] = invocation.find.count
        if invocation.objects is not None:
            frame["objects"] = objects_json(invocation)
    elif invocation.file is not None:
        frame["file"] = file_json(invocation, invocation.file)
    elif invocation.object is not None:
        _lay_object(frame, invocation, invocation.object)
    else:
        frame["params"] = invocation.params
    if invocation.job_id is not None:
        frame["jobId"] = invocation.job_id
    return frame


def _lay_object(frame: Frame, invocation: Invocation, seen: ParseObject) -> None:
    original = invocation.original
    pending = seen.operations()
    acl = seen.acl_change
    if original is not None:
        frame["original"] = original.to_json()
    if not pending and acl is None:
        frame["object"] = seen.to_json()
        return
    frame["object"] = {} if original is None else frame["original"]
    frame["changes"] = {name: op.to_json(operation) for name, operation in pending.items()}
    if acl is not None:
        frame["changes"]["ACL"] = acl.to_json()


def take_answer(invocation: Invocation, answer: Frame) -> Any:
    """Carry over what a handler left behind, and give what it returned.

    Raises the ParseError that the handler's error stands for.
    """
    error = answer.get("error")
    if error is not None:
        raise _error(error)
    changes = answer.get("changes")
    if changes is not None and invocation.object is not None:
        _take_changes(invocation.object, changes)
    context = answer.get("context")
    if context is not None:
        invocation.context.update(context)
    if invocation.kind is Kind.FUNCTION:
        return FunctionResult(
            answer.get("value"),
            has_value="value" in answer,
            status=answer.get("status", 200),
            headers=answer.get("headers", {}),
        )
    if invocation.file is not None:
        return take_file(invocation.file, answer["file"]) if "file" in answer else None
    if invocation.find is not None:
        if "query" in answer:
            take_find(invocation, answer["query"])
        return read_objects(invocation, answer["objects"]) if "objects" in answer else None
    return answer.get("value")


def _take_changes(seen: ParseObject, changes: Mapping[str, Any]) -> None:
    for name in changes.get("reverted", ()):
        seen.revert(name)
    for name, json in changes.get("set", {}).items():
        if name == "ACL":
            seen.acl = ACL.from_json(json)
        else:
            operation = op.read(json)
            seen.revert(name)
            seen.change_with({name: operation})


def _error(error: Mapping[str, Any]) -> ParseError:
    code, message = error.get("code"), str(error.get("message", ""))
    number = code if isinstance(code, int) else ErrorCode.SCRIPT_FAILED
    status = error.get("status")
    if isinstance(status, int):
        return ErrorWithStatus(number, message, status)
    return ParseError(number, message)
