"""The work for PocketBase, in its own terms: collections, rules, relations and hooks.

An object ACL is a relation to its reader with a rule that compares it; a role is left out, since
PocketBase has none.
"""

from __future__ import annotations

from typing import Any

from benchmarks import work
from benchmarks.requests import ask, encode
from benchmarks.work import Workload, chosen, fields, fresh

ADMIN = "admin@example.com"
PASSWORD = "a password of usual length"

COLUMNS: list[dict[str, object]] = [
    {"name": "n", "type": "number"},
    {"name": "kind", "type": "number"},
    {"name": "title", "type": "text"},
    {"name": "text", "type": "text"},
    {"name": "stars", "type": "number"},
    {"name": "price", "type": "number"},
    {"name": "open", "type": "bool"},
    {"name": "tags", "type": "json"},
    {"name": "meta", "type": "json"},
    {"name": "when", "type": "date"},
    {"name": "views", "type": "number"},
    {"name": "slug", "type": "text"},
    {"name": "created", "type": "autodate", "onCreate": True},
    {"name": "updated", "type": "autodate", "onCreate": True, "onUpdate": True},
]


def prepare(port: int) -> Workload:
    """Make the collections and rows, and the requests of the operations that PocketBase has."""

    def send(method: str, path: str, body: object = None) -> Any:
        return ask(port, method, f"/api{path}", admin, body)

    def collection(name: str, columns: list[dict[str, object]], rule: str = "", indexes: tuple[str, ...] = ()) -> str:
        rules = {"listRule": rule, "viewRule": rule, "createRule": "", "updateRule": ""}
        made = send(
            "POST", "/collections", {"name": name, "type": "base", "fields": columns, **rules, "indexes": indexes}
        )
        return str(made["id"])

    def make(name: str, rows: list[dict[str, object]]) -> list[str]:
        ids: list[str] = []
        for at in range(0, len(rows), 50):
            items = [_item(name, row) for row in rows[at : at + 50]]
            ids += [answer["body"]["id"] for answer in send("POST", "/batch", {"requests": items})]
        return ids

    admin: dict[str, str] = {}
    login = {"identity": ADMIN, "password": PASSWORD}
    admin["Authorization"] = send("POST", "/collections/_superusers/auth-with-password", login)["token"]
    send("PATCH", "/settings", {"batch": {"enabled": True, "maxRequests": 50, "timeout": 60}})

    users = send("GET", "/collections/users")["id"]
    account = {"password": PASSWORD, "passwordConfirm": PASSWORD, "verified": True}
    ada, bob = (
        send("POST", "/collections/users/records", {"email": f"{name}@example.com", **account})["id"]
        for name in ("ada", "bob")
    )
    ada_login = {"identity": "ada@example.com", "password": PASSWORD}
    as_ada = {"Authorization": send("POST", "/collections/users/auth-with-password", ada_login)["token"]}

    author_columns: list[dict[str, object]] = [{"name": "name", "type": "text"}, {"name": "age", "type": "number"}]
    author = {
        "name": "author",
        "type": "relation",
        "collectionId": collection("Author", author_columns),
        "maxSelect": 1,
    }
    reader: dict[str, object] = {"name": "reader", "type": "relation", "collectionId": users, "maxSelect": 1}
    collection(
        "Item",
        [*COLUMNS, author, reader],
        "reader = @request.auth.id",
        ("CREATE INDEX by_n ON Item (n)", "CREATE INDEX by_kind ON Item (kind)"),
    )
    for name in ("Page", "Entry", "Checked", "Crowd"):
        collection(name, [*COLUMNS, author])

    authors = make("Author", [{"name": f"Author {number}", "age": 20 + number} for number in range(100)])
    readers = (ada, bob)
    make("Item", [{**_row(number, authors), "reader": readers[number % 2]} for number in range(work.ITEMS)])
    pages = make("Page", [_row(number, authors) for number in range(work.PAGES)])

    def get(path: str, headers: dict[str, str], **query: object) -> bytes:
        return encode("GET", f"/api/collections/{path}", headers, **query)

    def post(path: str, body: object) -> bytes:
        return encode("POST", path, {}, body)

    twenty = {"sort": "n", "perPage": 20, "skipTotal": "true"}
    return Workload(
        {
            work.GET: [get(f"Page/records/{pages[n]}", {}) for n in chosen(work.PAGES)],
            work.FUNCTION: [post("/greet", {"name": f"caller {n}"}) for n in chosen(work.PAGES)],
            work.FIND: [get("Item/records", as_ada, filter=f"n >= {n}", **twenty) for n in chosen(work.ITEMS - 100)],
            work.CREATE: [post("/api/collections/Entry/records", fresh(n)) for n in chosen(work.ITEMS)],
            work.CREATE_CHECKED: [post("/api/collections/Checked/records", fresh(n)) for n in chosen(work.ITEMS)],
            work.UPDATE: [
                encode("PATCH", f"/api/collections/Page/records/{pages[n]}", {}, {"stars": 1 + n % 5, "views+": 1})
                for n in chosen(work.PAGES)
            ],
            work.COUNT: [
                get("Item/records", as_ada, filter=f"kind = {n}", perPage=1, fields="n") for n in chosen(work.KINDS)
            ],
            work.INCLUDE: [
                get("Item/records", as_ada, filter=f"n >= {n}", expand="author", **twenty)
                for n in chosen(work.ITEMS - 100)
            ],
            work.BATCH: [
                post("/api/batch", {"requests": [_item("Crowd", fresh(n + m)) for m in range(50)]})
                for n in chosen(work.ITEMS)
            ],
            work.LOG_IN: [post("/api/collections/users/auth-with-password", ada_login)],
        }
    )


def _row(number: int, authors: list[str]) -> dict[str, object]:
    return {
        **fields(number),
        "when": f"2024-01-{1 + number % 28:02} 10:00:00.000Z",
        "author": authors[number % len(authors)],
    }


def _item(name: str, row: dict[str, object]) -> dict[str, object]:
    return {"method": "POST", "url": f"/api/collections/{name}/records", "body": row}
