"""What classes and fields may be called, and how ids and tokens are made.

Rules: reference/rest-core.md, sections 9.5 and 9.6; reference/schema-clp-acl.md, section 4.
"""

from __future__ import annotations

import os
import re
import secrets
import string
from collections import defaultdict
from functools import lru_cache

SYSTEM_CLASSES = frozenset(
    {
        "_User",
        "_Installation",
        "_Role",
        "_Session",
        "_Product",
        "_PushStatus",
        "_JobStatus",
        "_JobSchedule",
        "_Audience",
        "_Idempotency",
    }
)
"""Classes of the server's own whose names begin with an underscore."""

VOLATILE_CLASSES = frozenset(
    {
        "_JobStatus",
        "_PushStatus",
        "_Hooks",
        "_GlobalConfig",
        "_GraphQLConfig",
        "_JobSchedule",
        "_Audience",
        "_Idempotency",
    }
)
"""Classes that stand in no schema list; only the master key reaches them."""

MASTER_ONLY_CLASSES = VOLATILE_CLASSES | {"_SCHEMA"}
"""Classes that clients may not name at all (PB059 adds ``_SCHEMA``)."""

DEFAULT_FIELDS = ("objectId", "createdAt", "updatedAt", "ACL")
"""The fields that every object has."""

_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_QUERY_KEY = re.compile(r"[a-zA-Z][a-zA-Z0-9_.]*\Z")
_JOIN = re.compile(r"_Join:[A-Za-z0-9_]+:[A-Za-z0-9_]+\Z")
_RESERVED_FIELDS = frozenset({"className", "length"})


def is_class_name(name: str) -> bool:
    """Whether a class may be called so: a system class, or letters, digits and underscores after a letter."""
    return name in SYSTEM_CLASSES or name in VOLATILE_CLASSES or _NAME.match(name) is not None


def is_join_name(name: str) -> bool:
    """Whether this names the table of a relation: ``_Join:<key>:<class>``."""
    return _JOIN.match(name) is not None


@lru_cache(maxsize=8192)
def is_field_name(name: str) -> bool:
    """Whether a field may be called so: letters, digits and underscores after a letter; not ``length``."""
    return name not in _RESERVED_FIELDS and _NAME.match(name) is not None


def is_query_key(name: str) -> bool:
    """Whether a key of a query can name a field or a path into one."""
    return _QUERY_KEY.match(name) is not None


def new_object_id(size: int = 10) -> str:
    """A fresh object id: letters and digits from a secure source."""
    made = _made[size]
    while True:
        try:
            return made.pop()  # at once, so that no two threads get the same one
        except IndexError:
            letters = os.urandom(max(_BYTES_AT_ONCE, 2 * size)).translate(_LETTER_OF_BYTE, _UNEVEN).decode()
            made += [letters[at : at + size] for at in range(0, len(letters) - size + 1, size)]


_LETTER_OF_BYTE = bytes(ord(_ALPHABET[byte % 62]) for byte in range(256))
_UNEVEN = bytes(range(256 // 62 * 62, 256))
"""Bytes that are thrown away: with them the first letters would come up more often."""

_BYTES_AT_ONCE = 4096
_made: defaultdict[int, list[str]] = defaultdict(list)
"""Ids by their size, made of larger portions from the system's secure source; each is given out once."""

# A forked process must not give out what its parent gives out, too.
os.register_at_fork(after_in_child=_made.clear)


def new_session_token() -> str:
    """A fresh session token: ``r:`` and 32 hexadecimal digits."""
    return "r:" + secrets.token_hex(16)


def new_token(size: int = 25) -> str:
    """A fresh single-use token or a generated user name: letters and digits."""
    return new_object_id(size)
