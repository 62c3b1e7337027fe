"""How right ``parsonage check`` is on real projects: what it says today against the lists that readers judged.

``python -m benchmarks.check_judged FOLDER`` checks every project of ``tests/migrate/corpus/judged-*.csv`` that it finds
at ``FOLDER/OWNER/NAME``, fetched at the commit that the list names, and prints one table for each list and one for all:
by rule, what was found, right and missed. ``--places`` names each place that is wrong, missed, or judged by nobody.

A reader's verdicts are places: file, line, rule. A place may hold several findings of one rule, so places are counted.
What is found where nobody judged is no error and no success: it stands in a column of its own.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from parsonage.migrate.code.check import Wanted, check

LISTS = Path(__file__).parent.parent / "tests" / "migrate" / "corpus"


class At(msgspec.Struct, frozen=True, order=True):
    """A place in a project, and the rule that speaks there."""

    project: str
    file: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.project}/{self.file}:{self.line} {self.rule}"


class Score(msgspec.Struct):
    """What became of the places of one rule, counted."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    unjudged: int = 0

    def add(self, other: Score) -> None:
        """Count another score in."""
        self.right += other.right
        self.wrong += other.wrong
        self.missed += other.missed
        self.unjudged += other.unjudged

    @property
    def precision(self) -> float:
        """Right ones among the findings that somebody judged; 1 if there are none."""
        return self.right / (self.right + self.wrong or 1) if self.right or self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Found ones among the places that are known to be right; 1 if there are none."""
        return self.right / (self.right + self.missed or 1) if self.right or self.missed else 1.0


class Judged(msgspec.Struct, frozen=True):
    """One reader's list: how often each place was called right (or missed), and how often wrong."""

    name: str
    projects: frozenset[str]
    real: Counter[At]
    wrong: Counter[At]


def main() -> None:
    """Check the fetched projects and print how right it was."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check_judged", description=__doc__)
    parser.add_argument("folder", type=Path, help="holds the fetched projects as OWNER/NAME")
    parser.add_argument("--places", action="store_true", help="name each place that is wrong, missed or not judged")
    asked = parser.parse_args()

    lists = [judged(path) for path in sorted(LISTS.glob("judged-*.csv"))]
    here = [
        name for name in sorted(frozenset().union(*(each.projects for each in lists))) if (asked.folder / name).is_dir()
    ]
    found = Counter(at for name in here for at in places(asked.folder / name, name))
    total: defaultdict[str, Score] = defaultdict(Score)
    for each in lists:
        scores = score(each, found, here)
        print_table(f"{each.name}: {len(each.projects & set(here))} of {len(each.projects)} projects", scores)
        for rule, counted in scores.items():
            total[rule].add(counted)
        if asked.places:
            print_places(each, found, here)
    print_table(f"all: {len(here)} projects", total)


def judged(path: Path) -> Judged:
    """Read one reader's list."""
    real: Counter[At] = Counter()
    wrong: Counter[At] = Counter()
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            at = At(row["repository"], row["file"], int(row["line"]), row["rule"])
            (wrong if row["verdict"] == "wrong" else real)[at] += 1
    projects = frozenset(at.project for at in real | wrong)
    return Judged(path.stem.removeprefix("judged-by-"), projects, real, wrong)


def places(folder: Path, name: str) -> Iterator[At]:
    """What a check of a project says."""
    for finding in check([folder], Wanted()).findings:
        yield At(name, finding.file, finding.place.line, finding.rule)


def score(of: Judged, found: Counter[At], here: Iterable[str]) -> dict[str, Score]:
    """By rule, what became of the places of a list and of the findings in its projects."""
    scores: defaultdict[str, Score] = defaultdict(Score)
    for at in _asked(of, found, here):
        scores[at.rule].add(_at(at, of, found))
    return dict(sorted(scores.items()))


def print_table(title: str, scores: dict[str, Score]) -> None:
    """Print the scores of rules and their sum."""
    whole = Score()
    for counted in scores.values():
        whole.add(counted)
    print(
        f"\n{title}\n{'rule':6} {'found':>6} {'right':>6} {'wrong':>6} {'missed':>6} {'unjudged':>8} precision recall"
    )
    for rule, counted in [*sorted(scores.items()), ("all", whole)]:
        judged_ones = counted.right + counted.wrong
        print(
            f"{rule:6} {judged_ones + counted.unjudged:6} {counted.right:6} {counted.wrong:6} {counted.missed:6}"
            f" {counted.unjudged:8} {counted.precision:9.3f} {counted.recall:6.3f}"
        )


def print_places(of: Judged, found: Counter[At], here: Iterable[str]) -> None:
    """Name the places that are wrong, missed or judged by nobody."""
    for at in _asked(of, found, here):
        counted = _at(at, of, found)
        for word in ("wrong", "missed", "unjudged"):
            if getattr(counted, word):
                print(f"{word:8} {at}")


def _asked(of: Judged, found: Counter[At], here: Iterable[str]) -> list[At]:
    projects = of.projects & set(here)
    return sorted(at for at in {*of.real, *of.wrong, *found} if at.project in projects)


def _at(at: At, of: Judged, found: Counter[At]) -> Score:
    right = min(found[at], of.real[at])
    wrong = min(found[at] - right, of.wrong[at])
    return Score(right, wrong, of.real[at] - right, found[at] - right - wrong)


if __name__ == "__main__":
    main()
