"""More work for servers that speak Parse: pipelines, places, texts and files, on classes of their own."""

from __future__ import annotations

import random

from benchmarks import work
from benchmarks.parse_work import APP_ID, CLIENT, MASTER, MOUNT, create_all
from benchmarks.requests import ask, encode, encode_content
from benchmarks.work import Workload, chosen

PLACES = 5_000
ARTICLES = 2_000
WORDS = 400
"""Different words of the articles: each stands in some two hundred of them."""

LENGTHS = {work.FILE_UP: 10_000, work.LARGE_FILE_UP: 1_000_000}
"""Bytes of the files."""


def prepare(port: int) -> Workload:
    """Fill the classes by the server's own API, store the files that are fetched, and make the requests."""
    dice = random.Random(21)
    create_all(port, "Sale", [_sale(number) for number in range(work.ITEMS)])
    places: list[dict[str, object]] = [{"at": _point(dice), "name": f"Place {number}"} for number in range(PLACES)]
    create_all(port, "Place", places)
    create_all(port, "Article", [{"text": _text(dice)} for _ in range(ARTICLES)])

    def get(path: str, headers: dict[str, str] = CLIENT, **query: object) -> bytes:
        return encode("GET", MOUNT + path, headers, **query)

    requests = {
        work.AGGREGATE: [get("/aggregate/Sale", MASTER, pipeline=_pipeline(n)) for n in chosen(work.ITEMS)],
        work.NEAR: [
            get("/classes/Place", where={"at": {"$nearSphere": _point(dice)}}, limit=20) for _ in range(work.DIFFERENT)
        ],
        work.TEXT: [
            get("/classes/Article", where={"text": {"$text": {"$search": {"$term": _word(n)}}}}, limit=20)
            for n in chosen(WORDS)
        ],
    }
    return Workload({**requests, **prepare_files(port).requests})


def prepare_files(port: int) -> Workload:
    """Store the files that are fetched, and make the requests about files."""
    requests: dict[str, list[bytes]] = {}
    downloads = {work.FILE_UP: work.FILE_DOWN, work.LARGE_FILE_UP: work.LARGE_FILE_DOWN}
    for upload, length in LENGTHS.items():
        contents = [random.Random(number).randbytes(length) for number in range(4)]
        path = f"{MOUNT}/files/picture.bin"
        requests[upload] = [encode_content("POST", path, MASTER, content) for content in contents]
        names = [ask(port, "POST", path, MASTER, content=content)["name"] for content in contents]
        requests[downloads[upload]] = [encode("GET", f"{MOUNT}/files/{APP_ID}/{name}", {}) for name in names]
    return Workload(requests)


def _sale(number: int) -> dict[str, object]:
    return {"n": number, "shop": number % 7, "price": number / 4, "open": number % 3 == 0}


def _pipeline(n: int) -> list[dict[str, object]]:
    return [
        {"$match": {"n": {"$gte": n, "$lt": n + 500}}},
        {"$group": {"_id": "$shop", "total": {"$sum": "$price"}, "mean": {"$avg": "$price"}}},
        {"$sort": {"total": -1}},
    ]


def _point(dice: random.Random) -> dict[str, object]:
    return {"__type": "GeoPoint", "latitude": dice.uniform(-80, 80), "longitude": dice.uniform(-179, 179)}


def _word(number: int) -> str:
    """A word that no language shortens or leaves out."""
    return f"word{number:03}"


def _text(dice: random.Random) -> str:
    return " ".join(_word(dice.randrange(WORDS)) for _ in range(40))
