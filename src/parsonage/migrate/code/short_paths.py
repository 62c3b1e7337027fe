"""Short paths that a project defines for its own files: ``@models/note``, ``#lib/mail``.

TypeScript's and editors' are ``paths`` and ``baseUrl`` of tsconfig.json and jsconfig.json (comments and trailing commas
allowed), Node's the ``imports`` of package.json. What a file is reached by is told without its ending.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from parsonage.migrate.code import syntax
from parsonage.migrate.code.source import Node, Source

_FURTHEST = 12
_LARGEST = 300_000
_CONDITIONS = ("node", "import", "require", "default")

Pattern = tuple[str, Path]
"""What a specifier looks like and where it leads, each with a ``*`` for the part that is kept, or without."""


def meant(specifier: str, from_file: Path) -> Iterator[Path]:
    """The paths that a specifier may stand for in a file, the nearest definition first."""
    for folder in islice(from_file.parents, _FURTHEST):
        for pattern, target in defined_in(folder):
            start, star, end = pattern.partition("*")
            fits = specifier.startswith(start) and specifier.endswith(end) if star else specifier == pattern
            if fits and len(specifier) >= len(start) + len(end):
                kept = specifier[len(start) : len(specifier) - len(end)]
                yield Path(str(target).replace("*", kept))


@lru_cache(maxsize=4_096)
def defined_in(folder: Path) -> tuple[Pattern, ...]:
    """The short paths that the files of one folder define. A file that can't be read defines none."""
    compiler = [each for name in ("tsconfig.json", "jsconfig.json") for each in _compiler_paths(folder / name)]
    return (*compiler, *_node_imports(folder / "package.json"))


def _compiler_paths(path: Path) -> Iterator[Pattern]:
    options = _members(_members(_object(path)).get("compilerOptions"))
    base = syntax.string(options.get("baseUrl"))
    home = path.parent / (base or ".")
    for pattern, targets in _members(options.get("paths")).items():
        for target in filter(None, map(syntax.string, syntax.meaningful(targets))):
            yield pattern, home / target
    if base is not None:
        yield "*", home / "*"


def _node_imports(path: Path) -> Iterator[Pattern]:
    for pattern, target in _members(_members(_object(path)).get("imports")).items():
        by_condition = _members(target)
        ways = [by_condition.get(condition) for condition in _CONDITIONS] if by_condition else [target]
        for way in filter(None, map(syntax.string, ways)):
            yield pattern, path.parent / way


def _object(path: Path) -> Node | None:
    """The object that a file of JSON holds: read as JavaScript, which knows comments."""
    try:
        text = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
    except OSError:
        return None
    root = Source(path, path.name, b"(" + text + b")", "utf-8").root
    return next((node for node in islice(syntax.walk(root), 5) if node.type == "object"), None)


def _members(literal: Node | None) -> dict[str, Node]:
    return syntax.properties(literal) if literal is not None else {}
