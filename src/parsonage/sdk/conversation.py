"""Conversation: what a client can ask for beside objects and queries, told once for both its faces.

Rules: reference/rest-core.md, sections 7 and 9; reference/users-sessions.md, sections 2 to 4;
reference/cloud-code.md, sections 1, 4 and 6.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from parsonage.commands import (
    Batch,
    CallFunction,
    Create,
    DeleteFile,
    FetchFile,
    Get,
    GetConfig,
    GetFileMetadata,
    GetMe,
    LogIn,
    LogInAs,
    LogOut,
    SetConfig,
    StartJob,
    StoreFile,
)
from parsonage.commands.objects import NewObject
from parsonage.protocol.encoding import encode
from parsonage.protocol.errors import ErrorCode, ParseError
from parsonage.protocol.objects import ParseObject, decode_answer, to_value
from parsonage.protocol.values import File
from parsonage.sdk.errors import error_of
from parsonage.sdk.link import Link, Maker
from parsonage.sdk.object import BoundObject

O = TypeVar("O", bound=BoundObject)  # noqa: E741 (an object, not a zero)

BATCH = 50
"""Objects that one batch saves or removes."""

FIRST_LOOK = 0.01
LONGEST_PAUSE = 1.0
"""Seconds between two looks at the status of a job: from the first to the longest, each twice the one before."""


class BatchFailed(ParseError):
    """Some of many objects were not saved or not removed (code 600); all others were."""

    code = ErrorCode.AGGREGATE_ERROR

    def __init__(self, failures: Sequence[tuple[BoundObject, ParseError]], of: int) -> None:
        self.failures = tuple(failures)
        """The objects, each with its error."""
        failed, error = self.failures[0]
        super().__init__(None, f"{len(failures)} of {of} objects failed; the first, {failed!r}: {error}")


class JobOutcome(msgspec.Struct, frozen=True):
    """How a job ended."""

    status: str
    """``succeeded`` or ``failed``."""
    message: str | None
    """What it reported last, returned, or raised."""
    job_id: str
    """The id of its ``_JobStatus``."""

    @property
    def succeeded(self) -> bool:
        """Whether it ended well."""
        return self.status == "succeeded"


class LoggedIn(NamedTuple, Generic[O]):
    """A line in the name of a user, and the user."""

    link: Link
    user: O


class Conversation(Generic[O]):
    """Asks over a link; ``made`` makes the objects of one face of the SDK."""

    def __init__(self, link: Link, made: Maker[O]) -> None:
        self.link = link
        self._made = made

    async def call(self, function: str, params: Mapping[str, Any]) -> Any:
        """Call a Cloud function; ``None`` where it returned nothing."""
        body = await self.link.send(CallFunction(function, _json(params)))
        return decode_answer(body.get("result"), self._included)

    def _included(self, class_name: str, json: Mapping[str, Any]) -> O:
        return self._made(self.link, class_name, json)

    async def config(self) -> dict[str, Any]:
        """The app's parameters."""
        body = await self.link.send(GetConfig())
        return {name: decode_answer(value, self._included) for name, value in body["params"].items()}

    async def set_config(self, params: Mapping[str, Any], master_only: Collection[str]) -> None:
        """Change some of the app's parameters."""
        json = _json(params)
        await self.link.send(SetConfig(json, {name: name in master_only for name in json}))

    async def store_file(self, file: StoreFile) -> File:
        """Store a file; the value that goes into a field."""
        answer = await self.link.send(file)
        return File(answer["name"], answer["url"])

    async def fetch_file(self, file: File | str) -> bytes:
        """The content of a stored file."""
        content: bytes = await self.link.send(FetchFile(_name(file)))
        return content

    async def file_metadata(self, file: File | str) -> dict[str, Any]:
        """What was stored beside a file."""
        answer = await self.link.send(GetFileMetadata(_name(file)))
        metadata: dict[str, Any] = answer.get("metadata", {})
        return metadata

    async def delete_file(self, file: File | str) -> None:
        """Remove a stored file."""
        await self.link.send(DeleteFile(_name(file)))

    async def save_all(self, objects: Iterable[BoundObject]) -> None:
        """Store the new and the changed ones, in batches; what fails is told at the end."""
        given = list({id(item): item for item in objects}.values())
        changed = [item for item in given if item.id is None or item.is_dirty()]
        failures: list[tuple[BoundObject, ParseError]] = []
        for start in range(0, len(changed), BATCH):
            failures.extend(await self._save_batch(changed[start : start + BATCH]))
        if failures:
            raise BatchFailed(failures, len(given))

    async def _save_batch(self, objects: Sequence[BoundObject]) -> list[tuple[BoundObject, ParseError]]:
        savings = [item.begin_saving() for item in objects]
        try:
            outcomes = await self.link.send(Batch(tuple(saving.command for saving in savings)))
        except BaseException:
            for item, saving in zip(objects, savings, strict=True):
                item.not_saved(saving)
            raise
        failures = []
        for item, saving, outcome in zip(objects, savings, outcomes, strict=True):
            if "error" in outcome:
                item.not_saved(saving)
                failures.append((item, error_of(outcome["error"])))
            else:
                item.saved(saving, outcome["success"])
        return failures

    async def destroy_all(self, objects: Iterable[BoundObject]) -> None:
        """Remove objects, in batches; what fails is told at the end."""
        given = list(objects)
        failures: list[tuple[BoundObject, ParseError]] = []
        for start in range(0, len(given), BATCH):
            batch = given[start : start + BATCH]
            outcomes = await self.link.send(Batch(tuple(item.removal() for item in batch)))
            failed = zip(batch, outcomes, strict=True)
            failures.extend((item, error_of(outcome["error"])) for item, outcome in failed if "error" in outcome)
        if failures:
            raise BatchFailed(failures, len(given))

    async def sign_up(self, username: str, password: str, fields: Mapping[str, Any]) -> LoggedIn[O]:
        """Make an account. The user stays nobody where the server wants the mail address verified first."""
        draft = ParseObject("_User", None, **{**fields, "username": username, "password": password})
        nobody = self.link.under(self.link.authority.as_nobody())
        answer = await nobody.send(Create("_User", NewObject(draft.operations(), draft.acl_change)))
        draft.unset("password")
        return self._logged_in({**draft.to_json(), **answer})

    async def log_in(self, username: str, password: str) -> LoggedIn[O]:
        """Log in by user name or mail address."""
        nobody = self.link.under(self.link.authority.as_nobody())
        return self._logged_in(await nobody.send(LogIn(username=username, password=password)))

    async def log_in_as(self, user_id: str) -> LoggedIn[O]:
        """Start a session of any user, with the master key."""
        return self._logged_in(await self.link.send(LogInAs(user_id)))

    async def become(self, session_token: str) -> LoggedIn[O]:
        """Go on with a session. Raises InvalidSessionToken (209)."""
        link = self.link.under(self.link.authority.as_user(session_token))
        return LoggedIn(link, self._made(link, "_User", await link.send(GetMe())))

    def _logged_in(self, answer: Mapping[str, Any]) -> LoggedIn[O]:
        token = answer.get("sessionToken")
        authority = self.link.authority
        link = self.link.under(authority.as_nobody() if token is None else authority.as_user(token))
        return LoggedIn(link, self._made(link, "_User", answer))

    async def me(self) -> O:
        """The user of the session, read anew."""
        return self._made(self.link, "_User", await self.link.send(GetMe()))

    async def log_out(self) -> None:
        """End the session."""
        await self.link.send(LogOut())

    async def start_job(self, name: str, params: Mapping[str, Any]) -> str:
        """Start a job, with the master key; the id of its ``_JobStatus``."""
        body = await self.link.send(StartJob(name, _json(params)))
        status_id: str = body["jobStatusId"]
        return status_id

    async def run_job(self, name: str, params: Mapping[str, Any]) -> JobOutcome:
        """Start a job and wait for its end."""
        status_id = await self.start_job(name, params)
        pause = FIRST_LOOK
        while (row := await self.link.send(Get("_JobStatus", status_id)))["status"] == "running":
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return JobOutcome(row["status"], row.get("message"), status_id)


def _name(file: File | str) -> str:
    return file if isinstance(file, str) else file.name


def _json(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: encode(to_value(value)) for name, value in given.items()}
