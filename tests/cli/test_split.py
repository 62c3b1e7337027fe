"""``parsonage split``: files are written, and Node says that they register the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.parsonage_command import parsonage, plain_environment

CODE = """\
var label = function (x) { return '<' + x + '>'; };
Parse.Cloud.define('one', function (request) { return label(1); });
Parse.Cloud.afterSave('Note', function (request) { label(2); });
Parse.Cloud.job('night', function (request) {});
"""


@pytest.fixture
def main(tmp_path: Path) -> Path:
    path = tmp_path / "cloud" / "main.js"
    path.parent.mkdir()
    path.write_text(CODE)
    return path


def test_the_file_itself_becomes_the_one_that_requires_the_parts(main: Path, tmp_path: Path) -> None:
    status, told, _ = parsonage("split", "cloud/main.js", "--out", "cloud", folder=tmp_path)

    assert status == 0
    assert told.splitlines() == [
        "  4 modules in cloud, required by main.js in the old order",
        "  compared in Node: both register the same 3 handlers",
    ]
    assert main.read_text() == (
        "require('./shared/label.js');\nrequire('./functions/one.js');\n"
        "require('./triggers/Note.afterSave.js');\nrequire('./jobs/night.js');\n"
    )


def test_another_folder_leaves_the_file_alone(main: Path, tmp_path: Path) -> None:
    parsonage("split", "cloud/main.js", "--out", "new", folder=tmp_path)

    assert main.read_text() == CODE
    assert (tmp_path / "new" / "jobs" / "night.js").exists()


def test_nothing_that_is_there_is_written_over_unasked(main: Path, tmp_path: Path) -> None:
    (main.parent / "jobs").mkdir()
    (main.parent / "jobs" / "night.js").write_text("mine")

    status, _, refused = parsonage("split", "cloud/main.js", "--out", "cloud", folder=tmp_path)

    assert status == 1
    assert refused == "parsonage: cloud/jobs/night.js is there already; --force writes over it\n"
    assert main.read_text() == CODE


def test_without_node_it_says_that_nothing_was_compared(main: Path, tmp_path: Path) -> None:
    nowhere = {**plain_environment(), "PATH": os.devnull}
    words = [sys.executable, "-m", "parsonage", "split", "cloud/main.js", "--out", "cloud"]

    ended = subprocess.run(words, cwd=tmp_path, env=nowhere, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 0
    assert "not compared: that needs Node" in ended.stdout


def test_a_file_that_cannot_be_loaded_as_it_is_is_not_compared(main: Path, tmp_path: Path) -> None:
    main.write_text(f"require('./gone');\n{CODE}")

    _, told, _ = parsonage("split", "cloud/main.js", "--out", "cloud", folder=tmp_path)

    assert "not compared: cloud/main.js can't be loaded as it is: Error: Cannot find module" in told


def test_parts_that_register_otherwise_are_taken_back(main: Path, tmp_path: Path) -> None:
    strange = "Parse.Cloud.define(new Error().stack.includes('functions') ? 'b' : 'a', () => 1);\n"
    main.write_text(CODE + strange)

    status, _, refused = parsonage("split", "cloud/main.js", "--out", "cloud", folder=tmp_path)

    assert status == 1
    assert "was left as it is: its parts would register other handlers" in refused
    assert main.read_text() == CODE + strange
    assert not (main.parent / "jobs" / "night.js").exists()
