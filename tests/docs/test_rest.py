"""docs/reference/rest.md lists the routes that are there, the operators that are read and the operations."""

from __future__ import annotations

import re

import pytest

from parsonage.commands import rest
from parsonage.commands.rest import RestRequest, decode
from parsonage.protocol.errors import ParseError, RouteUnknown
from parsonage.query import read
from tests.docs.pages import names, prose, rows

PAGE = "reference/rest.md"
METHODS = ["GET", "POST", "PUT", "DELETE"]
LISTED = {(row[0], *names(row[1])) for row in rows(PAGE) if row[0] in METHODS}
OF_THE_DOOR = {
    ("GET", "/health"),
    ("POST", "/files/{name}"),
    ("GET", "/files/{app}/{name}"),
    ("GET", "/files/{app}/metadata/{name}"),
    ("DELETE", "/files/{name}"),
}
"""Answered before commands are decoded."""


SCHEDULES = {
    ("GET", "/cloud_code/jobs"),
    ("GET", "/cloud_code/jobs/data"),
    ("POST", "/cloud_code/jobs"),
    ("PUT", "/cloud_code/jobs/x"),
    ("DELETE", "/cloud_code/jobs/x"),
}
"""Routes with a second part that is no name."""


def is_there(method: str, path: str) -> bool:
    """Whether some command answers this method and path."""
    try:
        decode(RestRequest(method, path))
    except RouteUnknown:
        return False
    except ParseError:
        return True
    return True


def filled(path: str) -> str:
    """A path with an ``x`` in the place of what its braces stand for, in lower case."""
    return re.sub(r"\{\w+\}", "x", path).lower()


def paths(first: str, length: int) -> list[str]:
    """The paths of an entry of the table, an ``x`` for each part that may be anything."""
    seconds = ["functions", "triggers"] if first == "hooks" else ["x"]
    return ["/" + "/".join([first, second, *["x"] * (length - 2)][:length]) for second in seconds]


BUILT = (
    {
        (method, path)
        for first, length in rest._ROUTES
        for path in paths(first, length)
        for method in METHODS
        if is_there(method, path)
    }
    | {("POST", "/batch"), ("GET", "/users/me"), ("GET", "/sessions/me")}
    | SCHEDULES
)


def test_the_page_lists_the_routes_that_are_there_and_no_others() -> None:
    assert {(method, filled(path)) for method, path in LISTED - OF_THE_DOOR} == BUILT


@pytest.mark.parametrize(
    "operator", sorted({*read._OPERATORS, *read._SUBQUERIES, "$regex", "$options", "$or", "$and", "$nor", "$relatedTo"})
)
def test_every_operator_of_a_query_is_explained(operator: str) -> None:
    assert f"`{operator}`" in prose(PAGE) or f'"{operator}"' in prose(PAGE)


@pytest.mark.parametrize("parameter", sorted(rest.FIND_KEYS))
def test_every_parameter_of_a_query_is_explained(parameter: str) -> None:
    assert f"`{parameter}`" in prose(PAGE)


@pytest.mark.parametrize(
    "operation",
    ["Increment", "Add", "AddUnique", "Remove", "AddRelation", "RemoveRelation", "Batch", "Delete"],
)
def test_every_operation_is_listed(operation: str) -> None:
    assert f'"__op": "{operation}"' in prose(PAGE)
