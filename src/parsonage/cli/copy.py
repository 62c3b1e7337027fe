"""``parsonage copy``: an app goes from one database to another, whatever their engines are."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import click

from parsonage.cli.refusal import Refusal
from parsonage.migrate.data.copy import LEFT_OUT, CopyRefused, Progress, check_target, copy, plan
from parsonage.migrate.data.locate import bulk_at
from parsonage.options import kinds
from parsonage.options.kinds import NotBuilt, WrongValue
from parsonage.storage.bulk import BulkStorage, HoldsNothing
from parsonage.storage.interface import StorageUnavailable

_DOING = {"copy": "copying", "verify": "comparing"}


@click.command("copy")
@click.argument("from_", metavar="FROM")
@click.argument("to", metavar="TO")
@click.option("--dry-run", is_flag=True, help="Tell what would be copied, and write nothing.")
def command(from_: str, to: str, *, dry_run: bool) -> None:
    """Copy the app in the database FROM into the empty database TO, and compare both.

    Each is a URI as for databaseURI, postgres://host/name or sqlite:path, or the path of an SQLite file. A copy that
    was ended in the middle goes on where it was when the same command is given again.
    """
    try:
        asyncio.run(_dry_run(from_, to) if dry_run else _copy(from_, to))
    except (CopyRefused, StorageUnavailable) as problem:
        raise Refusal(str(problem)) from None


async def _copy(from_: str, to: str) -> None:
    began = time.monotonic()
    async with _opened(from_, reading=True) as source, _opened(to, reading=False) as target:
        with _progress() as progress:
            copied = await copy(source, target, progress)
        seconds = time.monotonic() - began
        number = sum(copied.numbers.values())
        click.echo(
            f"{'gone on with and ' if copied.resumed else ''}copied {source.description} to {target.description}:"
            f" {number} objects and links, the same on both sides, in {seconds:.1f} s"
        )
        click.echo(f"left out: {', '.join(LEFT_OUT)}; the files themselves are not in a database")


async def _dry_run(from_: str, to: str) -> None:
    async with _opened(from_, reading=True) as source:
        numbers = await plan(source)
        width = max(map(len, numbers))
        for name, number in numbers.items():
            click.echo(f"  {name:{width}}  {number:>10}")
        click.echo(f"{sum(numbers.values())} objects and links would be copied from {source.description}")
        with contextlib.suppress(HoldsNothing):
            async with _opened(to, reading=True) as target:
                note = await check_target(source, target)
                if note is not None:
                    click.echo(f"{target.description} has {len(note.done)} parts of them already")


@contextlib.asynccontextmanager
async def _opened(words: str, *, reading: bool) -> AsyncIterator[BulkStorage]:
    storage = bulk_at(_location(words), reading=reading)
    try:
        await storage.open()
        yield storage
    finally:
        await storage.close()


def _location(words: str) -> str:
    """Where the database is. Raises Refusal."""
    if ":" not in words:
        return words
    try:
        location: str = kinds.DATABASE.read(words)
    except NotBuilt as what:
        raise Refusal(f"{what} can't be copied yet") from None
    except WrongValue as expected:
        raise Refusal(f"a database is {expected}, or the path of an SQLite file") from None
    return location


def _progress() -> contextlib.AbstractContextManager[Progress]:
    """A bar where somebody looks at it, else a line for each part."""
    if sys.stderr.isatty():
        drawn: Any = importlib.import_module("parsonage.cli.progress_bar")
        bar: contextlib.AbstractContextManager[Progress] = drawn.ProgressBar()
        return bar
    return contextlib.nullcontext(_Lines())


class _Lines:
    """A line on standard error for each part."""

    def begin(self, doing: str, part: str, total: int, already: int) -> None:
        """Say what is begun."""
        rest = f", {already} of them are there" if already else ""
        click.echo(f"{_DOING[doing]} {part}: {total}{rest}", err=True)

    def advance(self, number: int) -> None:
        """Nothing: a log needs no more."""

    def end(self) -> None:
        """Nothing: the next line says it."""
