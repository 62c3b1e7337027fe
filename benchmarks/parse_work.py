"""The work for servers that speak Parse: Parsonage and Parse Server get the very same requests."""

from __future__ import annotations

from typing import Any

from benchmarks import work
from benchmarks.load import NUMBER
from benchmarks.requests import ask, encode
from benchmarks.work import Workload, chosen, fields, fresh

APP_ID = "benchmark"
MASTER_KEY = "benchmark-master-key"
MOUNT = "/parse"

CLIENT = {"X-Parse-Application-Id": APP_ID}
MASTER = {**CLIENT, "X-Parse-Master-Key": MASTER_KEY}

OPTIONS: dict[str, object] = {"appId": APP_ID, "masterKey": MASTER_KEY, "allowClientClassCreation": True}
PASSWORD = "a password of usual length"


def prepare(port: int) -> Workload:
    """Fill a new, empty app by its own API, and make the requests of every operation."""

    def send(method: str, path: str, body: object = None, headers: dict[str, str] = MASTER) -> Any:
        return ask(port, method, MOUNT + path, headers, body)

    def make(class_name: str, bodies: list[dict[str, object]]) -> list[str]:
        return create_all(port, class_name, bodies)

    ada = send("POST", "/users", {"username": "ada", "password": PASSWORD}, CLIENT)
    bob = send("POST", "/users", {"username": "bob", "password": PASSWORD}, CLIENT)
    as_ada = {**CLIENT, "X-Parse-Session-Token": ada["sessionToken"]}
    members = {"__op": "AddRelation", "objects": [_pointer("_User", ada["objectId"])]}
    send("POST", "/roles", {"name": "Editors", "ACL": {"*": {"read": True}}, "users": members})

    columns = {"n": {"type": "Number"}, "kind": {"type": "Number"}}
    indexes = {"by_n": {"n": 1}, "by_kind": {"kind": 1}}
    send("POST", "/schemas/Item", {"fields": columns})
    send("PUT", "/schemas/Item", {"indexes": indexes})
    authors = make("Author", [{"name": f"Author {number}", "age": 20 + number} for number in range(100)])
    readers = (ada["objectId"], bob["objectId"])
    make(
        "Item",
        [
            {**_row(number, authors), "ACL": {readers[number % 2]: {"read": True, "write": True}}}
            for number in range(work.ITEMS)
        ],
    )
    pages = make("Page", [_row(number, authors) for number in range(work.PAGES)])
    by_role = {"ACL": {"role:Editors": {"read": True}}}
    memos = make("Memo", [{**_row(number, authors), **by_role} for number in range(work.PAGES)])
    for class_name in ("Entry", "Checked", "Crowd"):
        make(class_name, [fresh(0)])  # the columns are there before anything is measured

    def get(path: str, headers: dict[str, str] = CLIENT, **query: object) -> bytes:
        return encode("GET", MOUNT + path, headers, **query)

    def post(path: str, body: object) -> bytes:
        return encode("POST", MOUNT + path, CLIENT, body)

    more = {"__op": "Increment", "amount": 1}
    return Workload(
        {
            work.GET: [get(f"/classes/Page/{pages[n]}") for n in chosen(work.PAGES)],
            work.FUNCTION: [post("/functions/greet", {"name": f"caller {n}"}) for n in chosen(work.PAGES)],
            work.FIND: [
                get("/classes/Item", as_ada, where={"n": {"$gte": n}}, order="n", limit=20)
                for n in chosen(work.ITEMS - 100)
            ],
            work.CREATE: [post("/classes/Entry", fresh(n)) for n in chosen(work.ITEMS)],
            work.CREATE_CHECKED: [post("/classes/Checked", fresh(n)) for n in chosen(work.ITEMS)],
            work.UPDATE: [
                encode("PUT", f"{MOUNT}/classes/Page/{pages[n]}", CLIENT, {"stars": 1 + n % 5, "views": more})
                for n in chosen(work.PAGES)
            ],
            work.GET_BY_ROLE: [get(f"/classes/Memo/{memos[n]}", as_ada) for n in chosen(work.PAGES)],
            work.COUNT: [get("/classes/Item", as_ada, where={"kind": n}, limit=0, count=1) for n in chosen(work.KINDS)],
            work.INCLUDE: [
                get("/classes/Item", as_ada, where={"n": {"$gte": n}}, order="n", limit=20, include="author")
                for n in chosen(work.ITEMS - 100)
            ],
            work.BATCH: [
                post("/batch", {"requests": [_item("Crowd", fresh(n + m)) for m in range(50)]})
                for n in chosen(work.ITEMS)
            ],
            work.LOG_IN: [post("/login", {"username": "ada", "password": PASSWORD})],
            work.SIGN_UP: [post("/users", {"username": f"caller {NUMBER.decode()}", "password": PASSWORD})],
        }
    )


def create_all(port: int, class_name: str, bodies: list[dict[str, object]]) -> list[str]:
    """Create objects by batches with the master key; their ids."""
    ids: list[str] = []
    for at in range(0, len(bodies), 50):
        items = [_item(class_name, body) for body in bodies[at : at + 50]]
        answers = ask(port, "POST", f"{MOUNT}/batch", MASTER, {"requests": items})
        ids += [answer["success"]["objectId"] for answer in answers]
    return ids


def _row(number: int, authors: list[str]) -> dict[str, object]:
    return {
        **fields(number),
        "when": {"__type": "Date", "iso": f"2024-01-{1 + number % 28:02}T10:00:00.000Z"},
        "author": _pointer("Author", authors[number % len(authors)]),
    }


def _item(class_name: str, body: dict[str, object]) -> dict[str, object]:
    return {"method": "POST", "path": f"{MOUNT}/classes/{class_name}", "body": body}


def _pointer(class_name: str, object_id: str) -> dict[str, str]:
    return {"__type": "Pointer", "className": class_name, "objectId": object_id}
