"""The Cloud Code that the JavaScript client calls in these tests."""

from __future__ import annotations

from parsonage.cloud import Cloud, FunctionRequest, TriggerRequest
from parsonage.protocol.errors import ParseError

cloud = Cloud()


@cloud.function
async def add(request: FunctionRequest, a: float, b: float) -> float:
    """Sum up two numbers."""
    return a + b


@cloud.function(require_user=True)
async def who_am_i(request: FunctionRequest) -> object:
    """Answer with the caller."""
    return request.user


@cloud.function
async def refuse(request: FunctionRequest) -> None:
    """Raise an error with a code of our own."""
    raise ParseError(4711, "not today")


@cloud.function
async def my_notes(request: FunctionRequest) -> object:
    """Answer with the objects that the caller may read."""
    return await request.user_client.query("CloudNote").ascending("n").find()


@cloud.before_save("Movie")
async def check_movie(request: TriggerRequest) -> None:
    """Refuse movies without a title; give the others a slug."""
    if not request.object.get("title"):
        raise ParseError(142, "a movie has a title")
    request.object["slug"] = str(request.object["title"]).lower()
