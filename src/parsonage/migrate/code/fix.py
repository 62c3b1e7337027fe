"""Applying fixes: edits are values, applied together; nothing is written that does not parse.

Fixes feed each other (a callback that became a ``then`` lets an answer become a ``return``), so each round applies the
fixes of one stage, parses and checks again. A file is written whole, beside its old self, then put in its place.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

import msgspec

from parsonage.migrate.code import excerpt
from parsonage.migrate.code.check import Report
from parsonage.migrate.code.finding import Edit, Finding, FixKind
from parsonage.migrate.code.rule import all_rules
from parsonage.migrate.code.source import Source, parse

MOST_ROUNDS = 60
"""More would mean that two rules undo each other."""


class Change(msgspec.Struct, frozen=True, eq=False):
    """A file before and after, as bytes in the file's own encoding, with the findings that were mended."""

    source: Source
    after: bytes
    mended: tuple[Finding, ...]

    def diff(self) -> str:
        """The change as a unified diff, with secrets masked: it is for reading, not for applying."""
        changed = parse(self.after, self.source.path, self.source.name)
        before = excerpt.shown(self.source).decode("utf-8").splitlines(keepends=True)
        after = excerpt.shown(changed).decode("utf-8").splitlines(keepends=True)
        return "".join(_ended(unified_diff(before, after, self.source.name, self.source.name)))


def _ended(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def safe_changes(report: Report) -> list[Change]:
    """The changes of one round: the safe fixes of the lowest stage that has any, file by file."""
    safe = [finding for finding in report.findings if finding.fix is not None and finding.fix.kind is FixKind.SAFE]
    rules = all_rules()
    lowest = min((rules[finding.rule].stage for finding in safe), default=0)
    return changes(report, [finding for finding in safe if rules[finding.rule].stage == lowest])


def changes(report: Report, findings: Iterable[Finding]) -> list[Change]:
    """What the files become when findings are fixed. Of fixes that overlap the first alone is applied."""
    by_file: dict[str, list[Finding]] = {}
    for finding in findings:
        by_file.setdefault(finding.fix_in, []).append(finding)
    sources = report.sources()
    made = [_change(sources[name], chosen) for name, chosen in sorted(by_file.items())]
    return [change for change in made if change is not None]


def _change(source: Source, findings: list[Finding]) -> Change | None:
    edits: list[Edit] = []
    mended: list[Finding] = []
    for finding in findings:
        wanted = finding.fix.edits if finding.fix is not None else ()
        if wanted and not any(_clash(edit, other) for edit in wanted for other in edits):
            edits.extend(edit for edit in wanted if edit not in edits)
            mended.append(finding)
    after = source.encoded(apply(source.text, edits))
    if not mended or parse(after, source.path, source.name).root.has_error:
        return None
    return Change(source, after, tuple(mended))


def apply(text: bytes, edits: Iterable[Edit]) -> bytes:
    """A text with all edits applied. They must not overlap; insertions at one place keep their order."""
    pieces = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [text[position : edit.start], edit.text.encode("utf-8")]
        position = edit.end
    return b"".join([*pieces, text[position:]])


def _clash(one: Edit, other: Edit) -> bool:
    if one == other:
        return one.start == one.end  # the same insertion twice would stand there twice
    if one.start == one.end == other.start == other.end:
        return True
    return one.start < other.end and other.start < one.end


def write(change: Change) -> None:
    """Put the new text in the file's place in one step; its permissions stay. Raises OSError."""
    path = change.source.path
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(change.after)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class Mended(msgspec.Struct, frozen=True, eq=False):
    """What a project is once every safe fix is applied: one change for each file, and what is still found."""

    changes: tuple[Change, ...]
    report: Report
    count: int


def mend(report: Report, check_again: Callable[[Mapping[Path, bytes]], Report]) -> Mended:
    """Apply the safe fixes until none is left. Nothing is written: ``check_again`` is given the new texts by path."""
    first: dict[Path, Source] = {}
    texts: dict[Path, bytes] = {}
    mended: dict[Path, tuple[Finding, ...]] = {}
    for _ in range(MOST_ROUNDS):
        round_ = safe_changes(report)
        if not round_:
            break
        for change in round_:
            path = change.source.path
            first.setdefault(path, change.source)
            texts[path] = change.after
            mended[path] = mended.get(path, ()) + change.mended
        report = check_again(texts)
    made = tuple(Change(source, texts[path], mended[path]) for path, source in first.items())
    return Mended(made, report, sum(map(len, mended.values())))
