"""The table of options: each one says what it does, and its default is the record's own."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import pytest

from parsonage.options.load import load
from parsonage.options.names import OPTIONS, flag, not_built
from parsonage.options.option import Option, Standing

BUILT = [option for option in OPTIONS.values() if option.kind is not None]
WITH_DEFAULT = [option for option in BUILT if option.default not in (None, [], {}) and not option.in_list]
GIVEN: dict[str, Any] = {"appId": "a", "masterKey": "m", "development": "false"}


def name_of(option: Option) -> str:
    return option.name


def test_every_option_has_a_name_and_a_variable_of_its_own() -> None:
    variables = {option.variable for option in OPTIONS.values()}

    assert len(OPTIONS) == len(variables)


def test_the_whole_of_parse_server_is_in_the_table() -> None:
    by_parse_server = [option for option in OPTIONS.values() if not option.variable.startswith("PARSONAGE_")]

    # 292 rows of the reference less 6 names of log levels and one of any login provider, and one variable
    # that stands in no definition.
    assert len(by_parse_server) == 286


@pytest.mark.parametrize("option", WITH_DEFAULT, ids=name_of)
def test_the_default_in_the_table_is_that_of_the_record(option: Option) -> None:
    assert option.kind is not None
    options = load(None, {}, GIVEN)

    assert attrgetter(option.field)(options) == option.kind.read(option.default)


@pytest.mark.parametrize("option", BUILT, ids=name_of)
def test_every_built_option_says_what_it_does(option: Option) -> None:
    assert option.meaning.endswith((".", "`."))


def test_a_group_is_refused_as_a_whole_where_nothing_in_it_is_built() -> None:
    refused = not_built()

    assert "liveQuery" in refused
    assert "liveQuery.classNames" not in refused
    assert "requestComplexity.graphQLDepth" in refused


def test_adapters_are_a_matter_of_javascript() -> None:
    assert OPTIONS["loggerAdapter"].standing is Standing.JAVASCRIPT_ONLY


@pytest.mark.parametrize(
    ("name", "word"),
    [("databaseURI", "database-uri"), ("restAPIKey", "rest-api-key"), ("cacheTTL", "cache-ttl"), ("port", "port")],
)
def test_the_word_on_the_command_line_is_in_small_letters_with_hyphens(name: str, word: str) -> None:
    assert flag(name) == word
