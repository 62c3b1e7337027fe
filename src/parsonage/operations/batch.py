"""A batch: many commands in one request, with one write for all of them.

Without a transaction every item is atomic alone and answers for itself. With one, all items are prepared,
written in a single unit and settled after it; the first that fails is the answer to the whole (PB004).

Rules: reference/rest-core.md, section 7; layout rule 1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from parsonage.commands.batch import Batch
from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import Create, Created, Delete, Plain, Update
from parsonage.commands.rest import Result, body_of
from parsonage.commands.single import SingleCommand
from parsonage.operations.delete import PreparedDelete, prepare_delete, settle_delete
from parsonage.operations.explain import explain_refusal
from parsonage.operations.house import House
from parsonage.operations.save import Prepared, prepare, settle
from parsonage.operations.shielded import shielded
from parsonage.protocol.errors import InternalError, InvalidJSON, ParseError
from parsonage.storage.changes import (
    Duplicate,
    Failed,
    NothingMatched,
    Outcome,
    Unit,
    Written,
)


class TransactionFailed(ParseError):
    """An item of a transaction failed: nothing was written, and its code and text are the answer (PB004)."""

    def __init__(self, first: ParseError) -> None:
        super().__init__(first.code, first.message, detail=first.detail)
        self.explanation = first.explanation

    @property
    def http_status(self) -> int:
        """400, whatever the code."""
        return 400


RunOne: TypeAlias = Callable[[House, Call, Caller, SingleCommand], Awaitable[Result]]
_WRITES = (Prepared, PreparedDelete)
Step: TypeAlias = "Prepared | PreparedDelete | Result | ParseError"


async def batch(house: House, call: Call, caller: Caller, command: Batch, run_one: RunOne) -> Plain:
    """Carry out every item; the answer holds ``{"success"}`` or ``{"error"}`` for each, in order."""
    limit = house.options.complexity.batch_request_limit
    if 0 <= limit < len(command.items) and not caller.sees_everything:
        raise InvalidJSON(
            f"Batch request contains {len(command.items)} sub-requests, which exceeds the limit of {limit}."
        )
    if command.transaction:
        return await _all_or_nothing(house, call, caller, command.items, run_one)
    calls = _calls(house, call, command.items)
    steps = await _prepared(house, calls, caller, command.items)
    steps = await shielded(call, _written_one_by_one(house, calls, steps))
    return await _answers(house, calls, caller, command.items, steps, run_one)


def _calls(house: House, call: Call, items: Sequence[object]) -> Sequence[Call]:
    """The call of each item: what a trigger leaves in its context is not another item's."""
    if not house.handlers.registry.triggers:
        return (call,) * len(items)
    return [call.with_context(dict(call.context)) for _ in items]


async def _answers(
    house: House,
    calls: Sequence[Call],
    caller: Caller,
    items: Sequence[SingleCommand | ParseError],
    steps: Sequence[Step | None],
    run_one: RunOne,
) -> Plain:
    """What is told of each item; the ones that are no writes are carried out now, one after the other."""
    answers: list[dict[str, Any]] = []
    for call, item, done in zip(calls, items, steps, strict=True):
        step = done if done is not None else await _carried_out(house, call, caller, item, run_one)
        if isinstance(step, ParseError):
            if house.options.development:
                await explain_refusal(house, caller, item, step)
            answers.append({"error": step.body(sanitized=house.options.access.sanitized_errors)})
        else:
            assert not isinstance(step, _WRITES)
            answers.append({"success": body_of(step)})
    return Plain(answers)


async def _carried_out(
    house: House, call: Call, caller: Caller, item: SingleCommand | ParseError, run_one: RunOne
) -> Result | ParseError:
    assert not isinstance(item, ParseError)
    try:
        return await run_one(house, call, caller, item)
    except ParseError as error:
        return error


async def _prepared(
    house: House, calls: Sequence[Call], caller: Caller, items: Sequence[SingleCommand | ParseError]
) -> list[Step | None]:
    """The writes of a batch, prepared; ``None`` stands for what is no write."""
    waiting = house.handlers.registry.classes() | {"_User"}
    if any(isinstance(item, (Create, Update, Delete)) and item.class_name in waiting for item in items):
        # Handlers and password hashes wait: they may wait together.
        preparing = (_prepare(house, call, caller, item) for call, item in zip(calls, items, strict=True))
        return list(await asyncio.gather(*preparing))
    return [await _prepare(house, call, caller, item) for call, item in zip(calls, items, strict=True)]


async def _prepare(house: House, call: Call, caller: Caller, item: SingleCommand | ParseError) -> Step | None:
    try:
        if isinstance(item, ParseError):
            return item
        if isinstance(item, (Create, Update)):
            return await prepare(house, call, caller, item)
        if isinstance(item, Delete):
            return await prepare_delete(house, call, caller, item)
    except ParseError as error:
        return error
    return None


async def _written_one_by_one(house: House, calls: Sequence[Call], steps: Sequence[Step | None]) -> list[Step | None]:
    """One write for all units, each atomic alone; then what follows each of them."""
    pending = [step for step in steps if isinstance(step, (Prepared, PreparedDelete))]
    outcomes = iter(await house.storage.write([step.unit for step in pending]) if pending else ())
    settled: list[Step | None] = []
    for call, step in zip(calls, steps, strict=True):
        if isinstance(step, (Prepared, PreparedDelete)):
            try:
                settled.append(await _settle(house, call, step, next(outcomes)))
            except ParseError as error:
                settled.append(error)
        else:
            settled.append(step)
    return settled


def _settle(house: House, call: Call, step: Prepared | PreparedDelete, outcome: Outcome) -> Awaitable[Created | Plain]:
    if isinstance(step, Prepared):
        return settle(house, call, step, outcome)
    return settle_delete(house, call, step, outcome)


async def _all_or_nothing(
    house: House, call: Call, caller: Caller, items: Sequence[SingleCommand | ParseError], run_one: RunOne
) -> Plain:
    calls = _calls(house, call, items)
    steps = await _prepared(house, calls, caller, items)
    for item, step in zip(items, steps, strict=True):
        if isinstance(step, ParseError):
            if house.options.development:
                await explain_refusal(house, caller, item, step)
            raise TransactionFailed(step)
    writes = [(own, step) for own, step in zip(calls, steps, strict=True) if isinstance(step, _WRITES)]
    try:
        settled = iter(await shielded(call, _written_together(house, writes)))
    except ParseError as error:
        raise TransactionFailed(error) from error
    steps = [next(settled) if isinstance(step, _WRITES) else step for step in steps]
    return await _answers(house, calls, caller, items, steps, run_one)


async def _written_together(
    house: House, writes: Sequence[tuple[Call, Prepared | PreparedDelete]]
) -> list[Created | Plain]:
    if not writes:
        return []
    unit = Unit(
        tuple(change for _, step in writes for change in step.unit.changes),
        tuple(notice for _, step in writes for notice in step.unit.notices),
    )
    outcome = (await house.storage.write([unit]))[0]
    settled: list[Created | Plain] = []
    start = 0
    for call, step in writes:
        end = start + len(step.unit.changes)
        part = _part(outcome, start, end)
        if part is not None:
            settled.append(await _settle(house, call, step, part))
        start = end
    if len(settled) != len(writes):
        raise InternalError
    return settled


def _part(outcome: Outcome, start: int, end: int) -> Outcome | None:
    """What a transaction's outcome means for one of its items; ``None`` if it was another that failed."""
    if isinstance(outcome, Written):
        return Written(outcome.rows[start:end])
    if not start <= outcome.index < end:
        return None
    moved: NothingMatched | Duplicate | Failed = msgspec.structs.replace(outcome, index=outcome.index - start)
    return moved
