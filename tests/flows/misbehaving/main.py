"""Cloud Code that does everything that Cloud Code should not do."""

from __future__ import annotations

import asyncio
import ctypes
import os
import time

from parsonage import Cloud, FunctionRequest, ParseError, TriggerRequest

cloud = Cloud()

RAISED: dict[str, type[BaseException]] = {
    "SystemExit": SystemExit,
    "KeyboardInterrupt": KeyboardInterrupt,
    "CancelledError": asyncio.CancelledError,
    "GeneratorExit": GeneratorExit,
    "StopIteration": StopIteration,
    "StopAsyncIteration": StopAsyncIteration,
    "MemoryError": MemoryError,
    "ValueError": ValueError,
}


def deeper() -> int:
    return deeper() + 1


@cloud.function
async def well(request: FunctionRequest) -> str:
    return "well"


@cloud.function
async def raises(request: FunctionRequest, name: str) -> None:
    if name == "RecursionError":
        deeper()
    raise RAISED[name]


@cloud.function
def raises_in_a_thread(request: FunctionRequest, name: str) -> None:
    if name == "RecursionError":
        deeper()
    raise RAISED[name]


@cloud.function
async def leaves_a_task_that_raises(request: FunctionRequest, name: str) -> str:
    async def later() -> None:
        raise RAISED[name]

    task = asyncio.ensure_future(later())
    await asyncio.wait([task])
    return "left"


@cloud.function
async def holds_the_loop(request: FunctionRequest) -> None:
    while True:
        pass


@cloud.function
async def holds_the_loop_and_catches(request: FunctionRequest) -> str:
    try:
        while True:
            pass
    except Exception:
        return "caught"


@cloud.function
def holds_its_thread(request: FunctionRequest) -> None:
    while True:
        pass


@cloud.function
def sleeps_in_its_thread(request: FunctionRequest) -> None:
    time.sleep(30)


@cloud.function
async def answers_later(request: FunctionRequest) -> str:
    await asyncio.sleep(0.8)
    return "later"


@cloud.function
async def awaits_forever(request: FunctionRequest) -> None:
    await asyncio.get_running_loop().create_future()


@cloud.function
async def swallows_its_cancellation(request: FunctionRequest) -> None:
    while True:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            continue


@cloud.function
async def calls_one_that_awaits_forever(request: FunctionRequest) -> None:
    await request.user_client.call("awaits_forever")


@cloud.function
async def sleeps_on_the_loop(request: FunctionRequest) -> None:
    time.sleep(3600)


@cloud.function
async def leaves(request: FunctionRequest) -> None:
    os._exit(3)


@cloud.function
async def crashes(request: FunctionRequest) -> None:
    ctypes.string_at(0)


@cloud.function
async def uses_the_sync_face_on_the_loop(request: FunctionRequest) -> None:
    request.user_client.sync.query("Note").find()


@cloud.function
async def answers_with_an_unsaved_object(request: FunctionRequest) -> object:
    return request.user_client.object("Note", text="never saved")


@cloud.function
async def answers_with_something_else(request: FunctionRequest) -> object:
    return object()


@cloud.function
async def recurses(request: FunctionRequest) -> None:
    await request.user_client.call("recurses")


@cloud.function
def nested(request: FunctionRequest, levels: int) -> int:
    if levels == 0:
        return 0
    below: int = request.user_client.sync.call("nested", levels=levels - 1)
    return below + 1


@cloud.before_save("Outer")
async def save_an_inner_one(request: TriggerRequest) -> None:
    inner = await request.master_client.object("Inner", number=request.object["number"]).save()
    request.object["inner"] = inner


@cloud.before_save("Inner")
async def save_an_innermost_one(request: TriggerRequest) -> None:
    await request.master_client.object("Innermost", number=request.object["number"]).save()


@cloud.before_save("Refused")
async def refuse(request: TriggerRequest) -> None:
    raise ParseError(999, "no more seats")


@cloud.after_save("Kept")
async def fail_afterwards(request: TriggerRequest) -> None:
    raise SystemExit


async def refuse_everybody(invocation: object) -> bool:
    return False


@cloud.function(check=refuse_everybody)
async def checked_by_an_async_function(request: FunctionRequest) -> str:
    return "let through"


@cloud.function
async def counts(request: FunctionRequest, number: int) -> int:
    return number
