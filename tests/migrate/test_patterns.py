"""The rules' queries as one: which patterns a file is asked for, and that every language knows them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsonage.migrate.code.patterns import Patterns, literals, split
from parsonage.migrate.code.rule import Rule, all_rules
from parsonage.migrate.code.source import parse

WITH_QUERIES = [rule for rule in all_rules().values() if rule.query]
LINK_WITH = all_rules()["PC317"]
EXPRESSIONS = [
    "^(S3|GCS|GridStore)Adapter$",
    "^['\"]?(GCMSenderId|pushType)['\"]?$",
    "api\\.parse\\.com|\\.parseapp\\.com|files\\.parsetfss\\.com",
    "colou?rs|flavou?rs",
    "^.(?:_session_token|_email_verify_token).$",
    "hooks/(functions|triggers)",
]


def names(rule: Rule) -> str:
    return rule.id


def test_a_pattern_is_asked_where_one_of_its_words_stands() -> None:
    assert "@PC317" in Patterns([LINK_WITH]).within(b"user._linkWith('facebook', {});")


def test_it_is_not_asked_where_none_of_them_does() -> None:
    assert Patterns([LINK_WITH]).within(b"user.linkWith('facebook', {});") == ""


def test_a_query_is_taken_apart_at_the_outermost_brackets_alone() -> None:
    query = '((pair key: (_) @name) @it (#eq? @name "a)"))\n[(string) (number)] @it ; both\n(program) @it'

    assert split(query) == [
        '((pair key: (_) @name) @it (#eq? @name "a)"))',
        "[(string) (number)] @it ; both",
        "(program) @it",
    ]


@pytest.mark.parametrize("suffix", [".js", ".ts", ".tsx"])
@pytest.mark.parametrize("rule", WITH_QUERIES, ids=names)
def test_every_language_knows_the_nodes_that_a_rule_asks_for(rule: Rule, suffix: str) -> None:
    source = parse(b"let a = 1;", Path(f"a{suffix}"), f"a{suffix}")

    assert isinstance(source.captures(rule.query), dict)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("^(S3|GCS|GridStore)Adapter$", {"Adapter"}),
        ("^['\"]?(GCMSenderId|pushType)['\"]?$", {"GCMSenderId", "pushType"}),
        ("api\\.parse\\.com|\\.parseapp\\.com", {"api.parse.com", ".parseapp.com"}),
        ("push_time|expiration_interval", {"push_time", "expiration_interval"}),
        ("hooks/(functions|triggers)", {"functions", "triggers"}),
        ("colou?rs", {"colo"}),
        ("^0[0-7]+$", set()),
        ("validate|[A-Z]+", set()),
        ("(validate)?d", set()),
    ],
)
def test_words_without_which_an_expression_finds_nothing_are_seen(expression: str, words: set[str]) -> None:
    assert literals(expression) == words


@settings(max_examples=200)
@given(st.data())
def test_whatever_an_expression_of_a_rule_finds_holds_one_of_its_words(data: st.DataObject) -> None:
    expression = data.draw(st.sampled_from(EXPRESSIONS))

    found = data.draw(st.from_regex(expression, fullmatch=False))

    assert any(word in found for word in literals(expression))
