"""Links to files: only the name of a file is stored, its URL is computed where an answer is made.

Rules: reference/files-push.md, section 4.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from parsonage.commands.call import Call
from parsonage.operations.house import House
from parsonage.schema.model import ClassSchema, FieldType

_UNRESERVED = "!~*'()"
"""What JavaScript leaves as it is in a part of a URL, beside what Python leaves."""

_OF_HOSTED_PARSE = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}-")


def file_url(house: House, call: Call, name: str) -> str:
    """Where a file can be fetched: ``<mount>/files/<app id>/<name>``, or where hosted Parse had it."""
    legacy_key = house.options.files.legacy_key
    if legacy_key is not None:
        if name.startswith("tfss-"):
            return f"http://files.parsetfss.com/{legacy_key}/{quote(name, safe=_UNRESERVED)}"
        if _OF_HOSTED_PARSE.match(name):
            return f"http://files.parse.com/{legacy_key}/{quote(name, safe=_UNRESERVED)}"
    return _base(house, call) + quote(name, safe=_UNRESERVED)


def _base(house: House, call: Call) -> str:
    return f"{call.mount or house.options.network.url}/files/{quote(house.options.app.id, safe='')}/"


def expand_files(house: House, call: Call, schema: ClassSchema, rows: Sequence[dict[str, Any]]) -> None:
    """Give every File field of the objects its URL."""
    names = [name for name, field in schema.fields.items() if field.type is FieldType.FILE]
    if not names:
        return
    for row in rows:
        for name in names:
            file = row.get(name)
            if file is not None and "url" not in file:
                file["url"] = file_url(house, call, file["name"])
