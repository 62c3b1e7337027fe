"""The pages of the rules, as the terminal shows them and as docs/reference/rules keeps them."""

from __future__ import annotations

from pathlib import Path

from parsonage.migrate.code.rule import Rule, all_rules


def page(rule: Rule) -> str:
    """One rule's page, in Markdown."""
    mode = "runs it as it is" if rule.legacy else "does not run it as it is"
    until = f"Parse Server {rule.until}"
    return (
        f"# {rule.id} {rule.slug}\n\n{rule.title}\n\n{rule.page}\n\n"
        f"Severity: {rule.severity.word}.\n"
        f"The old code ceased to work with {until}.\n"
        f"Legacy mode of Parsonage {mode}.\n"
    )


def index() -> str:
    """The table of all rules, in Markdown."""
    rows = [
        f"| [{rule.id}]({rule.id}.md) | {rule.slug} | {rule.title} | {rule.severity.word} |"
        for rule in all_rules().values()
    ]
    why = "Each is asked when a move crosses the version in which the old code ceased to work."
    head = f"# Rules of `parsonage check`\n\n{why}\n\n"
    return head + "\n".join(["| Rule | Name | What it is about | Severity |", "| --- | --- | --- | --- |", *rows, ""])


def write_pages(folder: Path) -> None:
    """Write the page of every rule and the table of them into a folder. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(index(), encoding="utf-8")
    for rule in all_rules().values():
        (folder / f"{rule.id}.md").write_text(page(rule), encoding="utf-8")
