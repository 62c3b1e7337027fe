"""Load the options: file, environment and command line become one ``Options``.

The command line goes before the environment, the environment before the file. All that is wrong with them is
told at once, one line each, so that nobody mends a configuration by starting again and again. An option of
Parse Server that is not built yet is refused by name, never ignored, unless it is named in ``without``.

Rules: reference/options.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from parsonage.options import kinds
from parsonage.options.file import ConfigurationFile, FileRefused
from parsonage.options.kept_keys import KeptKeys
from parsonage.options.kinds import FilesAdapter, WrongValue
from parsonage.options.model import (
    Access,
    Accounts,
    App,
    Cache,
    CloudCode,
    Complexity,
    Database,
    DefinedSchemas,
    Downloads,
    EventLogs,
    Events,
    Files,
    Idempotency,
    InstallationRules,
    Keys,
    Lockout,
    Logs,
    Metrics,
    Network,
    Options,
    Passwords,
    QueryLimits,
    RateLimit,
    SchemaRules,
    SecondFactor,
    SecurityCheck,
    Sessions,
    Sweeping,
    Uploads,
)
from parsonage.options.names import (
    BY_VARIABLE,
    GROUPS,
    OPTIONS,
    flag,
    in_group_of_any_keys,
    is_among,
    is_known,
    is_misspelt_variable,
    option_meant,
    variable_meant,
)
from parsonage.options.option import Standing
from parsonage.options.unbuilt import Unbuilt, unbuilt

BUILT_IN_PART = frozenset({"cloud", "databaseURI", "filesAdapter"})
"""Options that are built, but not for every value: these too may be left out by ``without``."""


class OptionsRefused(Exception):
    """The options can't be used. ``problems`` has a sentence for each thing to mend.

    ``database`` and ``cloud`` are what could be read of the two all the same; ``names_database`` says whether a
    database is configured at all, be it one that can't be used.
    """

    def __init__(
        self,
        problems: Iterable[str],
        *,
        database: str | None = None,
        names_database: bool = False,
        cloud: str | None = None,
    ) -> None:
        self.problems = tuple(problems)
        self.database = database
        self.names_database = names_database
        self.cloud = cloud
        super().__init__("\n".join(self.problems))


class Given(msgspec.Struct, frozen=True):
    """What file, environment and command line say, checked, before the keys that nobody has chosen are added."""

    rooms: dict[str, dict[str, Any]]
    """Room of ``Options`` → field → value."""
    development: bool
    public: dict[str, str]
    rate_limits: tuple[RateLimit, ...]
    without: tuple[str, ...]
    folder: Path

    @property
    def lacks_keys(self) -> bool:
        """Whether the app's id or its master key is still to be chosen."""
        return "id" not in self.rooms["app"] or "master" not in self.rooms["keys"]

    def options(self) -> Options:
        """The whole record; a key that is lacking is taken from those kept in the folder. Raises KeysUnreadable."""
        rooms = {room: dict(fields) for room, fields in self.rooms.items()}
        if self.lacks_keys:
            kept = KeptKeys.open_or_make(self.folder, app_id=rooms["app"].get("id"))
            rooms["app"].setdefault("id", kept.app_id)
            rooms["keys"].setdefault("master", kept.master_key)
        name = rooms["app"].setdefault("name", self.folder.resolve().name or "parse")
        rooms["database"].setdefault("location", str(self.folder / f"{_file_name(name)}.db"))
        if self.development:
            rooms["network"].setdefault("host", "127.0.0.1")
        if rooms["logs"].pop("verbose", False):
            rooms["logs"]["level"] = "verbose"
        return Options(
            app=App(**rooms["app"]),
            keys=Keys(**rooms["keys"]),
            network=Network(**rooms["network"]),
            database=Database(**rooms["database"]),
            cloud=CloudCode(**rooms["cloud"]),
            schemas=SchemaRules(**rooms["schemas"]),
            defined=DefinedSchemas(**rooms["defined"]),
            access=Access(**rooms["access"]),
            queries=QueryLimits(**rooms["queries"]),
            complexity=Complexity(**rooms["complexity"]),
            idempotency=Idempotency(**rooms["idempotency"]),
            sessions=Sessions(**rooms["sessions"]),
            accounts=Accounts(**rooms["accounts"]),
            passwords=Passwords(**rooms["passwords"]),
            lockout=Lockout(**rooms["lockout"]),
            installations=InstallationRules(**rooms["installations"]),
            second_factor=SecondFactor(**rooms["second_factor"]),
            cache=Cache(**rooms["cache"]),
            files=_files(rooms["files"], Database(**rooms["database"]), self.folder),
            uploads=Uploads(**rooms["uploads"]),
            downloads=Downloads(**rooms["downloads"]),
            logs=Logs(**rooms["logs"]),
            event_logs=EventLogs(**rooms["event_logs"]),
            events=Events(**rooms["events"]),
            metrics=Metrics(**rooms["metrics"]),
            security=SecurityCheck(**rooms["security"]),
            sweeping=Sweeping(**rooms["sweeping"]),
            development=self.development,
            public=self.public,
            rate_limits=self.rate_limits,
            without=self.without,
        )


def _files(given: Mapping[str, Any], database: Database, folder: Path) -> Files:
    """Where files are kept: beside an SQLite file, in a PostgreSQL database, or where somebody said.

    Parse Server's adapter for a folder has it in the current one.
    """
    fields = dict(given)
    adapter: FilesAdapter | None = fields.pop("adapter", None)
    if adapter is not None:
        fields.setdefault("folder", str(folder / "files" / adapter.folder))
        if adapter.encryption_key is not None:
            fields.setdefault("encryption_key", adapter.encryption_key)
    fields.setdefault("in_database", database.is_postgresql and "folder" not in fields)
    home = folder if database.is_postgresql else Path(database.location).parent
    fields.setdefault("folder", str(home / "files"))
    return Files(**fields)


def load(
    config: Path | None, environment: Mapping[str, str], command_line: Mapping[str, Any], folder: Path = Path()
) -> Options:
    """The options of an app, with the keys kept in ``folder`` where none are configured.

    ``command_line`` is by option name, with ``None`` for what was not said. Raises OptionsRefused, and
    KeysUnreadable.
    """
    return read(config, environment, command_line, folder).options()


def read(
    config: Path | None, environment: Mapping[str, str], command_line: Mapping[str, Any], folder: Path = Path()
) -> Given:
    """What is configured, checked. Without ``config``, the ``parsonage.toml`` of ``folder`` is read if there is one.

    Raises OptionsRefused.
    """
    if config is None and (folder / "parsonage.toml").exists():
        config = folder / "parsonage.toml"
    reading = _Reading()
    if config is not None:
        try:
            reading.take_file(ConfigurationFile.open(config), folder)
        except FileRefused as problem:
            raise OptionsRefused([str(problem)]) from None
    is_configured = reading.take_environment(environment, folder) or config is not None
    reading.take_command_line(command_line, folder)
    return reading.finish(is_development=not is_configured, folder=folder)


class Looked(msgspec.Struct, frozen=True):
    """A configuration that is looked at and not used: what is wrong with it, where the data and the Cloud Code are."""

    problems: tuple[str, ...]
    database: str | None
    names_database: bool
    """Whether a database is configured at all; where it can't be used, a problem says so."""
    cloud: str | None


def look(
    config: Path | None, environment: Mapping[str, str], command_line: Mapping[str, Any], folder: Path = Path()
) -> Looked:
    """Look at what is configured, and make nothing: no keys are kept."""
    try:
        rooms = read(config, environment, command_line, folder).rooms
    except OptionsRefused as refused:
        return Looked(refused.problems, refused.database, refused.names_database, refused.cloud)
    database = rooms["database"].get("location")
    return Looked((), database, database is not None, rooms["cloud"].get("path"))


class _Setting(msgspec.Struct, frozen=True):
    """A value as somebody wrote it, and where: ``server.json:3``, ``PORT`` or ``--port``."""

    value: Any
    place: str
    folder: Path


class _Reading:
    """Options while they are read: what was set, and what is wrong."""

    def __init__(self) -> None:
        self.settings: dict[str, _Setting] = {}
        self.without: dict[str, str] = {}
        """Option to be left out → where that was said."""
        self.problems: list[str] = []

    def take_file(self, file: ConfigurationFile, folder: Path) -> None:
        """Take the options of a configuration file."""
        for name, value in file.options.items():
            self._take(name, value, file.place, file.base(folder))

    def take_environment(self, environment: Mapping[str, str], folder: Path) -> bool:
        """Take the options of the environment.

        The answer is whether one of them is ours by name: ``PORT`` alone may come from anywhere.
        """
        found = False
        for variable, text in environment.items():
            option = BY_VARIABLE.get(variable)
            if option is not None:
                found = found or (bool(text) and variable.startswith(("PARSE_", "PARSONAGE_")))
                self._take(option.name, text, _always(variable), folder)
            elif is_misspelt_variable(variable):
                self.problems.append(f"unknown environment variable {variable}{variable_meant(variable)}")
        return found

    def take_command_line(self, command_line: Mapping[str, Any], folder: Path) -> None:
        """Take the options that were given as words, by option name."""
        for name, value in command_line.items():
            self._take(name, value, _always(f"--{flag(name)}"), folder)

    def finish(self, *, is_development: bool, folder: Path) -> Given:
        """Read every value as its kind, and put it where it belongs. Raises OptionsRefused."""
        self._check_without()
        rooms: dict[str, dict[str, Any]] = {room: {} for room in Options.__struct_fields__}
        not_built: dict[str, Unbuilt] = {}
        for name, setting in self.settings.items():
            option = OPTIONS.get(name)
            if is_among(name, self.without):
                continue
            if option is not None and option.in_list:
                self.problems.append(f"{setting.place}: {name} is written inside the list {option.group}")
                continue
            refused = unbuilt(name, setting.value)
            if refused is not None:
                not_built[refused.name] = refused
            if refused is not None or option is None or option.kind is None:
                continue
            try:
                value = option.kind.read(setting.value)
            except WrongValue as expected:
                shown = "" if option.kind.secret else f", not {_shown(setting.value)}"
                self.problems.append(f"{setting.place}: {name} must be {expected}{shown}")
            else:
                room, _, field = option.field.partition(".")
                rooms[room][field] = _placed(value, setting.folder) if option.kind.path else value
        if not_built:
            self.problems.append(_refusal(not_built))
        self._check_keys(rooms["keys"])
        if len(rooms["lockout"]) == 1:
            self.problems.append("accountLockout needs both a threshold and a duration")
        if self.problems:
            raise OptionsRefused(
                self.problems,
                database=rooms["database"].get("location"),
                names_database="databaseURI" in self.settings and not is_among("databaseURI", self.without),
                cloud=rooms["cloud"].get("path"),
            )
        _add_default_protection(rooms["access"])
        return Given(
            rooms,
            development=rooms["development"].get("", is_development),
            public=rooms["public"].get("", {}),
            rate_limits=rooms["rate_limits"].get("", ()),
            without=tuple(self.without),
            folder=folder,
        )

    def _take(self, name: str, value: Any, place: Callable[[str], str], folder: Path) -> None:
        # Parse Server, too, takes an empty key for none.
        if value is None or value == "":
            return
        if name == "without":
            self._take_without(value, place(name))
        elif name in GROUPS:
            self._take_group(name, value, place, folder)
        elif is_known(name):
            self.settings[name] = _Setting(value, place(name), folder)
        else:
            group, _, own_name = name.rpartition(".")
            self.problems.append(f'{place(name)}: unknown option "{name}"{option_meant(own_name, group)}')

    def _take_without(self, value: Any, place: str) -> None:
        try:
            self.without.update(dict.fromkeys(kinds.LIST.read(value), place))
        except WrongValue as expected:
            self.problems.append(f"{place}: without must be {expected}, not {_shown(value)}")

    def _take_group(self, name: str, value: Any, place: Callable[[str], str], folder: Path) -> None:
        """Take the options inside a group one by one, so that a misspelt one is found there, too."""
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                self.problems.append(f"{place(name)}: {name} must be a JSON object, not {_shown(value)}")
                return
        if isinstance(value, dict):
            for key, inner in value.items():
                self._take(f"{name}.{key}", inner, place, folder)
        elif isinstance(value, list) and OPTIONS[name].standing is not Standing.BUILT:
            # A list of objects, such as rate limits. None of these is built: what counts is whether it is empty.
            self.settings[name] = _Setting(value, place(name), folder)
        elif value is not False:
            self.problems.append(f"{place(name)}: {name} must be an object, not {_shown(value)}")

    def _check_without(self) -> None:
        for name, place in self.without.items():
            inside = [option for option in OPTIONS.values() if is_among(option.name, [name])]
            if not inside and not in_group_of_any_keys(name):
                group, _, own_name = name.rpartition(".")
                self.problems.append(f'{place}: unknown option "{name}" in without{option_meant(own_name, group)}')
            elif inside and name not in BUILT_IN_PART and all(one.standing is Standing.BUILT for one in inside):
                self.problems.append(f'{place}: "{name}" is built and can\'t be left out')

    def _check_keys(self, keys: dict[str, Any]) -> None:
        for field, name in (("read_only_master", "readOnlyMasterKey"), ("maintenance", "maintenanceKey")):
            if field in keys and keys[field] == keys.get("master"):
                self.problems.append(f"masterKey and {name} must be different")


def _always(place: str) -> Callable[[str], str]:
    return lambda name: place


def _shown(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


def _refusal(not_built: dict[str, Unbuilt]) -> str:
    names = ", ".join(map(str, not_built.values()))
    without = [name for name in not_built if name != "databaseURI"]
    ways = [f"--without {','.join(without)} starts all the same"] if without else []
    if "databaseURI" in not_built:  # to start without it would be to start without the data
        ways.append("--database-uri names another database")
    return f"not built yet: {names}; {'; '.join(ways)}"


def _placed(value: str | dict[str, str], folder: Path) -> str | dict[str, str]:
    """A path, or the paths of a table, as seen from the current folder; a URI stays as it is."""
    if isinstance(value, dict):
        return {key: str(folder / path) for key, path in value.items()}
    return value if "://" in value else str(folder / value)


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip(".-") or "parse"


def _add_default_protection(access: dict[str, Any]) -> None:
    """Merge the default protected fields into those that are set, as Parse Server does at start."""
    merged: dict[str, dict[str, tuple[str, ...]]] = access.get("protected_fields", {})
    sensitive: tuple[str, ...] = access.pop("user_sensitive_fields", ())
    if sensitive:
        of_users = merged.setdefault("_User", {})
        of_users["*"] = tuple(dict.fromkeys((*of_users.get("*", ()), *sensitive)))
    for class_name, groups in Access().protected_fields.items():
        ours = merged.setdefault(class_name, {})
        for group, fields in groups.items():
            ours[group] = tuple(dict.fromkeys((*ours.get(group, ()), *fields)))
    access["protected_fields"] = merged
