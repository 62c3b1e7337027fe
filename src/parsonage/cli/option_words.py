"""Options as words on the command line, made from the table of options.

Every option is a word: ``sessionLength`` is ``--session-length``, and ``--sessionLength`` as Parse Server's own
command has it. The help shows those that one changes for a single run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from parsonage.cli.refusal import Refusal
from parsonage.options import kinds
from parsonage.options.kept_keys import FILE, KeysUnreadable
from parsonage.options.load import OptionsRefused, read
from parsonage.options.model import Options
from parsonage.options.names import OPTIONS, flag
from parsonage.options.option import Option, Standing

Function = TypeVar("Function", bound=Callable[..., Any])

SHOWN = frozenset(
    {
        *("port", "host", "mountPath", "publicServerURL"),
        *("appId", "masterKey", "databaseURI", "cloud", "public"),
        *("allowClientClassCreation", "logLevel", "silent"),
    }
)


def option_words(command: Function) -> Function:
    """Give a command all options as words, by the options' own names."""
    for option in reversed(OPTIONS.values()):
        if option.standing is Standing.BUILT and "." not in option.name:
            command = _word(option)(command)
    return command


def options_from(config: Path | None, words: Mapping[str, Any]) -> tuple[Options, str]:
    """The options of file, environment and words; and what to tell the operator about keys that were just made.

    Raises Refusal.
    """
    folder = Path()
    words = {**words, "without": ",".join(words.get("without") or ()) or None}
    try:
        given = read(config, os.environ, words, folder)
        makes_keys = given.lacks_keys and not (folder / FILE).exists()
        options = given.options()
    except OptionsRefused as refused:
        raise Refusal.of_many(refused.problems, about="the options") from None
    except KeysUnreadable as problem:
        raise Refusal(str(problem)) from None
    if not makes_keys:
        return options, ""
    return options, (
        f"  New keys, kept in {FILE}:\n  App id     {options.app.id}\n  Master key {options.keys.master}\n"
    )


def _word(option: Option) -> Callable[[Function], Function]:
    if option.name == "development":
        return click.option(
            "development",
            "--development/--production",
            default=None,
            help="Reload Cloud Code and explain refusals, or don't.",
        )
    if option.name == "without":
        return click.option(
            "without",
            "--without",
            multiple=True,
            metavar="NAMES",
            help="Start without options that are configured and not built.",
        )
    names = dict.fromkeys([flag(option.name), option.name])
    # The reference pages are Markdown, a terminal is not.
    meaning, hidden = option.meaning.replace("`", ""), option.name not in SHOWN
    if option.kind is kinds.SWITCH:
        both = [f"--{name}/--no-{name}" for name in names]
        return click.option(option.name, *both, default=None, help=meaning, hidden=hidden)
    metavar = (option.kind.name if option.kind is not None else "object").upper()
    return click.option(option.name, *(f"--{name}" for name in names), metavar=metavar, help=meaning, hidden=hidden)
