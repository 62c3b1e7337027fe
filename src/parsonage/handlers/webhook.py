"""Webhooks: handlers that are called by HTTP, in whatever language they are written.

Who may declare one has the master key, so its URL is the operator's word and may lead to any address that
this machine reaches, inner ones too. What comes back is read as an answer and nothing more: redirects are
not followed, and no part of a response but its ``success`` or ``error`` reaches a client (PB091).

Rules: reference/cloud-code.md, section 5; PB088, PB091, PB093.
"""

from __future__ import annotations

import asyncio
import logging
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import orjson

from parsonage.handlers.registry import Handler, Invocation, Kind
from parsonage.handlers.webhook_json import request_json, take_answer
from parsonage.protocol.errors import ScriptFailed

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("parsonage.webhooks")

LARGEST_ANSWER = 32 * 1024 * 1024
"""Bytes; a longer answer is none."""

LANGUAGE = "webhook"

_GRACE_SECONDS = 1.0
"""What the runner waits longer than the call: that a webhook is late, the call itself says (141, PB088)."""


def can_call() -> bool:
    """Whether the library that carries the calls is installed: ``pip install 'parsonage[http]'``."""
    return find_spec("httpx") is not None


class Webhooks:
    """Calls webhooks, over connections that are kept.

    ``key`` goes along as ``X-Parse-Webhook-Key``, and ``seconds`` is what a call may take.
    """

    def __init__(self, key: str | None, seconds: float) -> None:
        self._seconds = seconds
        self._headers = {"Content-Type": "application/json"}
        if key is not None:
            self._headers["X-Parse-Webhook-Key"] = key
        self._client: httpx.AsyncClient | None = None

    def handler(self, kind: Kind, name: str, url: str) -> Handler:
        """A webhook as a handler like any other."""

        async def run(invocation: Invocation) -> Any:
            return await self._call(url, invocation)

        return Handler(
            kind=kind,
            name=name,
            run=run,
            in_thread=False,
            file=url,
            line=0,
            language=LANGUAGE,
            limit=self._seconds + _GRACE_SECONDS,
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _call(self, url: str, invocation: Invocation) -> Any:
        """One call; nothing of the house is held while it lasts. Raises ScriptFailed (141), or its own error."""
        body = orjson.dumps(request_json(invocation))
        try:
            async with asyncio.timeout(self._left_for(invocation)):
                status, text = await self._post(url, body)
        except TimeoutError:
            raise ScriptFailed(f"{invocation.name}: the webhook took longer than it may") from None
        if not 200 <= status < 400:
            log.error("the webhook of %s at %s answered with status %d", invocation.name, url, status)
            raise ScriptFailed(f"{invocation.name}: the webhook answered with status {status}")
        return take_answer(invocation, text)

    async def _post(self, url: str, body: bytes) -> tuple[int, bytes]:
        # Here and not at the top: it is an extra, and few apps have webhooks.
        import httpx

        if self._client is None:
            # The URL alone says where a call goes, whatever proxy the environment names.
            self._client = httpx.AsyncClient(timeout=None, trust_env=False)
        text = bytearray()
        try:
            async with self._client.stream("POST", url, content=body, headers=self._headers) as response:
                async for part in response.aiter_bytes():
                    text += part
                    if len(text) > LARGEST_ANSWER:
                        raise ScriptFailed("the webhook's answer is too long")
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            log.error("the webhook at %s could not be called: %s", url, failure)
            raise ScriptFailed("the webhook could not be called") from None
        return response.status_code, bytes(text)

    def _left_for(self, invocation: Invocation) -> float:
        """Seconds for one call; within another handler no more than what is left to that one."""
        deadline = invocation.call.deadline
        return self._seconds if deadline is None else min(self._seconds, deadline - time.monotonic())
