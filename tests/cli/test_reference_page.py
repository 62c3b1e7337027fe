"""The reference page of the commands names each one, with the words that are its own."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from parsonage.cli import check, explain, job, new, rules, serve, split
from parsonage.options.names import OPTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
COMMANDS = {
    "parsonage serve": serve.command,
    "parsonage explain": explain.command,
    "parsonage new": new.command,
    "parsonage job run": job.run,
    "parsonage job list": job.list_jobs,
    "parsonage check": check.command,
    "parsonage rules": rules.command,
    "parsonage split": split.command,
}
OWN_WORDS = [
    (name, word)
    for name, command in COMMANDS.items()
    for parameter in command.params
    for word in (*parameter.opts, *parameter.secondary_opts)
    if isinstance(parameter, click.Option)
    and (parameter.name not in OPTIONS or word in {"--without", "--development", "--production"})
]


def section(name: str) -> str:
    """What the page says about one command."""
    return PAGE.partition(f"## {name}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_section(name: str) -> None:
    assert f"$ {name}" in section(name)


@pytest.mark.parametrize(("name", "word"), OWN_WORDS)
def test_every_word_that_is_no_option_is_explained(name: str, word: str) -> None:
    assert word in PAGE
