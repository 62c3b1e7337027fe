"""Converters: functions that make the JSON of an answer out of a row, written out and compiled for its columns.

So a row costs no loop over its fields. An engine gives the statements, one or more for each field, which
write into the map ``made``; nothing but Python's own ``repr`` of a name may ever get into their text.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from parsonage.protocol.encoding import wire_date, wire_file, wire_geo_point, wire_pointer, wire_relation
from parsonage.protocol.values import FRACTIONS, SECONDS
from parsonage.schema.model import FieldType
from parsonage.storage.found import Convert

EXPRESSIONS: Mapping[FieldType, str] = {
    FieldType.STRING: "{c}",
    FieldType.NUMBER: "int({c}) if {c}.is_integer() and -1e18 < {c} < 1e18 else {c}",
    FieldType.DATE: "date(seconds[{c} // 1000] + fractions[{c} % 1000])",
    FieldType.OBJECT: "loads({c})",
    FieldType.ARRAY: "loads({c})",
    FieldType.FILE: "file({c}, None)",
    FieldType.POINTER: "pointer({target}, {c})",
}
"""What an answer carries for a cell that every engine keeps alike: ``{c}`` is the cell, ``{target}`` the class."""

NAMES: Mapping[str, Any] = {
    "seconds": SECONDS,
    "fractions": FRACTIONS,
    "date": wire_date,
    "loads": orjson.loads,
    "fragment": orjson.Fragment,
    "file": wire_file,
    "pointer": wire_pointer,
    "relation": wire_relation,
    "geo_point": wire_geo_point,
}
"""The names that those expressions stand on."""


def compiled(cells: Sequence[str], statements: Sequence[str], names: Mapping[str, Any]) -> Convert:
    """A function of a row that holds ``cells``, in this order; ``names`` are known to its statements."""
    lines = [*([f"{', '.join(cells)}, = row"] if cells else []), *statements, "return made"]
    source = "def convert(row):\n" + textwrap.indent("\n".join(lines), "    ")
    namespace: dict[str, Any] = {**names}
    exec(source, namespace)
    convert: Convert = namespace["convert"]
    return convert
