"""From the write to the answer nothing is cancelled (layout rule 5)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from parsonage.commands.call import Call

Result = TypeVar("Result")


async def shielded(call: Call, work: Coroutine[Any, Any, Result]) -> Result:
    """Carry out work to its end, even while the caller is cancelled.

    Only a handler past its time limit cancels what it waits for, so an outermost call pays for no task.
    """
    if call.depth == 0:
        return await work
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
