"""``parsonage split``: one large file of Cloud Code becomes small modules that register the same handlers."""

from __future__ import annotations

import shutil
import subprocess
from importlib.resources import as_file, files
from pathlib import Path

import click
import msgspec

from parsonage.cli.refusal import Refusal
from parsonage.migrate.code.project import cloud_root
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Unreadable, read
from parsonage.migrate.code.split.parts import NotToBeSplit, Part, Split, split

PATIENCE = 30
"""Seconds that loading a file may take when its handlers are counted."""


@click.command("split")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write into."
)
@click.option("--force", is_flag=True, help="Write over files that are there already.")
def command(file: Path, out: Path, force: bool) -> None:
    """Take the Cloud Code of FILE apart: one module for each function, trigger and job, helpers in their own."""
    try:
        made = split(Module(read(file.resolve(), file.name)), out)
    except (NotToBeSplit, Unreadable) as problem:
        raise Refusal(f"{file}: {problem}") from None
    before = _registered(file, cloud_root(file.resolve()))
    _refuse_to_overwrite(made, out, file, force=force)
    _write(made, out, file, before)
    click.echo(f"  {len(made.parts)} modules in {out}, required by {made.entry.path} in the old order")
    if made.stayed:
        click.echo(f"  {made.stayed} handlers stay in {made.entry.path}: they need variables that change")
    if before is None:
        click.echo("  not compared: that needs Node, and there is none here")
        return
    if isinstance(before, str):
        click.echo(f"  not compared: {file} can't be loaded as it is: {before}")
        return
    click.echo(f"  compared in Node: both register the same {len(before)} handlers")


Registered = list[list[str | None]] | str | None
"""What a file registers, in order; the reason where it can't be loaded, None where there is no Node."""


def _registered(file: Path, above: Path | None) -> Registered:
    """What a file registers when Node loads it; ``above`` is the folder from which it requires ``cloud/…``."""
    node = shutil.which("node")
    if node is None:
        return None
    with as_file(files("parsonage.migrate.code.split").joinpath("registered.js")) as program:
        try:
            words = [node, str(program), str(file.resolve()), str(above or "")]
            ended = subprocess.run(words, capture_output=True, timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            return f"it took longer than {PATIENCE} seconds"
    try:
        return msgspec.json.decode(ended.stdout, type=list[list[str | None]])
    except msgspec.DecodeError:
        lines = [line for line in ended.stderr.decode("utf-8", "replace").splitlines() if "Error" in line]
        return lines[0].strip() if lines else "it ended by itself"


def _refuse_to_overwrite(made: Split, out: Path, file: Path, *, force: bool) -> None:
    paths = [out / part.path for part in (*made.parts, made.entry)]
    there = [path for path in paths if path.exists() and path.resolve() != file.resolve()]
    if there and not force:
        raise Refusal(f"{there[0]} is there already; --force writes over it")


def _write(made: Split, out: Path, file: Path, before: Registered) -> None:
    """Write all files; put everything back as it was if the new ones don't register the same. Raises Refusal."""
    parts = [*made.parts, made.entry]
    old = {part.path: (out / part.path).read_bytes() if (out / part.path).exists() else None for part in parts}
    try:
        for part in parts:
            _put(out, part)
        after = _registered(out / made.entry.path, cloud_root(file.resolve()))
        if isinstance(before, list) and after != before:
            _restore(out, old)
            raise Refusal(f"{file} was left as it is: its parts would register other handlers ({_told(after)})")
    except OSError as error:
        _restore(out, old)
        raise Refusal(f"{error.filename}: {(error.strerror or str(error)).lower()}") from None


def _told(after: Registered) -> str:
    return after if isinstance(after, str) else f"{len(after or [])} of them"


def _put(out: Path, part: Part) -> None:
    path = out / part.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(part.text, encoding="utf-8")


def _restore(out: Path, old: dict[str, bytes | None]) -> None:
    for name, content in old.items():
        if content is None:
            (out / name).unlink(missing_ok=True)
        else:
            (out / name).write_bytes(content)
