"""Applying fixes: edits are values, applied together; nothing is written that does not parse.

Fixes feed each other (a callback that became a ``then`` lets an answer become a ``return``), so each round applies to
each statement of a file the fixes of one stage, parses and checks again. A file is written whole, beside its old self,
then put in its place.
"""

from __future__ import annotations

import os
import tempfile
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

import msgspec

from parsonage.migrate.code import excerpt
from parsonage.migrate.code.check import Report, Seen, look, report_of
from parsonage.migrate.code.counts import concerning
from parsonage.migrate.code.finding import Edit, Finding, FixKind
from parsonage.migrate.code.rule import all_rules
from parsonage.migrate.code.source import Source, parse

MOST_ROUNDS = 60
"""More would mean that two rules undo each other."""


class Change(msgspec.Struct, frozen=True, eq=False):
    """A file before and after, with the findings that were mended."""

    source: Source
    result: Source
    mended: tuple[Finding, ...]

    @property
    def after(self) -> bytes:
        """What the file is to hold, in its own encoding."""
        return self.source.encoded(self.result.text)

    def diff(self) -> str:
        """The change as a unified diff, with secrets masked: it is for reading, not for applying."""
        before = excerpt.shown(self.source).decode("utf-8").splitlines(keepends=True)
        after = excerpt.shown(self.result).decode("utf-8").splitlines(keepends=True)
        return "".join(_ended(unified_diff(before, after, self.source.name, self.source.name)))


def _ended(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def safe_changes(seen: Seen, files: Container[str] | None = None) -> list[Change]:
    """The changes of one round, file by file; in some files alone, or in all.

    A safe fix is applied unless one of a lower stage touches the same statements of the file.
    """
    sources, rules = seen.sources(), all_rules()
    safe = [
        finding
        for finding in seen.new
        if finding.fix is not None and finding.fix.kind is FixKind.SAFE and (files is None or finding.fix_in in files)
    ]
    edited = {finding.fix_in for finding in safe} & sources.keys()
    begins = {name: [child.start_byte for child in sources[name].root.children] for name in edited}
    touched = [(finding, _touched(finding, begins)) for finding in safe]
    lowest: dict[tuple[str, int], int] = {}
    for finding, statements in touched:
        for statement in statements:
            stage = rules[finding.rule].stage
            lowest[statement] = min(stage, lowest.get(statement, stage))
    chosen = [
        finding
        for finding, statements in touched
        if all(lowest[statement] == rules[finding.rule].stage for statement in statements)
    ]
    return changes(sources, chosen)


def _touched(finding: Finding, begins: Mapping[str, list[int]]) -> set[tuple[str, int]]:
    """The statements of a file that a fix edits, each as the file and the statement's number in it."""
    starts = begins.get(finding.fix_in, [])
    edits = finding.fix.edits if finding.fix is not None else ()
    return {
        (finding.fix_in, number)
        for edit in edits
        for number in range(bisect_right(starts, edit.start), bisect_right(starts, edit.end) + 1)
    }


def changes(sources: Mapping[str, Source], findings: Iterable[Finding]) -> list[Change]:
    """What the files become when findings are fixed. Of fixes that overlap the first alone is applied."""
    by_file: dict[str, list[Finding]] = {}
    for finding in findings:
        by_file.setdefault(finding.fix_in, []).append(finding)
    made = [_change(sources[name], chosen) for name, chosen in sorted(by_file.items())]
    return [change for change in made if change is not None]


def _change(source: Source, findings: list[Finding]) -> Change | None:
    edits: list[Edit] = []
    mended: list[Finding] = []
    for finding in findings:
        wanted = finding.fix.edits if finding.fix is not None else ()
        if wanted and not any(_clashes(edit, edits) for edit in wanted):
            for edit in wanted:
                _insert(edit, edits)
            mended.append(finding)
    if not mended:
        return None
    result = source.edited((edit.start, edit.end, edit.text.encode("utf-8")) for edit in edits)
    return Change(source, result, tuple(mended)) if not result.root.has_error else None


def _insert(edit: Edit, taken: list[Edit]) -> None:
    """Put an edit among others. Insertions at one place keep their order; an edit that is there already stays alone."""
    place = bisect_right(taken, _span(edit), key=_span)
    before = place - 1
    while before >= 0 and _span(taken[before]) == _span(edit):
        if taken[before] == edit:
            return
        before -= 1
    taken.insert(place, edit)


def _span(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.end


def _clashes(edit: Edit, taken: list[Edit]) -> bool:
    """Whether an edit overlaps one of those taken, which are sorted and don't overlap each other."""
    place = bisect_left(taken, _span(edit), key=_span)
    before = place - 1
    while before >= 0 and taken[before].end >= edit.start:
        if _clash(edit, taken[before]):
            return True
        before -= 1
    while place < len(taken) and taken[place].start <= edit.end:
        if _clash(edit, taken[place]):
            return True
        place += 1
    return False


def _clash(one: Edit, other: Edit) -> bool:
    if one == other:
        return one.start == one.end  # the same insertion twice would stand there twice
    if one.start == one.end == other.start == other.end:
        return True
    return one.start < other.end and other.start < one.end


def write(change: Change) -> bool:
    """Put the new text in the file's place in one step; its permissions stay. Raises OSError.

    The whole text is parsed once more, since a tree that grew by edits is one that nobody else would see; a text that
    does not parse is not written, and the answer is False.
    """
    path = change.source.path
    if parse(change.after, path, change.source.name).root.has_error:
        return False
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
    return True


class Mended(msgspec.Struct, frozen=True, eq=False):
    """What a project is once every safe fix is applied: one change for each file, and what is still found."""

    changes: tuple[Change, ...]
    report: Report
    count: int


def mend(report: Report, *, for_figures: bool = False) -> Mended:
    """Apply the safe fixes until none is left. Nothing is written, and the project of ``report`` is used up.

    ``for_figures`` mends the files alone in which a handler may come to run, and asks none but the rules that mend
    something or keep a handler from running: the report of what is left tells which handlers run, and no more.
    """
    terms, files = report.terms, None
    if for_figures:
        files = _in_doubt(report.seen)
        inquiry = terms.inquiry.narrowed(lambda rule: rule.mends or rule.is_grave)
        terms = msgspec.structs.replace(terms, inquiry=inquiry)
    seen = report.seen
    first: dict[str, Source] = {}
    latest: dict[str, Source] = {}
    mended: dict[str, tuple[Finding, ...]] = {}
    for _ in range(MOST_ROUNDS):
        changed = safe_changes(seen, files)
        if not changed:
            break
        for change in changed:
            name = change.source.name
            first.setdefault(name, change.source)
            latest[name] = change.result
            mended[name] = mended.get(name, ()) + change.mended
        seen = look(terms, seen.project.changed({change.source.name: change.result for change in changed}))
    made = tuple(Change(source, latest[name], mended[name]) for name, source in first.items())
    return Mended(made, report_of(terms, seen), sum(map(len, mended.values())))


def _in_doubt(seen: Seen) -> set[str]:
    """The files of the handlers of which only the fixes can tell whether they will run.

    What is found for good settles the others. A fix elsewhere changes nothing for a handler: a rule looks at one file
    and its handlers, and safe fixes leave it as it is what a file registers and exports.
    """
    lasting = [finding for finding in seen.every if finding.lasts]
    doubtful = [handler for handler, found in concerning(seen.project.handlers, lasting) if not found]
    return {module.source.name for handler in doubtful for module in (handler.home, handler.module)}
