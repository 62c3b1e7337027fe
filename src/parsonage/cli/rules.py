"""``parsonage rules``: what ``parsonage check`` looks for."""

from __future__ import annotations

from pathlib import Path

import click

from parsonage.cli.refusal import Refusal
from parsonage.migrate.code.pages import page, write_pages
from parsonage.migrate.code.rule import all_rules


@click.command("rules")
@click.argument("rule", required=False, metavar="[ID]")
@click.option("--pages", type=click.Path(path_type=Path, file_okay=False), help="Write every page into a folder.")
def command(rule: str | None, pages: Path | None) -> None:
    """List the rules of parsonage check, or show the page of the rule ID."""
    rules = all_rules()
    if pages is not None:
        try:
            write_pages(pages)
        except OSError as error:
            raise Refusal(f"{error.filename}: {(error.strerror or str(error)).lower()}") from None
    elif rule is None:
        for known in rules.values():
            click.echo(f"{known.id}  {known.severity.word:<8}  {known.slug:<24}  {known.title}")
    elif rule.upper() in rules:
        click.echo(page(rules[rule.upper()]), nl=False)
    else:
        raise Refusal(f"there is no rule {rule}; parsonage rules lists them")
