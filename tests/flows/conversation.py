"""Plain requests to a running server: no SDK, no retries, what was sent and what came back."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

APP_ID = "flows"
MASTER_KEY = "the-master-key"


class Answer(NamedTuple):
    """A status and a body."""

    status: int
    body: Any


class Conversation:
    """Speaks to one server as a client that knows the app id."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        limit: float = 30,
    ) -> Answer:
        connection = http.client.HTTPConnection(self._parts.hostname or "", self._parts.port, timeout=limit)
        try:
            connection.request(
                method,
                self._parts.path + path,
                None if body is None else json.dumps(body),
                {"X-Parse-Application-Id": APP_ID, "Content-Type": "application/json", **(headers or {})},
            )
            response = connection.getresponse()
            return Answer(response.status, json.loads(response.read()))
        finally:
            connection.close()

    def call(self, function: str, **params: object) -> Answer:
        return self.send("POST", f"/functions/{function}", params)
