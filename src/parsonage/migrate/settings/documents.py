"""Files beside the code that say how a server is configured and what it runs on.

A configuration of Parse Server in JSON, ``.env`` files, Procfile, Dockerfile, the files of Docker Compose, app.json,
package.json, .nvmrc and .node-version. Read line by line or as JSON; nothing of them is ever run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from parsonage.migrate.code.source import Text
from parsonage.migrate.settings.model import UNSEEN, Configuration, Platform, Setting

_DEEPEST = 3
_LARGEST = 300_000
_NOT_ENTERED = frozenset({"node_modules", "bower_components", "jspm_packages", "dist", "build", "www"})
_TELLS_A_SERVER = frozenset({"databaseURI", "cloud", "databaseAdapter", "masterKey"})
_TELLS_A_DASHBOARD = frozenset({"users", "iconName", "useEncryptedPasswords", "supportedPushLocales"})

_VARIABLE = re.compile(rb"(PARSE_SERVER_[A-Z0-9_]+)[\"']?[ \t]*[=: ][ \t]*[\"']?([^\"'\r\n]*)")
_IMAGE = re.compile(rb"(?im)^[ \t-]*(?:from|image:)[ \t]+[\"']?(?:--platform=\S+[ \t]+)?([\w./-]+):([\w.-]+)")
_NODE_VERSION = re.compile(rb"v?(\d[\w.]*)")
_IMAGES: dict[str, Literal["node", "mongodb", "postgresql"]] = {
    "node": "node",
    "mongo": "mongodb",
    "mongodb": "mongodb",
    "postgres": "postgresql",
    "postgis": "postgresql",
    "postgresql": "postgresql",
}


class Documents(msgspec.Struct, frozen=True, eq=False):
    """What the files beside the code say."""

    configurations: tuple[Configuration, ...]
    platforms: tuple[Platform, ...]
    pages: tuple[Text, ...]


def read(paths: Iterable[Path], base: Path) -> Documents:
    """Read the documents at the paths given: files named, and those of a folder down to the third level.

    A document that can't be read says nothing. Names are relative to ``base``.
    """
    configurations: list[Configuration] = []
    platforms: list[Platform] = []
    pages: list[Text] = []
    for path in sorted(set(_candidates(paths))):
        document = _open(path, base)
        if document is None:
            continue
        if path.name == "index.html":
            pages.append(document)
        elif path.suffix == ".json":
            configurations += _in_json(document)
            platforms += _engines(document) if path.name == "package.json" else ()
        elif path.name in {".nvmrc", ".node-version"}:
            platforms += _in_version_file(document)
        else:
            configurations += _in_lines(document)
            platforms += _images(document)
    return Documents(tuple(configurations), tuple(platforms), tuple(pages))


def _candidates(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_file():
            if _is_document(path):
                yield path.resolve()
            continue
        top = path.resolve()
        for here, folders, files in os.walk(top):
            inside = Path(here)
            depth = len(inside.relative_to(top).parts)
            folders[:] = [
                name for name in folders if depth < _DEEPEST and name not in _NOT_ENTERED and not name.startswith(".")
            ]
            if inside.name == "public":
                folders[:] = []
                files = [name for name in files if name == "index.html"]
            yield from (inside / name for name in files if _is_document(inside / name))


def _is_document(path: Path) -> bool:
    name = path.name
    if name == "index.html":
        return path.parent.name == "public"
    return (
        name in {".env", "Procfile", ".nvmrc", ".node-version"}
        or name.startswith((".env.", "Dockerfile"))
        or (path.suffix == ".json" and not name.startswith(("package-lock", "tsconfig", "jsconfig")))
        or (path.suffix in {".yml", ".yaml"} and "compose" in name)
    )


def _open(path: Path, base: Path) -> Text | None:
    try:
        if path.stat().st_size > _LARGEST:
            return None
        text = path.read_bytes()
    except OSError:
        return None
    return Text(path, Path(os.path.relpath(path, base)).as_posix(), text)


def _in_json(document: Text) -> Iterator[Configuration]:
    try:
        content = msgspec.json.decode(document.text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    if not isinstance(content, dict):
        return
    listed = content.get("apps")
    for options in [content, *(listed if isinstance(listed, list) else [])]:
        if _TELLS_A_DASHBOARD & content.keys() or not isinstance(options, dict) or _TELLS_A_DASHBOARD & options.keys():
            continue
        if "appId" in options and options.keys() & _TELLS_A_SERVER:
            yield _configuration(document, list(_options(document, options, "")))
    variables = content.get("env")
    if document.path.name == "app.json" and isinstance(variables, dict):
        settings = [
            _at_key(document, name, value.get("value", UNSEEN) if isinstance(value, dict) else value, name)
            for name, value in variables.items()
            if name.startswith("PARSE_SERVER_")
        ]
        if settings:
            yield _configuration(document, settings, whole=False)


def _options(document: Text, options: dict[str, object], group: str) -> Iterator[Setting]:
    for name, value in options.items():
        yield _at_key(document, group + name, value, name)
        if isinstance(value, dict):
            yield from _options(document, value, f"{group}{name}.")


def _at_key(document: Text, name: str, value: object, written: str) -> Setting:
    """A setting at the first place where its key is written."""
    start = max(document.text.find(f'"{written}"'.encode()), 0)
    return Setting(name, value, document, start, start + len(written.encode()) + 2)


def _configuration(document: Text, settings: list[Setting], *, whole: bool = True) -> Configuration:
    start = min((setting.start for setting in settings), default=0)
    end = max((setting.end for setting in settings if setting.start == start), default=start)
    return Configuration(tuple(settings), document, start, end, whole)


def _in_lines(document: Text) -> Iterator[Configuration]:
    """The variables of the environment that a file sets; others may be set elsewhere."""
    settings = [
        Setting(found.group(1).decode(), _value(found.group(2)), document, found.start(1), found.end(1))
        for found in _VARIABLE.finditer(document.text)
        if not _is_comment(document.text, found.start())
    ]
    if settings:
        yield _configuration(document, settings, whole=False)


def _is_comment(text: bytes, offset: int) -> bool:
    begin = text.rfind(b"\n", 0, offset) + 1
    return text[begin:offset].lstrip().startswith(b"#")


def _value(written: bytes) -> object:
    value = written.decode("utf-8", "replace").strip()
    if "$" in value:
        return UNSEEN
    try:
        decoded: object = msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value
    return decoded


def _engines(document: Text) -> Iterator[Platform]:
    try:
        content = msgspec.json.decode(document.text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    engines = content.get("engines") if isinstance(content, dict) else None
    asked = engines.get("node") if isinstance(engines, dict) else None
    if isinstance(asked, str):
        start = document.text.find(b'"node"', document.text.find(b'"engines"'))
        yield Platform("node", asked, document, start, start + len('"node"'))


def _in_version_file(document: Text) -> Iterator[Platform]:
    found = _NODE_VERSION.match(document.text.strip())
    if found is not None:
        yield Platform("node", found.group(1).decode(), document, 0, len(document.text.rstrip()))


def _images(document: Text) -> Iterator[Platform]:
    for found in _IMAGE.finditer(document.text):
        name = _IMAGES.get(found.group(1).decode().rpartition("/")[2])
        if name is not None:
            yield Platform(name, found.group(2).decode(), document, found.start(1), found.end(2))
