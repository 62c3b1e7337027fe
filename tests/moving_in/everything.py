"""An app with something of everything, made through a server's REST API as its clients and its operator would."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.flows.conversation import MASTER_KEY, Conversation

MASTER = {"X-Parse-Master-Key": MASTER_KEY}

LIMIT = 20.0
"""Seconds until what one server did must be seen by the other; both say a few."""

CLASSES = ("Everything", "Owner", "_User", "_Role", "_Session")
USERS = ("ada", "bob", "Cleo")

FIELDS: dict[str, Any] = {
    "text": {"type": "String"},
    "stars": {"type": "Number", "required": False, "defaultValue": 5},
    "done": {"type": "Boolean"},
    "at": {"type": "Date"},
    "more": {"type": "Object"},
    "tags": {"type": "Array"},
    "raw": {"type": "Bytes"},
    "place": {"type": "GeoPoint"},
    "area": {"type": "Polygon"},
    "picture": {"type": "File"},
    "author": {"type": "Pointer", "targetClass": "_User"},
    "likes": {"type": "Relation", "targetClass": "_User"},
}

FULL: dict[str, Any] = {
    "text": "Grüße 🦊",
    "stars": 1.5,
    "done": False,
    "at": {"__type": "Date", "iso": "1969-12-31T23:59:59.999Z"},
    "more": {"deep": {"b": [1, {"c": None}]}, "when": {"__type": "Date", "iso": "2026-01-02T03:04:05.678Z"}},
    "tags": [1, "a", 1, {"__type": "GeoPoint", "latitude": 1, "longitude": 2}],
    "raw": {"__type": "Bytes", "base64": "aGVsbG8="},
    "place": {"__type": "GeoPoint", "latitude": 1.25, "longitude": -2},
    "area": {"__type": "Polygon", "coordinates": [[0, 0], [0, 1], [1, 1], [0, 0]]},
    "picture": {"__type": "File", "name": "0123_a.png"},
}

INDEXES = {"by_stars": {"stars": 1}, "by_text": {"text": "text"}}

PERMISSIONS = {
    **{operation: {"*": True} for operation in ("find", "get", "count", "create", "update", "addField")},
    "delete": {"requiresAuthentication": True},
    "protectedFields": {"*": ["raw"]},
}


def pointer(class_name: str, object_id: str) -> dict[str, str]:
    return {"__type": "Pointer", "className": class_name, "objectId": object_id}


def add(*pointers: dict[str, str]) -> dict[str, Any]:
    return {"__op": "AddRelation", "objects": [*pointers]}


def done(server: Conversation, method: str, path: str, body: object = None, **headers: str) -> Any:
    """The answer to a request that must succeed."""
    answer = server.send(method, path, body, headers={**MASTER, **headers})
    assert answer.status < 300, (method, path, answer)
    return answer.body


def make_everything(server: Conversation) -> dict[str, str]:
    """Make the app, and answer with the session token of each user."""
    tokens, users = {}, {}
    for name in USERS:
        made = server.send("POST", "/users", {"username": name, "password": f"{name}-p", "email": f"{name}@x.org"}).body
        tokens[name], users[name] = made["sessionToken"], pointer("_User", made["objectId"])
    server.send("POST", "/users", {"authData": {"anonymous": {"id": "anon-1"}}})
    inner = done(server, "POST", "/roles", {"name": "Writers", "ACL": {}, "users": add(users["bob"])})
    done(server, "POST", "/roles", {"name": "Editors", "ACL": {}, "roles": add(pointer("_Role", inner["objectId"]))})
    schema = {"fields": FIELDS, "classLevelPermissions": PERMISSIONS, "indexes": INDEXES}
    done(server, "POST", "/schemas/Everything", schema)
    acl = {"role:Editors": {"read": True}, users["ada"]["objectId"]: {"read": True, "write": True}}
    full = {**FULL, "author": users["ada"], "likes": add(users["bob"], users["Cleo"]), "ACL": acl}
    made = done(server, "POST", "/classes/Everything", full)
    done(server, "POST", "/classes/Everything", {"text": "with defaults"})
    done(server, "POST", "/classes/Everything", {"stars": 1e21, "more": {}, "tags": [], "text": ""})
    done(server, "POST", "/classes/Owner", {"grown": pointer("Everything", made["objectId"]), "ACL": {}})
    done(server, "PUT", "/config", {"params": {"greeting": "hi", "secret": 1}, "masterKeyOnly": {"secret": True}})
    return tokens


def objects(server: Conversation, class_name: str) -> list[Any]:
    """Every object of a class as the master key sees it, without the URLs of files, which are each server's own."""
    found = done(server, "GET", f"/classes/{class_name}?order=objectId&limit=1000")["results"]
    for one in found:
        one.get("picture", {}).pop("url", None)
    return sorted(found, key=lambda one: str(one["objectId"]))


def eventually(seen: Callable[[], object]) -> bool:
    """Whether something comes to be seen: one server hears of the other's change a moment later."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        if seen():
            return True
        time.sleep(0.05)
    return False
