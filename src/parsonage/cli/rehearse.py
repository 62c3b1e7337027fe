"""``parsonage serve --rehearse``: look at everything that a start would need, and write nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from parsonage.migrate.data.locate import bulk_at
from parsonage.migrate.data.survey import SurveyedClass, survey
from parsonage.options.load import Looked, look
from parsonage.storage.interface import StorageUnavailable


class Rehearsal(msgspec.Struct, frozen=True):
    """What a start would find. ``problems`` are those that belong to no class."""

    options: tuple[str, ...]
    """What is wrong with the configuration, a sentence each."""
    database: str | None
    """The database in words, without its password."""
    problems: tuple[str, ...]
    cloud: str | None
    """The path of the Cloud Code that is configured."""
    classes: tuple[SurveyedClass, ...] = ()

    @property
    def number(self) -> int:
        """How many things would not work."""
        return len(self.options) + len(self.problems) + sum(len(one.problems) for one in self.classes)


def rehearse(config: Path | None, words: Mapping[str, Any], *, as_json: bool) -> int:
    """Print what a start would find. The answer is the exit status: 1 if something would not work."""
    words = {**words, "without": ",".join(words.get("without") or ()) or None}
    looked = look(config, os.environ, words)
    problems = []
    if looked.cloud is not None and not Path(looked.cloud).exists():
        problems.append(f"there is no Cloud Code at {looked.cloud}")
    found = asyncio.run(_found(looked, problems))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    else:
        click.echo("".join(f"{line}\n" for line in _lines(found)), nl=False)
    return 1 if found.number else 0


async def _found(looked: Looked, problems: list[str]) -> Rehearsal:
    if looked.database is None:
        if not looked.names_database:
            problems.append("no databaseURI is configured")
        return Rehearsal(looked.problems, None, tuple(problems), looked.cloud)
    label: str | None = None
    classes: list[SurveyedClass] = []
    try:
        storage = bulk_at(looked.database, reading=True)
        label = storage.description
        try:
            await storage.open()
            classes = await survey(storage)
        finally:
            await storage.close()
    except StorageUnavailable as reason:
        problems.append(str(reason))
    return Rehearsal(looked.problems, label, tuple(problems), looked.cloud, tuple(classes))


def _lines(found: Rehearsal) -> list[str]:
    lines = [f"  {found.database or 'no database'} · read only, nothing was written"]
    if found.cloud is not None:
        lines.append(f"  Cloud Code {found.cloud} · parsonage check tells what would break in JavaScript")
    width = max((len(one.name) for one in found.classes), default=0)
    for one in found.classes:
        facts = [
            _counted(one.rows, "row", "rows"),
            _counted(len(one.fields), "field", "fields"),
            _counted(len(one.indexes), "index", "indexes"),
        ]
        if one.restricted:
            facts.append(f"not everybody may {', '.join(one.restricted)}")
        lines.append(f"  {one.name:{width}}  {' · '.join(facts)}")
        lines += [f"    ✗ {problem}" for problem in one.problems]
    lines += [f"  ✗ {problem}" for problem in (*found.options, *found.problems)]
    lines.append(f"  {_summary(found.number)}")
    return lines


def _summary(number: int) -> str:
    return f"{_counted(number, 'thing', 'things')} would not work" if number else "nothing stands in the way"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
