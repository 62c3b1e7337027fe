"""What a handler is given.

Rules: reference/cloud-code.md, sections 1.1, 3.2 and 4.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from parsonage.cloud.transport import InProcess
from parsonage.handlers.files import TriggerFile
from parsonage.handlers.registry import Invocation
from parsonage.operations.house import House
from parsonage.protocol.objects import ParseObject
from parsonage.sdk.authority import MASTER, Authority
from parsonage.sdk.client import Client
from parsonage.sdk.criteria import Criteria
from parsonage.sdk.link import Link
from parsonage.sdk.object import RemoteObject


class _Request:
    """What every handler is given: who asks, and clients to read and write with."""

    def __init__(self, house: House, invocation: Invocation) -> None:
        self._house = house
        self._invocation = invocation

    @cached_property
    def log(self) -> logging.LoggerAdapter[logging.Logger]:
        """A logger of the handler's own; its lines stand in the server's log, with the request's id."""
        logger = logging.getLogger(f"parsonage.cloud.{self._invocation.name}")
        return logging.LoggerAdapter(logger, {"request": self._invocation.call.request_id})

    @property
    def context(self) -> dict[str, Any]:
        """What the client or an earlier handler sent along; what is left in it reaches the next handler."""
        return self._invocation.context

    @property
    def headers(self) -> Mapping[str, str]:
        """The request's headers, names in lower case."""
        return self._invocation.call.headers

    @property
    def ip(self) -> str:
        """The address that the request came from."""
        return self._invocation.call.address

    @cached_property
    def master_client(self) -> Client:
        """A client with the master key: no ACL and no class-level permission is in its way."""
        return Client(self._link(MASTER))

    def _link(self, authority: Authority) -> Link:
        return Link(InProcess(self._house, self._invocation.call), authority)


class _CallersRequest(_Request):
    """What a handler is given that is called for somebody."""

    @property
    def is_master(self) -> bool:
        """Whether the master key asks; the read-only one counts."""
        return self._invocation.caller.is_master

    @property
    def is_read_only(self) -> bool:
        """Whether it is the read-only master key."""
        return self._invocation.caller.is_read_only

    @property
    def installation_id(self) -> str | None:
        """The installation that asks, if it said so."""
        return self._invocation.installation_id

    @cached_property
    def user(self) -> RemoteObject | None:
        """The user that asks; ``None`` without a session. Saving it saves it on its own authority."""
        json = self._invocation.caller.user
        return None if json is None else RemoteObject.of(self._link(self._authority), "_User", json)

    @cached_property
    def user_client(self) -> Client:
        """A client that reads and writes on the caller's own authority, whoever that is."""
        return Client(self._link(self._authority), user=self.user)

    @property
    def _authority(self) -> Authority:
        caller = self._invocation.caller
        return Authority(
            session_token=caller.session_token,
            is_master=caller.is_master,
            is_read_only=caller.is_read_only,
            context=self._invocation.context,
            installation_id=caller.installation_id,
        )


class FunctionRequest(_CallersRequest):
    """One call of a Cloud function."""

    @property
    def function_name(self) -> str:
        """The name that was called."""
        return self._invocation.name

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters as they were sent, as JSON; typed ones are the function's own arguments."""
        return self._invocation.params


class TriggerRequest(_CallersRequest):
    """One call of a trigger."""

    @property
    def trigger_name(self) -> str:
        """``beforeSave``, ``afterLogin`` or the like, as Parse Server names it."""
        return self._invocation.kind.value

    @property
    def object(self) -> ParseObject:
        """The object that is saved or deleted, the user that logs in, the session that ended, the configuration.

        A beforeSave changes it; in an afterSave changes only answer.
        """
        assert self._invocation.object is not None
        return self._invocation.object

    @property
    def original(self) -> ParseObject | None:
        """On an update, the object (or configuration) as it was stored before; else ``None``."""
        return self._invocation.original


class FileRequest(_CallersRequest):
    """One call of a trigger on files."""

    @property
    def trigger_name(self) -> str:
        """``beforeSave``, ``afterFind`` or the like, as Parse Server names it."""
        return self._invocation.kind.value

    @property
    def file(self) -> TriggerFile:
        """The file. What a beforeSave sets in it is stored, what an afterFind sets in it is served."""
        assert self._invocation.file is not None
        return self._invocation.file


class FindRequest(_CallersRequest):
    """One call of a trigger around a read."""

    def __init__(self, house: House, invocation: Invocation) -> None:
        super().__init__(house, invocation)
        assert invocation.find is not None
        self.query = Criteria(invocation.find.query.class_name)
        """What is asked. A beforeFind puts other criteria in its place, or returns them."""
        self.query.asked = invocation.find
        self.objects: list[ParseObject] = invocation.objects or []
        """In an afterFind, what was found; the list may be changed, or another one returned."""

    @property
    def trigger_name(self) -> str:
        """``beforeFind`` or ``afterFind``."""
        return self._invocation.kind.value

    @property
    def is_get(self) -> bool:
        """Whether one object is asked for by its id."""
        return self._invocation.is_get

    @property
    def count(self) -> bool:
        """Whether all matches are counted besides."""
        assert self._invocation.find is not None
        return self._invocation.find.count


class JobRequest(_Request):
    """One run of a job. A job has the server's own authority."""

    @property
    def job_name(self) -> str:
        """The name of the job."""
        return self._invocation.name

    @property
    def job_id(self) -> str:
        """The id of its ``_JobStatus``."""
        return self._invocation.job_id or ""

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters as they were sent, as JSON."""
        return self._invocation.params

    async def message(self, text: str) -> None:
        """Store how far the job is; the dashboard shows it. What is no text is left aside, as on Parse Server."""
        if self._invocation.report is not None and isinstance(text, str):
            await self._invocation.report(text)


class FunctionResponse:
    """The answer of a function that decides more than its value: ask for it by annotation.

    ``response: FunctionResponse`` as a parameter gives the function one of its own.
    """

    def __init__(self) -> None:
        self.status = 200
        """The HTTP status of the answer."""
        self.headers: dict[str, str] = {}
        """Headers that go with it."""
