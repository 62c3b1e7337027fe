"""The command ``parsonage`` as such."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from parsonage.cli.main import SUBCOMMANDS, main
from parsonage.version import __version__
from tests.cli.parsonage_command import parsonage


def test_the_version_is_told(tmp_path: Path) -> None:
    assert parsonage("--version", folder=tmp_path) == (0, f"Parsonage {__version__}\n", "")


def test_the_help_names_every_command(tmp_path: Path) -> None:
    status, text, _ = parsonage("--help", folder=tmp_path)

    assert status == 0
    assert set(SUBCOMMANDS) <= set(text.split())


def test_the_help_imports_no_server(tmp_path: Path) -> None:
    script = "import sys; from parsonage.cli.main import main; main(['--help'], standalone_mode=False)"
    check = "assert not {'parsonage.server', 'parsonage.options', 'msgspec'} & sys.modules.keys()"

    done = subprocess.run([sys.executable, "-c", f"{script}; {check}"], cwd=tmp_path, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr.decode()


def test_an_unknown_command_is_a_usage_error(tmp_path: Path) -> None:
    status, _, complaint = parsonage("sreve", folder=tmp_path)

    assert status == 2
    assert "No such command 'sreve'" in complaint


def test_every_command_has_the_name_under_which_it_is_found() -> None:
    names = {name: main.get_command(None, name).name for name in SUBCOMMANDS}  # type: ignore[arg-type, union-attr]

    assert names == {name: name for name in SUBCOMMANDS}
