"""File fields in answers: the URL is computed, only the name is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from parsonage.commands.call import Call
from parsonage.operations.house import House
from parsonage.schema.model import ClassSchema, FieldType


def expand_files(house: House, call: Call, schema: ClassSchema, rows: Sequence[dict[str, Any]]) -> None:
    """Give every File field of the objects its URL, ``<mount>/files/<app id>/<name>``."""
    names = [name for name, field in schema.fields.items() if field.type is FieldType.FILE]
    if not names:
        return
    base = f"{call.mount or house.options.network.url}/files/{quote(house.options.app.id, safe='')}/"
    for row in rows:
        for name in names:
            file = row.get(name)
            if file is not None and "url" not in file:
                file["url"] = base + quote(file["name"], safe="")
