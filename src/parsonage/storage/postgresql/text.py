"""A term of ``$text`` → PostgreSQL's own language for searches.

Every word is quoted, so that no sign in it means anything: a client can't write an invalid search (PB044).

Rules: reference/storage-postgres.md, section 9b.
"""

from __future__ import annotations

from parsonage.query.text import Said, Search


def tsquery(search: Search) -> str:
    """What ``to_tsquery`` is to read; the search asks for something."""
    required = [_quoted(said) for said in search.phrases]
    if search.groups:
        groups = ["(" + " & ".join(map(_quoted, group)) + ")" for group in search.groups]
        required.append("(" + " | ".join(groups) + ")")
    required += [f"!{_quoted(said)}" for said in search.ruled_out]
    return " & ".join(required)


def _quoted(said: Said) -> str:
    text = said.text.replace("\\", "\\\\").replace("'", "''")
    return f"'{text}':*" if said.begins else f"'{text}'"
