"""Cloud Code that the tests of the fixtures call."""

from __future__ import annotations

from typing import Any

from parsonage.cloud import Cloud, FunctionRequest, JobRequest, TriggerRequest
from parsonage.protocol.errors import ParseError

cloud = Cloud()


@cloud.function
async def count_entries(request: FunctionRequest) -> int:
    return await request.user_client.query("Entry").count()


@cloud.function
def first_text(request: FunctionRequest) -> Any:
    entry = request.user_client.sync.query("Entry").first()
    return entry and entry["text"]


@cloud.function
async def waits_for_itself(request: FunctionRequest) -> Any:
    return request.user_client.sync.query("Entry").first()


@cloud.function
async def log_a_line(request: FunctionRequest) -> None:
    request.log.info("somebody called")


@cloud.before_save("Entry")
async def check_text(request: TriggerRequest) -> None:
    if not request.object.get("text"):
        raise ParseError(142, "an entry has a text")


@cloud.job
async def count_all(request: JobRequest) -> str:
    return f"entries: {await request.master_client.query('Entry').count()}"


@cloud.job
async def break_down(request: JobRequest) -> None:
    raise ParseError(999, "no more paper")
