"""Which files are the Cloud Code of a project, and what they require of each other.

A file belongs to it that registers a handler, makes a ``ParseServer``, is called ``main``, was named itself, or is
required by one that belongs to it. Code for browsers uses the same names of the SDK in large numbers, so it stays out,
as do bundles, minified files and packages: each with its reason.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from parsonage.migrate.code import syntax
from parsonage.migrate.code.scope import Handler, Module, connect_handlers
from parsonage.migrate.code.short_paths import meant
from parsonage.migrate.code.source import SUFFIXES, Source, Unreadable, read

_NOT_ENTERED = {
    "node_modules": "packages, not the project's own code",
    "bower_components": "packages, not the project's own code",
    "jspm_packages": "packages, not the project's own code",
    "public": "code for browsers",
    "www": "code for browsers",
    "dist": "built, not written",
    "build": "built, not written",
}
"""Names of folders that are left out, with the reason."""

_ENDINGS = (".js", ".ts", ".mjs", ".cjs", ".json", ".jsx", ".tsx", ".mts", ".cts")
_COMPILED_FROM = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
"""What TypeScript's imports mean by the name of the file that is to be built."""
_REGISTERS = re.compile(
    rb"Parse\s*\.\s*Cloud\b|\bCloud\s*\.\s*(?:define|job|(?:before|after)[A-Z])"
    rb"|\bnew\s+(?:\w+\.)?ParseServer\b|\bParseServer\s*\.\s*start"
)
_MENTIONS_REQUIRE = re.compile(rb"\brequire\s*\(|\bimport\b|\bfrom\b")
_MENTIONS_IMPORT = re.compile(rb"\b(?:import|export)\b")
_IMPORTS = "[(import_statement) (export_statement)] @it"
_VENDORED_SDK = re.compile(
    rb"Parse JavaScript SDK|^/\*!?\s*\*?\s*Copyright 20\d\d Parse|typeof define *=== *.function. *&& *define\.amd"
    rb"|webpackBootstrap|function __webpack_require__|^\(?(?:require *= *)?\(?function e\(t, *n, *r\)"
)
_LONGEST_LINE = 5_000
"""Characters. People don't write longer ones; minifiers do."""
_SMALLEST_PACKED, _PACKED_LINE, _FEWEST_SPACES = 5_000, 100, 0.05
"""Of minified code with broken lines: characters at least, characters in a line, spaces in a text of people."""


class LeftOut(msgspec.Struct, frozen=True, order=True):
    """A file or folder that was not read. ``trouble`` when it should have been."""

    file: str
    reason: str
    trouble: bool = False


class Project(msgspec.Struct, frozen=True, eq=False):
    """The Cloud Code that was found: its files in the order of their names, its handlers, and what was left out."""

    root: Path
    modules: tuple[Module, ...]
    handlers: tuple[Handler, ...]
    left_out: tuple[LeftOut, ...]

    def changed(self, sources: Mapping[str, Source]) -> Project:
        """The same project with other texts for some files, by name.

        The files that stay the same belong to the new project from now on: what they require is what it holds.
        """
        names = [module.source.name for module in self.modules]
        modules = [
            Module(sources[name]) if name in sources else module
            for name, module in zip(names, self.modules, strict=True)
        ]
        return Project(self.root, tuple(modules), _connected(modules), self.left_out)


def load(paths: Iterable[Path], progress: Callable[[int, int], None] = lambda done, of: None) -> Project:
    """Read the project at one or more files or folders.

    Names in the result are relative to the folder given, or to a given file's folder; to what they have in common where
    several are given, so that no two files share a name. ``progress`` is told how many files are read of how many that
    are known of.
    """
    given = list(paths)
    homes = [path.resolve() if path.is_dir() else path.resolve().parent for path in given]
    search = _Search(Path(os.path.commonpath(homes)), progress)
    for path in given:
        search.add(path)
    modules = sorted(search.modules.values(), key=lambda module: module.source.name)
    root = given[0] if given[0].is_dir() else given[0].parent
    return Project(root, tuple(modules), _connected(modules), tuple(sorted(set(search.left_out))))


def _connected(modules: list[Module]) -> tuple[Handler, ...]:
    """Tell each file which of the others it requires and which handlers it holds; these handlers."""
    by_path = {module.source.path: module for module in modules}
    for module in modules:
        targets = {specifier: by_path.get(target) for specifier, target in _targets(module).items()}
        module.requires = {specifier: target for specifier, target in targets.items() if target is not None}
    return tuple(connect_handlers(modules))


class _Search:
    """One search for files, with what it has found so far."""

    def __init__(self, base: Path, progress: Callable[[int, int], None]) -> None:
        self.modules: dict[Path, Module] = {}
        self.left_out: list[LeftOut] = []
        self._base = base
        self._progress = progress
        self._refused: set[Path] = set()
        self._known = 0

    def add(self, path: Path) -> None:
        """Everything that belongs to a file or folder."""
        if path.is_dir():
            self._add_folder(path.resolve())
        elif path.exists() or path.is_symlink():
            self._follow(path.resolve())
        else:
            self.left_out.append(LeftOut(str(path), "there is no such file", trouble=True))

    def _add_folder(self, folder: Path) -> None:
        scripts = self._scripts(folder)
        self._known += len(scripts)
        candidates = [path.resolve() if path.is_symlink() else path for path in scripts]
        entries = [path for path in candidates if path.stem == "main" or _registers(path)]
        for path in entries or candidates:
            self._follow(path)
        for path in candidates:
            if path not in self.modules and path not in self._refused:
                self.left_out.append(LeftOut(self._name(path), "no Cloud Code requires it"))

    def _scripts(self, folder: Path) -> list[Path]:
        """The scripts below a folder. Links to folders are not followed, so that a loop of them has no end to reach."""
        found: list[Path] = []

        def complain(error: OSError) -> None:
            self.left_out.append(LeftOut(self._name(Path(error.filename)), "it can't be opened", trouble=True))

        for here, folders, files in os.walk(folder, onerror=complain):
            inside = Path(here)
            for name in [name for name in folders if name in _NOT_ENTERED]:
                self.left_out.append(LeftOut(self._name(inside / name) + "/", _NOT_ENTERED[name]))
            folders[:] = sorted(name for name in folders if name not in _NOT_ENTERED and not name.startswith("."))
            found.extend(inside / name for name in sorted(files) if Path(name).suffix in SUFFIXES)
        return [path for path in found if not path.name.endswith(".d.ts")]

    def _follow(self, path: Path) -> None:
        waiting = [path]
        while waiting:
            here = waiting.pop()
            if here in self.modules or here in self._refused:
                continue
            module = self._read(here)
            if module is None:
                self._refused.add(here)
                continue
            self.modules[here] = module
            self._progress(len(self.modules), max(self._known, len(self.modules)))
            waiting.extend(target for target in _targets(module).values() if target.suffix in SUFFIXES)

    def _read(self, path: Path) -> Module | None:
        name = self._name(path)
        try:
            source = read(path, name)
        except Unreadable as problem:
            self.left_out.append(LeftOut(name, str(problem), trouble=True))
            return None
        reason = _foreign(path, source.text)
        if reason is not None:
            self.left_out.append(LeftOut(name, reason))
            return None
        return Module(source)

    def _name(self, path: Path) -> str:
        return Path(os.path.relpath(path, self._base)).as_posix()


def _registers(path: Path) -> bool:
    """Whether a file registers handlers, by its text."""
    if not path.is_file():
        return True  # it will be reported as no file; to open it might never end
    try:
        with path.open("rb") as file:
            text = file.read(2_000_000)
    except OSError:
        return True  # it will be reported as unreadable
    return (b"Cloud" in text or b"ParseServer" in text) and _REGISTERS.search(text) is not None


def _foreign(path: Path, text: bytes) -> str | None:
    """Why a file isn't the project's own source, or None if it is."""
    if ".min." in path.name or max(map(len, text.split(b"\n"))) > _LONGEST_LINE or _is_packed(text):
        return "it is minified"
    if _VENDORED_SDK.search(text[:20_000]) and not re.search(rb"Cloud\.define\(\s*['\"]", text):
        return "it is a copy of a library"
    return None


def _is_packed(text: bytes) -> bool:
    """Whether a text is written in long lines almost without spaces, as by a minifier that breaks its lines."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(text) < _SMALLEST_PACKED or len(text) < _PACKED_LINE * len(lines) or _REGISTERS.search(text):
        return False
    return sum(text.count(space) for space in (b" ", b"\t")) < _FEWEST_SPACES * len(text)


def _targets(module: Module) -> dict[str, Path]:
    """The files that a file requires or imports, by the names it uses; worked out once."""
    if module.targets is None:
        found = {specifier: _resolve(specifier, module.source.path) for specifier in _specifiers(module)}
        module.targets = {specifier: target for specifier, target in found.items() if target is not None}
    return module.targets


def _specifiers(module: Module) -> list[str]:
    """What a file requires or imports, as it names it."""
    if not _MENTIONS_REQUIRE.search(module.source.text):
        return []
    found = [syntax.string(next(iter(syntax.arguments(call)), None)) for call in module.calls().get("require", [])]
    # Most files have none, and to look for nodes costs a hundred times what a look at the text does.
    may_import = _MENTIONS_IMPORT.search(module.source.text) is not None
    statements = module.source.captures(_IMPORTS).get("it", []) if may_import else []
    found += [syntax.string(statement.child_by_field_name("source")) for statement in statements]
    return [specifier for specifier in found if specifier]


def _resolve(specifier: str, from_file: Path) -> Path | None:
    """The file that Node loads for a relative or short specifier, and that hosted Parse loaded for ``cloud/…``."""
    if specifier.startswith("cloud/"):
        above = cloud_root(from_file)
        return _existing(above / specifier) if above is not None else None
    if specifier.startswith((".", "/")):
        return _existing(from_file.parent / specifier)
    return next(filter(None, map(_existing, meant(specifier, from_file))), None)


def cloud_root(path: Path) -> Path | None:
    """The folder from which ``cloud/…`` is resolved for a file: the one that holds its ``cloud`` folder."""
    return next((folder.parent for folder in path.parents if folder.name == "cloud"), None)


def _existing(path: Path) -> Path | None:
    whole = os.path.normpath(path)
    inside = [os.path.join(whole, f"index{ending}") for ending in _ENDINGS] if os.path.isdir(whole) else []
    stem, written = os.path.splitext(whole)
    compiled = [stem + ending for ending in _COMPILED_FROM.get(written, ())]
    for candidate in (whole, *(whole + ending for ending in _ENDINGS), *inside, *compiled):
        if os.path.isfile(candidate):
            return Path(os.path.realpath(candidate))
    return None
