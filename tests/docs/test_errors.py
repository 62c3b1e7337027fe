"""docs/reference/errors.md says what the table of codes says."""

from __future__ import annotations

from parsonage.protocol import errors
from parsonage.protocol.errors import ErrorCode, ParseError, Refused
from tests.docs.pages import names, rows

CLASSES = [
    kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, ParseError) and kind is not ParseError and not name.startswith("_")
]
CODED = [row for row in rows("reference/errors.md") if row[0].lstrip("-").isdigit()]
UNCODED = [row for row in rows("reference/errors.md") if len(row) == 3 and row[1].isdigit()]


def test_every_code_has_its_row_and_there_are_no_others() -> None:
    listed = [(int(code), *names(name)) for code, name, _, _ in CODED]

    assert listed == [(code.value, code.name) for code in ErrorCode]


def test_every_class_stands_beside_its_code() -> None:
    listed = {(int(code), kind) for code, _, kinds, _ in CODED for kind in names(kinds)}

    assert listed == {(int(kind.code), kind.__name__) for kind in CLASSES if not issubclass(kind, Refused)}


def test_every_refusal_without_a_code_stands_there_with_its_status() -> None:
    listed = {(*names(kind), int(status)) for kind, status, _ in UNCODED}

    assert listed == {
        (kind.__name__, kind.status) for kind in CLASSES if issubclass(kind, Refused) and kind is not Refused
    }
