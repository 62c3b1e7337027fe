"""Clients that never pause, and remember every request that was not answered."""

from __future__ import annotations

import http.client
import json
import threading
from urllib.parse import urlsplit

APP_ID = "fleet"
MASTER_KEY = "the-master-key"
OPTIONS = {"appId": APP_ID, "masterKey": MASTER_KEY, "allowClientClassCreation": True, "logLevel": "warn"}
HEADERS = {"X-Parse-Application-Id": APP_ID, "X-Parse-Master-Key": MASTER_KEY, "Content-Type": "application/json"}


class Clients:
    """Threads that each create one object after the other, half of them on connections that are kept alive.

    A refused connection ends a client: there is no server. Whatever else goes wrong is a lost request, but for the
    answer with code 100 where that is borne: then the database is away, and nothing was promised.
    """

    def __init__(self, url: str, *, count: int = 6, bears_code_100: bool = False) -> None:
        self.lost: list[str] = []
        """Requests that were sent and had no answer, or a wrong one."""
        self.stored: list[str] = []
        """Ids of the objects that were answered."""
        self._bears_code_100 = bears_code_100
        self._address = urlsplit(url)
        self._over = threading.Event()
        self._progress = threading.Condition()
        self._threads = [
            threading.Thread(target=self._work, kwargs={"keeps_alive": number % 2 == 0}) for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def wait_for(self, more: int) -> None:
        """Wait until so many more requests have been answered."""
        with self._progress:
            goal = len(self.stored) + more
            assert self._progress.wait_for(lambda: len(self.stored) >= goal or self.lost, 60), "too few are answered"

    def stop(self) -> None:
        """Let each finish its request."""
        self._over.set()
        self.wait()

    def wait(self) -> None:
        """Wait until every client has ended."""
        for thread in self._threads:
            thread.join()

    def _work(self, *, keeps_alive: bool) -> None:
        connection: http.client.HTTPConnection | None = None
        while not self._over.is_set():
            try:
                if connection is None:
                    connection = self._connected()
            except ConnectionRefusedError:
                return
            try:
                is_last = self._ask(connection, keeps_alive=keeps_alive)
            except (OSError, http.client.HTTPException, AssertionError) as broken:
                self.lost.append(repr(broken))
                return
            if is_last:
                connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def _connected(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self._address.hostname or "", self._address.port, timeout=30)
        connection.connect()
        return connection

    def _ask(self, connection: http.client.HTTPConnection, *, keeps_alive: bool) -> bool:
        """Create one object; whether the server, or we, want no more on this connection."""
        headers = HEADERS if keeps_alive else {**HEADERS, "Connection": "close"}
        connection.request("POST", f"{self._address.path}/classes/Note", json.dumps({"text": "hi"}), headers)
        response = connection.getresponse()
        body = json.loads(response.read())
        if response.status == 201:
            with self._progress:
                self.stored.append(body["objectId"])
                self._progress.notify_all()
        else:
            assert self._bears_code_100, f"{response.status} {body}"
            assert body["code"] == 100, f"{response.status} {body}"
        return response.getheader("connection") == "close"


def stored(url: str) -> set[str]:
    """The ids of all objects that the clients have created."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.request("GET", f"{address.path}/classes/Note?keys=objectId&limit=100000", headers=HEADERS)
    found = json.loads(connection.getresponse().read())["results"]
    connection.close()
    return {row["objectId"] for row in found}
