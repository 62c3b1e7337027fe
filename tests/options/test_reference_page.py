"""The reference page of the options says what the table of options says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parsonage.options.names import OPTIONS, flag, not_built
from parsonage.options.option import Option, Standing

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "options.md").read_text(encoding="utf-8")
BUILT = [option for option in OPTIONS.values() if option.standing is Standing.BUILT]


def name_of(option: Option) -> str:
    return option.name


def row(option: Option) -> str:
    """The option's row in the table of the page."""
    default = "" if option.default is None else f"`{json.dumps(option.default)}`"
    kind = "object" if option.kind is None else option.kind.name
    word = "" if "." in option.name else f"`--{flag(option.name)}`"
    variable = "" if option.in_list else f"`{option.variable}`"
    return f"| `{option.name}` | {kind} | {default} | {variable} | {word} | {option.meaning} |"


@pytest.mark.parametrize("option", BUILT, ids=name_of)
def test_every_built_option_has_its_row(option: Option) -> None:
    assert row(option) in PAGE.splitlines()


@pytest.mark.parametrize("name", not_built())
def test_every_option_that_is_not_built_is_named(name: str) -> None:
    assert f"- `{name}`" in PAGE.splitlines()


def test_nothing_else_is_listed() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    names = [line for line in PAGE.splitlines() if line.startswith("- `")]

    assert (len(rows), len(names)) == (len(BUILT), len(not_built()))
