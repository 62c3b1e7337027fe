from __future__ import annotations

import pytest

from parsonage.protocol import errors
from parsonage.protocol.errors import (
    DuplicateValue,
    ErrorCode,
    InternalError,
    NeedsMasterKey,
    ObjectNotFound,
    OperationForbidden,
    ParseError,
    Refused,
)

_WITH_A_CODE = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type)
    and issubclass(kind, ParseError)
    and not issubclass(kind, Refused)
    and not kind.__name__.startswith("_")
]


@pytest.mark.parametrize("kind", _WITH_A_CODE)
def test_every_error_has_a_code_of_the_table(kind: type[ParseError]) -> None:
    assert kind.code in set(ErrorCode)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ObjectNotFound(), 404),
        (InternalError(), 500),
        (OperationForbidden(), 400),
        (ParseError(999, "no more seats"), 400),
        (NeedsMasterKey(), 403),
    ],
)
def test_an_error_has_the_status_that_clients_expect(error: ParseError, status: int) -> None:
    assert error.http_status == status


def test_a_client_reads_the_reason_only_where_it_may() -> None:
    error = OperationForbidden(detail="This user is not allowed to access Note.")

    assert error.body(sanitized=True) == {"code": 119, "error": "Permission denied"}
    assert error.body(sanitized=False) == {"code": 119, "error": "This user is not allowed to access Note."}


def test_cloud_code_may_raise_a_code_of_its_own() -> None:
    error = ParseError(999, "no more seats")

    assert error.body(sanitized=True) == {"code": 999, "error": "no more seats"}
    assert str(error) == "no more seats"


def test_a_refusal_without_a_code_has_none_in_its_body() -> None:
    assert NeedsMasterKey().body(sanitized=True) == {"error": "Permission denied"}


def test_a_duplicate_names_its_field_for_the_house_alone() -> None:
    error = DuplicateValue("_User", "email")

    assert (error.class_name, error.field) == ("_User", "email")
    assert "email" not in str(error.body(sanitized=False))
