"""``parsonage cloud``: which handlers the Cloud Code registers, and what JavaScript needs to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from parsonage.cli.cloud_packages import fetch_sdk, prepare_javascript
from parsonage.cli.option_words import option_words, options_from
from parsonage.cli.refusal import Refusal
from parsonage.handlers.registry import Handler
from parsonage.server import StartFailed, cloud_handlers


@click.group("cloud")
def command() -> None:
    """List the handlers of the Cloud Code; fetch what JavaScript needs."""


@command.command("list")
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file, as for parsonage serve.")
@option_words
def list_handlers(config: Path | None, **words: Any) -> None:
    """List every handler: what it is for, its language, where it stands, and what it shadows."""
    options, _ = options_from(config, words)
    prepare_javascript(options)
    try:
        handlers, shadowed = cloud_handlers(options)
    except StartFailed as problem:
        raise Refusal(str(problem)) from None
    if not handlers:
        click.echo("no Cloud Code" if options.cloud.path is None else f"no handlers in {options.cloud.path}", err=True)
    rows = [_row(handler, "") for handler in handlers] + [_row(handler, "never called") for handler in shadowed]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, [*widths, 0], strict=True)).rstrip())


def _row(handler: Handler, remark: str) -> tuple[str, str, str, str, str]:
    file = Path(handler.file)
    here = Path.cwd()
    shown = file.relative_to(here) if file.is_relative_to(here) else file
    place = f"{shown}:{handler.line}" if handler.line else handler.file
    return handler.kind.value, handler.name, handler.language, place, remark


@command.command("install")
def install() -> None:
    """Let npm install the SDK for JavaScript Cloud Code into .parsonage/node/, and what came with hosted Parse.

    It is needed only where the app brings no npm package parse of its own.
    """
    fetch_sdk()
