"""Kinds: what the value of an option may be."""

from __future__ import annotations

from typing import Any

import pytest

from parsonage.options import kinds
from parsonage.options.kinds import Kind, NotBuilt, WrongValue


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (kinds.SWITCH, "1", True),
        (kinds.SWITCH, "false", False),
        (kinds.SIZE, "20mb", 20 * 2**20),
        (kinds.SIZE, "1.5kb", 1536),
        (kinds.SIZE, 512, 512),
        (kinds.LOG_FILES, 10, 10),
        (kinds.LOG_FILES, "14d", 14),
        (kinds.SECONDS, "0.5", 0.5),
        (kinds.BOUND, -1, -1),
        (kinds.COUNT, 60.0, 60),
        (kinds.LIST, ["a", "b"], ("a", "b")),
        (kinds.ADDRESSES, ["0.0.0.0/0", "::0", "10.1.2.3/8"], ("0.0.0.0/0", "::0", "10.1.2.3/8")),
        (kinds.PROXIES, True, True),
        (kinds.PROXIES, "2", 2),
        (kinds.PROXIES, [], False),
        (kinds.PROXIES, "loopback, 10.0.0.0/8", ("loopback", "10.0.0.0/8")),
        (kinds.URL, "https://api.example.org/parse/", "https://api.example.org/parse"),
        (kinds.MOUNT_PATH, "/parse/", "/parse"),
        (kinds.MOUNT_PATH, "/", ""),
        (kinds.DATABASE, "sqlite:data/house.db", "data/house.db"),
        (kinds.DATABASE, "postgres://ada@host/house?ssl=true", "postgres://ada@host/house?ssl=true"),
        (kinds.DATABASE, "postgresql://host/house", "postgresql://host/house"),
        (kinds.DATABASE, "sqlite:///var/house.db", "/var/house.db"),
        (kinds.DATABASE, "sqlite:////var/house.db", "/var/house.db"),
        (kinds.FOLDERS, {"/": "public"}, {"/": "public"}),
    ],
)
def test_a_value_is_read_as_its_kind(kind: Kind, written: Any, value: Any) -> None:
    assert kind.read(written) == value


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (kinds.TEXT, ""),
        (kinds.TEXT, 5),
        (kinds.SWITCH, "yes"),
        (kinds.SWITCH, 1),
        (kinds.COUNT, True),
        (kinds.COUNT, 1.5),
        (kinds.COUNT, "nan"),
        (kinds.COUNT, "inf"),
        (kinds.SECONDS, "inf"),
        (kinds.BOUND, 0),
        (kinds.SIZE, "20 apples"),
        (kinds.SIZE, -1),
        (kinds.LIST, [1]),
        (kinds.LIST, "[broken"),
        (kinds.ADDRESSES, ["localhost"]),
        (kinds.PROXIES, ["example.org"]),
        (kinds.PROXIES, -1),
        (kinds.URL, "example.org"),
        (kinds.MOUNT_PATH, "parse"),
        (kinds.LEVEL, "loud"),
        (kinds.DATABASE, "sqlite://house.db"),
        (kinds.DATABASE, "sqlite::memory:"),
        (kinds.DATABASE, "mysql://host/house"),
        (kinds.DATABASE, "postgres:house"),
        (kinds.PROTECTED_FIELDS, {"_User": ["email"]}),
        (kinds.KEYWORDS, [{"kee": "a"}]),
        (kinds.KEYWORDS, [{}]),
        (kinds.FOLDERS, {"public": "public"}),
    ],
)
def test_a_value_of_another_kind_is_refused(kind: Kind, written: Any) -> None:
    with pytest.raises(WrongValue):
        kind.read(written)


@pytest.mark.parametrize(
    ("kind", "written", "what"),
    [
        (kinds.CLOUD, "cloud/main.ts", "TypeScript that is not compiled"),
        (kinds.DATABASE, "mongodb+srv://host/house", "MongoDB"),
    ],
)
def test_a_value_that_asks_for_what_is_not_built_names_it(kind: Kind, written: Any, what: str) -> None:
    with pytest.raises(NotBuilt, match=what):
        kind.read(written)
