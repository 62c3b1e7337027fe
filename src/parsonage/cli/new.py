"""``parsonage new``: a small project to start from."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

import click

from parsonage.cli.refusal import Refusal

PROJECT = Path(__file__).with_name("project")
"""The files of a new project. Each is a text in which ``$name`` stands for the project's name."""

SUFFIX = ".template"
"""Ends the names of these files, so that no tool takes them for parts of ours."""


@click.command("new")
@click.argument("folder", metavar="NAME", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Make a small project to start from, in the new folder NAME."""
    make_project(folder)
    click.echo(f"  {folder}/ is made: cloud/main.py has the Cloud Code, tests/ its tests, parsonage.toml the options.")
    click.echo(f"  Next: cd {folder} && parsonage serve")


def make_project(folder: Path) -> None:
    """Write the files of a new project. Raises Refusal if there is something already, or the name is no good."""
    name = folder.resolve().name
    if not re.fullmatch(r"[^\W_][\w-]*", name):
        raise Refusal(f'"{name}" is no name for a project: letters, digits, - and _ make one, a letter or digit first')
    try:
        if folder.exists() and any(folder.iterdir()):
            raise Refusal(f"{folder}: the folder is not empty")
        for template in sorted(PROJECT.rglob(f"*{SUFFIX}")):
            path = folder / template.relative_to(PROJECT).with_suffix("")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Template(template.read_text(encoding="utf-8")).substitute(name=name), encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{error.filename}: {(error.strerror or str(error)).lower()}") from None
