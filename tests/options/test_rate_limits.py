"""Rate limits as configurations write them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parsonage.options.load import OptionsRefused, load
from parsonage.options.model import RateLimit

KEYS = {"appId": "app", "masterKey": "master"}
LOG_IN = {"requestPath": "/login", "requestTimeWindow": 1500, "requestCount": 3}


def read(limits: Any, **environment: str) -> tuple[RateLimit, ...]:
    return load(None, environment, {**KEYS, "rateLimit": limits}).rate_limits


def problem(limits: Any, **environment: str) -> str:
    with pytest.raises(OptionsRefused) as refused:
        read(limits, **environment)
    return str(refused.value)


def test_a_limit_has_the_defaults_of_parse_server() -> None:
    assert read([LOG_IN]) == (RateLimit(path="/login", seconds=1.5, count=3),)


def test_every_part_of_a_limit_is_read() -> None:
    written = {
        **LOG_IN,
        "requestMethods": ["POST"],
        "errorResponseMessage": "Slowly!",
        "includeMasterKey": True,
        "includeInternalRequests": True,
        "redisUrl": "redis://h",
        "zone": "user",
    }

    assert read([written]) == (
        RateLimit(
            path="/login",
            seconds=1.5,
            count=3,
            methods=("POST",),
            message="Slowly!",
            include_master=True,
            include_internal=True,
            redis_url="redis://h",
            zone="user",
        ),
    )


def test_limits_may_be_written_as_text() -> None:
    assert read(json.dumps([LOG_IN])) == read([LOG_IN]) == read(LOG_IN)


@pytest.mark.parametrize("nothing", [None, [], ""])
def test_nothing_is_no_limit(nothing: Any) -> None:
    assert read(nothing) == ()


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"requestPath": None}, "requestPath"),
        ({"requestPath": "/:"}, ": at position 1 has no name"),
        ({"requestCount": "many"}, "requestCount"),
        ({"requestTimeWindow": 0}, "requestTimeWindow"),
        ({"zone": "planet"}, "zone"),
        ({"requestMethods": "("}, "requestMethods is no regular expression"),
        ({"requestFoo": 1}, "requestFoo"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(wrong: dict[str, Any], text: str) -> None:
    told = problem([{**LOG_IN, **wrong}])

    assert told.startswith("--rate-limit: rateLimit must be a list of rate limits (")
    assert text in told


@pytest.mark.parametrize("wrong", ["x", 5, ["x"], [LOG_IN, 5]])
def test_what_is_no_list_of_limits_is_refused(wrong: Any) -> None:
    assert "rateLimit must be a list of objects such as" in problem(wrong)


def test_the_parts_of_a_limit_are_no_options_of_their_own() -> None:
    told = problem([], PARSE_SERVER_RATE_LIMIT_REQUEST_COUNT="3")

    assert told == "PARSE_SERVER_RATE_LIMIT_REQUEST_COUNT: rateLimit.requestCount is written inside the list rateLimit"


def test_a_pattern_that_is_no_regular_expression_is_refused() -> None:
    with pytest.raises(OptionsRefused, match=r'routeAllowList must be a list of regular expressions \("\(" is none'):
        load(None, {}, {**KEYS, "routeAllowList": ["("]})
