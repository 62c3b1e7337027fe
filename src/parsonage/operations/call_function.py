"""Calling a Cloud function.

Rules: reference/cloud-code.md, section 1.
"""

from __future__ import annotations

from typing import Any

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.cloud import CallFunction, FunctionResult
from parsonage.handlers.registry import Handler, Invocation, Kind
from parsonage.operations.house import House
from parsonage.operations.idempotency import remembered
from parsonage.operations.triggers import call_handler
from parsonage.policies.files import check_links
from parsonage.protocol.errors import ScriptFailed
from parsonage.protocol.objects import encode_answer


async def call_function(house: House, call: Call, caller: Caller, command: CallFunction) -> FunctionResult:
    """Run a function by name.

    Raises ScriptFailed (141) if there is none of exactly that name, and for a result that can't be sent.
    """
    handler = house.handlers.registry.functions.get(command.name)
    if handler is None:
        raise ScriptFailed(f'Invalid function: "{command.name}"')
    if house.options.uploads.checks_links:
        check_links(house.options.uploads.url_domains, command.params)
    if handler.needs_roles:
        caller = await house.callers.with_roles(caller)
    invocation = Invocation(
        kind=Kind.FUNCTION,
        name=handler.name,
        caller=caller,
        call=call,
        params=command.params,
        context=dict(call.context),
    )
    if call.only_once is None:
        return _answer(handler, await call_handler(house, handler, invocation))
    async with remembered(house, call):
        return _answer(handler, await call_handler(house, handler, invocation))


def _answer(handler: Handler, result: Any) -> FunctionResult:
    if isinstance(result, FunctionResult):
        return result
    if result is None:
        return FunctionResult(has_value=False)
    try:
        return FunctionResult(encode_answer(result))
    except RecursionError:
        raise ScriptFailed(f"the result of {handler.name} is nested too deep") from None
