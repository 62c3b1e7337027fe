"""What surrounds the Cloud Code of a project: the options of its server, and what the server runs on. Values."""

from __future__ import annotations

from enum import Enum
from typing import Literal

import msgspec

from parsonage.migrate.code.finding import Fix
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node, Text


class Unseen(Enum):
    """Stands for a value that is worked out when the server starts."""

    UNSEEN = "unseen"


UNSEEN = Unseen.UNSEEN


class Setting(msgspec.Struct, frozen=True, eq=False):
    """One option as it is written somewhere: in code, in JSON, or as a variable of the environment.

    ``name`` is Parse Server's name of the option, with the groups around it: ``databaseOptions.schemaCacheTtl``.
    ``value`` is as JSON has it, or UNSEEN. ``start`` and ``end`` are bytes of the file's text. ``node`` is the
    property where the option is set in code.
    """

    name: str
    value: object
    file: Text
    start: int
    end: int
    node: Node | None = None


class Configuration(msgspec.Struct, frozen=True, eq=False):
    """The options of one server, as one place sets them.

    ``whole`` is false where some of it can't be seen (a spread, a function's result, variables of the environment set
    elsewhere): then an option that isn't among the settings may be set all the same. ``module`` is the file of code
    that makes the server, if code does.
    """

    settings: tuple[Setting, ...]
    file: Text
    start: int
    end: int
    whole: bool
    module: Module | None = None

    def get(self, name: str) -> Setting | None:
        """An option by its name; variables of the environment are found by the option's name, too."""
        wanted = key(name)
        return next((setting for setting in self.settings if key(setting.name) == wanted), None)

    def has(self, name: str) -> bool:
        """Whether an option, or anything of a group of options, is set."""
        wanted = key(name)
        return any(
            key(setting.name) == wanted or key(setting.name).startswith(f"{wanted}.") for setting in self.settings
        )


def key(name: str) -> str:
    """A name as it is compared: ``PARSE_SERVER_SCHEMA_CACHE_TTL`` sets ``schemaCacheTTL``."""
    return name.removeprefix("PARSE_SERVER_").replace("_", "").lower()


class Platform(msgspec.Struct, frozen=True, eq=False):
    """A version of what a server runs on, as a file of the project asks for it."""

    name: Literal["node", "mongodb", "postgresql"]
    version: str  # as written
    file: Text
    start: int
    end: int


class Settings(msgspec.Struct, frozen=True, eq=False):
    """Everything that was found about one project's server, and the project's own code."""

    configurations: tuple[Configuration, ...]
    platforms: tuple[Platform, ...]
    pages: tuple[Text, ...]
    """``public/index.html`` where hosted Parse served it."""
    modules: tuple[Module, ...]

    def has(self, name: str) -> bool:
        """Whether any configuration sets an option, or may set it where that can't be seen."""
        return any(configuration.has(name) or not configuration.whole for configuration in self.configurations)


class Stated(msgspec.Struct, frozen=True, eq=False):
    """What a rule about settings hands over: bytes of a file, why in one sentence, and perhaps a fix of that file."""

    file: Text
    start: int
    end: int
    message: str
    fix: Fix | None = None

    @classmethod
    def at(cls, setting: Setting | Platform | Configuration, message: str, fix: Fix | None = None) -> Stated:
        """A statement about where something is set."""
        return cls(setting.file, setting.start, setting.end, message, fix)

    @classmethod
    def of(cls, module: Module, node: Node, message: str, fix: Fix | None = None) -> Stated:
        """A statement about a piece of code."""
        return cls(module.source, node.start_byte, node.end_byte, message, fix)
