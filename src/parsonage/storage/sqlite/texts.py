"""Full-text indexes: FTS5 tables beside a class, made when a field is first searched, kept by triggers.

A field may have up to four: with stems of English or without, and with accents or without. An index holds
words and no texts, so it takes less room than what it indexes.

Rules: reference/storage-sqlite.md, Text.
"""

from __future__ import annotations

import apsw
import msgspec

from parsonage.query.model import FullText
from parsonage.query.text import Said, Search
from parsonage.storage.sqlite.connect import fetched
from parsonage.storage.sqlite.tables import Names, quoted

_TOKENIZERS = {
    ("stems", "accents"): "porter unicode61 remove_diacritics 0",
    ("stems", "plain"): "porter unicode61 remove_diacritics 2",
    ("words", "accents"): "unicode61 remove_diacritics 0",
    ("words", "plain"): "unicode61 remove_diacritics 2",
}


class TextIndex(msgspec.Struct, frozen=True):
    """One index: of a column, by one way of reading words."""

    table: str
    column: str
    kind: tuple[str, str]

    @property
    def name(self) -> str:
        """Its table in the file."""
        return f"_Text:{'+'.join(self.kind)}:{self.column}:{self.table}"


def text_index(names: Names, class_name: str, condition: FullText) -> TextIndex:
    """The index that serves a condition."""
    words = "stems" if condition.language == "english" else "words"
    accents = "accents" if condition.diacritic_sensitive else "plain"
    return TextIndex(names.table(class_name), names.column(class_name, condition.key), (words, accents))


def make_index(connection: apsw.Connection, index: TextIndex) -> None:
    """Make an index, with what the table holds already, unless somebody else has just made it."""
    if index.name in known_indexes(connection):
        return
    name, source, column = quoted(index.name), quoted(index.table), quoted(index.column)
    connection.execute(
        f"CREATE VIRTUAL TABLE {name}"
        f" USING fts5(t, content = '', contentless_delete = 1, tokenize = '{_TOKENIZERS[index.kind]}')"
    )
    connection.execute(
        f'INSERT INTO {name} (rowid, t) SELECT r."_id", r.{column} FROM {source} AS r WHERE r.{column} IS NOT NULL'
    )
    insert = f'INSERT INTO {name} (rowid, t) SELECT NEW."_id", NEW.{column} WHERE NEW.{column} IS NOT NULL;'
    remove = f'DELETE FROM {name} WHERE rowid = OLD."_id";'
    events = {
        "insert": f"AFTER INSERT ON {source} BEGIN {insert} END",
        "update": f"AFTER UPDATE OF {column} ON {source} BEGIN {remove} {insert} END",
        "delete": f"AFTER DELETE ON {source} BEGIN {remove} END",
    }
    for event, body in events.items():
        connection.execute(f"CREATE TRIGGER {quoted(f'{index.name}.{event}')} {body}")


def drop_indexes(connection: apsw.Connection, table: str, column: str) -> None:
    """Drop whatever indexes a column has, before the column or its table goes."""
    for kind in _TOKENIZERS:
        name = TextIndex(table, column, kind).name
        for event in ("insert", "update", "delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS {quoted(f'{name}.{event}')}")
        connection.execute(f"DROP TABLE IF EXISTS {quoted(name)}")


def known_indexes(connection: apsw.Connection) -> frozenset[str]:
    """The names of the indexes that there are."""
    rows = fetched(connection, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '_Text:*:*:*'")
    return frozenset(name for (name,) in rows)


def match_expression(search: Search) -> str:
    """What FTS5 is to look for; the search asks for something. Every word is quoted: no sign in it means anything."""
    required = [_quoted(said) for said in search.phrases]
    if search.groups:
        required.append(
            "(" + " OR ".join("(" + " AND ".join(map(_quoted, group)) + ")" for group in search.groups) + ")"
        )
    wanted = " AND ".join(required)
    if not search.ruled_out:
        return wanted
    return f"({wanted}) NOT ({' OR '.join(map(_quoted, search.ruled_out))})"


def _quoted(said: Said) -> str:
    text = said.text.replace('"', '""')
    return f'"{text}"*' if said.begins else f'"{text}"'
