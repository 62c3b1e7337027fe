"""The lines that a server prints when it is ready."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsonage.cli.start_lines import start_lines
from parsonage.options.model import App, CloudCode, Keys, Logs, Network, Options
from parsonage.version import __version__

REPORT = {"storage": "SQLite house.db", "functions": 2, "triggers": 1, "jobs": 0}


def test_they_tell_what_runs_and_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("cloud", "public", "scripts"):
        (tmp_path / folder).mkdir()
    (tmp_path / "public" / "index.html").touch()
    options = Options(
        App("a", name="house"),
        Keys("m"),
        network=Network(host="127.0.0.1"),
        cloud=CloudCode(path=str(tmp_path / "cloud")),
        public={"/": "public", "/scripts": "scripts"},
    )

    lines = start_lines(options, REPORT, seconds=0.42, megabytes=39.6)

    assert lines == (
        f"  Parsonage {__version__} · app house · SQLite house.db"
        " · Cloud Code ./cloud/ (2 functions, 1 trigger, 0 jobs) · ready in 0.4 s · 40 MB\n"
        "  REST      http://127.0.0.1:1337/parse\n"
        "  Pages     http://127.0.0.1:1337/\n"
    )


def test_a_server_without_cloud_code_says_so() -> None:
    lines = start_lines(Options(App("a"), Keys("m")), REPORT, seconds=1, megabytes=40)

    assert " · no Cloud Code · " in lines


def test_a_silent_server_has_none() -> None:
    options = Options(App("a"), Keys("m"), logs=Logs(silent=True))

    assert start_lines(options, REPORT, seconds=1, megabytes=40) == ""
