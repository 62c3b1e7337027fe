"""Requests of the SDK in Node, carried out by the verbs: no HTTP in between, the same authority rules.

``useMasterKey`` and a session token are what they are on the SDK's side of the bridge; who can send a
frame is our own process, so no key is asked for.

Rules: reference/rest-core.md; design rule: everything inside speaks commands.
"""

from __future__ import annotations

from typing import Any

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.rest import RestRequest, body_of, decode, location_of
from parsonage.handlers.bridge import Frame
from parsonage.operations.house import House
from parsonage.operations.run import run
from parsonage.protocol.errors import ParseError


async def carry_out(house: House, frame: Frame, call: Call, prefixes: tuple[str, ...]) -> Frame:
    """Carry out one request; the frame that answers it, whatever became of it but a cancellation."""
    try:
        return await _answered(house, frame, call, prefixes)
    except ParseError as error:
        body = error.body(sanitized=house.options.access.sanitized_errors)
        return {"status": error.http_status, "error": body}


async def _answered(house: House, frame: Frame, call: Call, prefixes: tuple[str, ...]) -> Frame:
    house.callers.look_around()
    method, path = frame["method"], frame["path"]
    request = RestRequest(method, f"/{path.lstrip('/')}", body=frame.get("body"), batch_prefixes=prefixes)
    command = decode(request)
    caller = await house.callers.trusted(
        is_master=frame.get("master", False),
        session_token=frame.get("sessionToken"),
        installation_id=frame.get("installationId"),
        now=house.clock(),
    )
    context = frame.get("context")
    call = msgspec.structs.replace(call, context=context if isinstance(context, dict) else {}, as_text=True)
    result = await run(house, call, caller, command)
    answer: Frame = {"status": result.status, "body": body_of(result)}
    headers: dict[str, Any] = dict(getattr(result, "headers", {}))
    location = location_of(result, call.mount)
    if location is not None:
        headers["location"] = location
    if headers:
        answer["headers"] = headers
    return answer
