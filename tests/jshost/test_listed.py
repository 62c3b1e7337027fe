"""What ``parsonage cloud list`` tells of an app whose handlers are written in two languages."""

from __future__ import annotations

from pathlib import Path

from tests.cli.parsonage_command import parsonage
from tests.machinery.node import package


def test_every_handler_is_listed_with_its_language_its_place_and_what_it_shadows(tmp_path: Path) -> None:
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "parse").symlink_to(package("parse"))
    (tmp_path / "cloud").mkdir()
    (tmp_path / "cloud" / "main.js").write_text(
        'Parse.Cloud.define("both", () => 1);\n\nParse.Cloud.beforeSave("Note", () => {});\n'
    )
    (tmp_path / "cloud" / "main.py").write_text(
        "from parsonage.cloud import Cloud, FunctionRequest\n"
        "cloud = Cloud()\n"
        "@cloud.function\n"
        "async def both(request: FunctionRequest) -> str: return 'Python'\n"
    )
    status, told, _ = parsonage("cloud", "list", "--cloud", "cloud", "--database-uri", "sqlite:a.db", folder=tmp_path)

    assert status == 0
    assert [line.split() for line in told.splitlines()] == [
        ["function", "both", "JavaScript", "cloud/main.js:1"],
        ["beforeSave", "Note", "JavaScript", "cloud/main.js:3"],
        ["function", "both", "Python", "cloud/main.py:3", "never", "called"],
    ]
