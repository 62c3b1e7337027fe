"""Import a Cloud Code file or folder, and do so again when it changes.

Every module of a folder is imported, as a package named like the folder, so that modules may import each
other (``from cloud.prices import …`` or ``from .prices import …``). Every ``Cloud`` found in them counts.
"""

from __future__ import annotations

import importlib
import logging
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from parsonage.cloud.app import Cloud
from parsonage.handlers.registry import Registry
from parsonage.operations.house import House

log = logging.getLogger("parsonage.cloud")


class CloudCodeBroken(Exception):
    """The Cloud Code can't be loaded; the text names file, line and reason."""


def load_cloud(house: House, path: str | None) -> Registry:
    """A registry with everything that the Cloud Code at ``path`` registers; an empty one without a path.

    Raises CloudCodeBroken. What was loaded before stays as it is then.
    """
    registry = Registry()
    if path is None:
        return registry
    place = Path(path).resolve()
    if not place.exists():
        raise CloudCodeBroken(f"there is no Cloud Code at {path}")
    for cloud in _clouds(place):
        cloud.register(registry, house)
    for shadowed in registry.shadowed:
        log.warning("%s is never called: a later handler has its name", shadowed)
    return registry


def files_of(path: str) -> list[Path]:
    """The Python files of a Cloud Code file or folder."""
    place = Path(path)
    return sorted(place.rglob("*.py")) if place.is_dir() else [place]


def _clouds(place: Path) -> Iterator[Cloud]:
    before = _take_out(place)
    try:
        modules = list(_imported(place))
    except BaseException as error:
        _take_out(place)
        sys.modules.update(before)
        if not isinstance(error, (Exception, SystemExit)):
            raise
        raise CloudCodeBroken(_told(place, error)) from error
    seen: dict[int, Cloud] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Cloud):
                seen[id(value)] = value
    yield from seen.values()


def _imported(place: Path) -> Iterator[ModuleType]:
    # In front of all others: another app in this process, as tests have them, may have a package of this name.
    home = str(place.parent)
    sys.path[:] = [home, *(entry for entry in sys.path if entry != home)]
    importlib.invalidate_caches()
    if place.is_file():
        yield importlib.import_module(place.stem)
        return
    for file in sorted(place.rglob("*.py")):
        parts = file.relative_to(place.parent).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if all(part.isidentifier() for part in parts):
            yield importlib.import_module(".".join(parts))


def _take_out(place: Path) -> dict[str, ModuleType]:
    """Forget the modules of this place and of the name that it will have; what was there is returned."""
    name = place.stem if place.is_file() else place.name
    taken = {key: module for key, module in list(sys.modules.items()) if key == name or key.startswith(name + ".")}
    for key in taken:
        del sys.modules[key]
    return taken


def _told(place: Path, error: BaseException) -> str:
    """One line: the last place in the Cloud Code that the error came through, and what it says."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).resolve().is_relative_to(place)]
    reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{own[-1].filename}:{own[-1].lineno}: {reason}" if own else f"{place}: {reason}"
