"""The pages of the rules, as the terminal shows them and as docs/reference/rules keeps them."""

from __future__ import annotations

import re
from pathlib import Path

from parsonage.migrate.code.rule import Rule, all_rules

HEADS = ("What it finds", "Why it matters", "Instead", "The fix", "Legacy mode", "Known gap", "Source")
"""The parts of a rule's docstring, each a paragraph that begins with its head and a colon."""

_CATALOGUE = re.compile(r"reference/migration-rules\.md, P[CS]\d{3}[.;]\s*")
"""The source of every rule that its authors read, and no reader of its page can."""

_HEAD = re.compile(rf"^({'|'.join(HEADS)}): ", re.MULTILINE)


def page(rule: Rule) -> str:
    """One rule's page, in Markdown."""
    ends = [f"Severity: {rule.severity.word}.", f"Asked in moves from anything older than Parse Server {rule.until}."]
    if rule.brought:
        named = " or ".join(f"`{name}`" for name in sorted(rule.brought))
        ends.append(f"Asked in every move where {named} is required, not installed, and named by no package.json.")
    mode = "runs it as it is" if rule.legacy else "does not run it as it is"
    parts = _HEAD.split(rule.page)[1:]
    told = [(head, _CATALOGUE.sub("", f"{text}\n").strip()) for head, text in zip(parts[::2], parts[1::2], strict=True)]
    sections = [f"## {head}\n\n{_prose(text)}\n" for head, text in told if text]
    says_more = rule.id.startswith("PS") or any(head == "Legacy mode" for head, _ in told)
    facts = ends if says_more else [*ends, f"Legacy mode of Parsonage {mode}."]
    if rule.outside and not rule.id.startswith("PS"):
        facts.append("It is about what stands around the code: a handler with this finding counts as one that runs.")
    return "\n".join([f"# {rule.id} {rule.slug}", "", f"{rule.title}.", "", *facts, "", *sections])


def _prose(text: str) -> str:
    """A paragraph as whole sentences, one a line."""
    joined = " ".join(text.split())
    return "\n".join(sentence[:1].upper() + sentence[1:] for sentence in re.split(r"(?<=\.) (?=[A-Z`])", joined))


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
