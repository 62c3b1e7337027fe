"""``parsonage copy`` as people type it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest

from parsonage.schema.changes import CreateClass
from parsonage.storage.conformance.bulk import WRITTEN
from parsonage.storage.conformance.cast import NOTE
from parsonage.storage.sqlite.bulk import SQLiteBulk
from tests.cli.parsonage_command import parsonage, plain_environment

MANY = 20_000


async def make(path: Path, number: int) -> None:
    """A database with so many notes."""
    storage = SQLiteBulk(path, reading=False)
    await storage.open()
    await storage.change_schema([CreateClass(NOTE)])
    notes = [{"objectId": f"n{place:06}", **WRITTEN, "stars": place, "tags": [place]} for place in range(number)]
    await storage.load((await storage.schemas())["Note"], notes, "")
    await storage.leave_note(None)
    await storage.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small database."""
    asyncio.run(make(tmp_path / "old.db", 3))
    return tmp_path


def arrived(path: Path) -> int:
    """How many notes a copy has brought over until now."""
    try:
        [(number,)] = apsw.Connection(str(path)).execute('SELECT count(*) FROM "Note"').fetchall()
    except apsw.Error:
        return 0
    assert isinstance(number, int)
    return number


def kill_after_the_first_page(command: list[str], target: Path, folder: Path) -> None:
    process = subprocess.Popen(command, cwd=folder, env=plain_environment(), stderr=subprocess.DEVNULL)
    while not arrived(target) and process.poll() is None:
        time.sleep(0.002)
    process.kill()
    process.wait()


def test_it_tells_each_part_and_that_both_sides_are_the_same(folder: Path) -> None:
    status, out, told = parsonage("copy", "old.db", "sqlite:new.db", folder=folder)

    assert status == 0
    assert re.match(r"copied SQLite old\.db to SQLite new\.db: 3 objects and links, the same on both sides, in ", out)
    assert "left out: _Idempotency" in out
    assert {"copying Note: 3", "comparing Note: 3"} < set(told.splitlines())


def drawn_on_a_terminal(command: list[str], folder: Path) -> bytes:
    """What a command writes to standard error when that is a terminal."""
    ours, terminal = pty.openpty()
    with subprocess.Popen(command, cwd=folder, env=plain_environment(), stdout=subprocess.DEVNULL, stderr=terminal):
        os.close(terminal)
        drawn = b""
        with contextlib.suppress(OSError):  # how a terminal ends that nobody holds any more
            while part := os.read(ours, 10_000):
                drawn += part
    os.close(ours)
    return drawn


def test_on_a_terminal_a_bar_is_drawn(folder: Path) -> None:
    drawn = drawn_on_a_terminal([sys.executable, "-m", "parsonage", "copy", "old.db", "new.db"], folder)

    assert b"copy Note" in drawn
    assert b"3/3" in drawn


def test_a_dry_run_tells_what_there_is_and_writes_nothing(folder: Path) -> None:
    status, out, _ = parsonage("copy", "old.db", "new.db", "--dry-run", folder=folder)

    assert status == 0
    assert re.search(r"^  Note +3$", out, re.MULTILINE)
    assert not (folder / "new.db").exists()


def test_a_copy_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    asyncio.run(make(tmp_path / "old.db", MANY))
    command = [sys.executable, "-m", "parsonage", "copy", "old.db", "new.db"]
    kill_after_the_first_page(command, tmp_path / "new.db", tmp_path)
    before = arrived(tmp_path / "new.db")

    status, out, told = parsonage("copy", "old.db", "new.db", folder=tmp_path)

    assert 0 < before < MANY
    assert status == 0
    assert f"copying Note: {MANY}, {before} of them are there" in told.splitlines()
    assert out.startswith("gone on with and copied")
    assert arrived(tmp_path / "new.db") == MANY


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("none.db", "new.db"), "there is no file none.db"),
        (("old.db", "old.db"), "SQLite old.db is not empty, it holds Note: name an empty database"),
        (("old.db", "mongodb://host/app"), "MongoDB can't be copied yet"),
        (("old.db", "mysql://host/app"), "a database is postgres://host/name"),
        (("old.db", "postgres://127.0.0.1:1/app"), "PostgreSQL at 127.0.0.1:1/app can't be reached"),
    ],
)
def test_what_can_not_be_copied_is_told_in_one_line(folder: Path, words: tuple[str, str], complaint: str) -> None:
    status, _, told = parsonage("copy", *words, folder=folder)

    assert status == 1
    assert told.startswith(f"parsonage: {complaint}")
