"""A transport that remembers what it was given and answers what it was told to."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from parsonage.commands import Command
from parsonage.sdk.authority import Authority

CREATED = {"objectId": "n1", "createdAt": "2026-01-02T03:04:05.678Z"}
UPDATED = {"updatedAt": "2026-01-02T03:05:00.000Z"}


class Recorder:
    """Answers in the order given: JSON, an error to raise, or a future to wait for."""

    def __init__(self, *answers: Any, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.loop = loop
        self.commands: list[Command] = []
        self.authorities: list[Authority] = []
        self._answers = deque(answers)

    async def send(self, command: Command, authority: Authority) -> Any:
        self.commands.append(command)
        self.authorities.append(authority)
        answer = self._answers.popleft()
        if isinstance(answer, asyncio.Future):
            return await answer
        if isinstance(answer, BaseException):
            raise answer
        return answer
