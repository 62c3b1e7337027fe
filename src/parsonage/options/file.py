"""Configuration files: Parse Server's JSON, and ``parsonage.toml``."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec


class FileRefused(Exception):
    """The file can't be read as a configuration. The text is a sentence that begins with file and line."""


class ConfigurationFile(msgspec.Struct, frozen=True):
    """The options of one file as they stand there, and where they stand."""

    path: Path
    text: str
    options: dict[str, Any]

    @classmethod
    def open(cls, path: Path) -> ConfigurationFile:
        """Read a file: TOML by its suffix, else JSON. Raises FileRefused."""
        if path.suffix in {".js", ".cjs", ".mjs", ".ts"}:
            raise FileRefused(f"{path}: a configuration in JavaScript can't be read, write it as JSON or TOML")
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise FileRefused(f"{path}: the file is not UTF-8 text") from None
        except OSError as error:
            raise FileRefused(f"{path}: {(error.strerror or str(error)).lower()}") from None
        options = _read_toml(path, text) if path.suffix == ".toml" else _read_json(path, text)
        if not isinstance(options, dict):
            raise FileRefused(f"{path}: the file must hold one object with the options")
        if "apps" in options:
            raise FileRefused(f'{path}: "apps" is for several apps in one server, write the options of one app')
        return cls(path, text, options)

    def base(self, folder: Path) -> Path:
        """The folder to which paths in the file are relative, when the server is started in ``folder``.

        Those in a TOML file are relative to the file. Parse Server takes those in its configuration as relative
        to the folder in which it is started.
        """
        return self.path.parent if self.path.suffix == ".toml" else folder

    def place(self, name: str) -> str:
        """``server.json:3``: the file and the line in which an option stands, without the line if it can't be told.

        Groups are looked up from the outside in, so that a name which occurs in two groups is found in its own.
        """
        at = 0
        for part in name.split("."):
            key = re.escape(part)
            in_json, in_toml = rf'"{key}"\s*[:=]', rf"(?:^|[{{,.])\s*{key}\s*[=.]|^\s*\[+(?:[^\]\n]*\.)?{key}\]"
            found = re.compile(f"{in_json}|{in_toml}", re.MULTILINE).search(self.text, at)
            if found is None:
                return str(self.path)
            at = found.end()
        return f"{self.path}:{self.text.count(chr(10), 0, at) + 1}"


def _read_json(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise FileRefused(f"{path}:{error.lineno}: the file is not valid JSON: {error.msg}") from None


def _read_toml(path: Path, text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # The message ends in "(at line 3, column 5)" or "(at end of document)".
        problem, _, at = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", at)
        where = f"{path}:{line[1] if line else text.count(chr(10)) + 1}"
        raise FileRefused(f"{where}: the file is not valid TOML: {problem}") from None
