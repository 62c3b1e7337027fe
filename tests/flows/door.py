"""The HTTP door without a network: requests go straight into the application, answers and events come out."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import orjson

from parsonage.cloud import Cloud
from parsonage.handlers.registry import Registry
from parsonage.http.app import Application
from parsonage.operations.house import House
from parsonage.options.load import load
from parsonage.server import close_house, open_house

APP_ID = "flows"
MASTER_KEY = "the-master-key"
READ_ONLY_KEY = "the-read-only-key"
MAINTENANCE_KEY = "the-maintenance-key"

NOT_FOUND = (404, {"code": 101, "error": "Object not found."})
DENIED = (400, {"code": 119, "error": "Permission denied"})


class Answer(NamedTuple):
    """A status and a body, compared as such; headers beside them."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def plain(self) -> tuple[int, Any]:
        return self.status, self.body

    @property
    def refusal(self) -> tuple[int, Any, Any]:
        return self.status, self.body.get("code"), self.body.get("error")


class Door:
    """Speaks to one house as a client that knows the app id."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.application = Application(house)
        self.events: list[Any] = []
        """What the Cloud Code of a test wrote down."""

    def deploy(self, *clouds: Cloud) -> None:
        """Put Cloud Code in the place of what was there."""
        registry = Registry()
        for cloud in clouds:
            cloud.register(registry, self.house)
        self.house.handlers.put(registry)

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        master: bool = False,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        address: str = "127.0.0.1",
        **query: Any,
    ) -> Answer:
        """One request; ``query`` goes into the query string, what is no text as JSON."""
        given = {"x-parse-application-id": APP_ID, "content-type": "application/json", **(headers or {})}
        if token is not None:
            given["x-parse-session-token"] = token
        if master:
            given["x-parse-master-key"] = MASTER_KEY
        texts = {
            name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in query.items()
        }
        sent = content if content is not None else b"" if body is None else orjson.dumps(body)
        scope = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": f"/parse{path}",
            "raw_path": quote(f"/parse{path}", safe="/%:").encode(),
            "query_string": urlencode(texts).encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in given.items() if value],
            "client": (address, 50_000),
        }
        messages: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def collect(message: Any) -> None:
            messages.append(message)

        await self.application(scope, receive, collect)
        start, *pieces = messages
        received = b"".join(piece["body"] for piece in pieces)
        told = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        is_json = told.get("content-type", "application/json").startswith("application/json")
        return Answer(start["status"], orjson.loads(received) if is_json and received else received, told)

    async def get(self, path: str, **parts: Any) -> Answer:
        return await self.send("GET", path, **parts)

    async def post(self, path: str, body: Any = None, **parts: Any) -> Answer:
        return await self.send("POST", path, body, **parts)

    async def put(self, path: str, body: Any = None, **parts: Any) -> Answer:
        return await self.send("PUT", path, body, **parts)

    async def delete(self, path: str, **parts: Any) -> Answer:
        return await self.send("DELETE", path, **parts)

    async def find(self, class_name: str, where: Any = None, **parts: Any) -> list[Any]:
        """The results of a find that must succeed."""
        asked = {} if where is None else {"where": where}
        answer = await self.get(f"/classes/{class_name}", **asked, **parts)
        assert answer.status == 200, answer.body
        results: list[Any] = answer.body["results"]
        return results

    async def create(self, class_name: str, body: Any, **parts: Any) -> str:
        """The id of an object that must be stored."""
        answer = await self.post(f"/classes/{class_name}", body, **parts)
        assert answer.status == 201, answer.body
        object_id: str = answer.body["objectId"]
        return object_id

    async def sign_up(self, username: str, **fields: Any) -> User:
        """A new user with a session."""
        answer = await self.post("/users", {"username": username, "password": f"{username}-password", **fields})
        assert answer.status == 201, answer.body
        return User(answer.body["objectId"], answer.body["sessionToken"])

    async def make_class(self, class_name: str, permissions: Any = None, **fields: Any) -> None:
        """A class with fields (a type, or the whole description) and class-level permissions."""
        described = {name: {"type": kind} if isinstance(kind, str) else kind for name, kind in fields.items()}
        body = {"fields": described, **({} if permissions is None else {"classLevelPermissions": permissions})}
        answer = await self.post(f"/schemas/{class_name}", body, master=True)
        assert answer.status == 200, answer.body

    async def make_role(self, name: str, *users: User, roles: tuple[str, ...] = ()) -> str:
        """A role with these users and child roles."""
        body: dict[str, Any] = {"name": name, "ACL": {}}
        if users:
            body["users"] = {"__op": "AddRelation", "objects": [user.pointer for user in users]}
        if roles:
            body["roles"] = {"__op": "AddRelation", "objects": [pointer("_Role", child) for child in roles]}
        return await self.create("_Role", body, master=True)


class User(NamedTuple):
    """A user that signed up: its id and its session's token."""

    id: str
    token: str

    @property
    def pointer(self) -> dict[str, str]:
        return pointer("_User", self.id)


def pointer(class_name: str, object_id: str) -> dict[str, str]:
    return {"__type": "Pointer", "className": class_name, "objectId": object_id}


OPEN = {operation: {"*": True} for operation in ("find", "get", "count", "create", "update", "delete", "addField")}
"""Class-level permissions that let everybody do everything."""


@contextlib.asynccontextmanager
async def open_door(folder: Path, **options: Any) -> AsyncIterator[Door]:
    """A house on an SQLite file in ``folder`` with its door; ``options`` are named as in a configuration."""
    given = {
        "appId": APP_ID,
        "masterKey": MASTER_KEY,
        "readOnlyMasterKey": READ_ONLY_KEY,
        "maintenanceKey": MAINTENANCE_KEY,
        "databaseURI": f"sqlite:{folder / 'flows.db'}",
        "allowClientClassCreation": True,
        **options,
    }
    house = await open_house(load(None, {}, given, folder))
    door = Door(house)
    try:
        yield door
    finally:
        await door.application.close()
        await close_house(house)
