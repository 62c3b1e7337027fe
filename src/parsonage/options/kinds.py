"""Kinds: what the value of an option may be, and how it is read.

A configuration file gives values that are typed; the environment and the command line give text. As Parse
Server does, every kind reads both, so ``"port": "1337"`` is fine in a file, too.

Rules: reference/options.md, introduction.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import math
import re
from collections.abc import Callable
from typing import Any

import msgspec

from parsonage.options.model import LOG_LEVELS, DeniedKeyword, RateLimit
from parsonage.options.rate_limits import read_rate_limit


class WrongValue(Exception):
    """The value is not of its option's kind. The text says what is expected, as the object of a sentence."""


class NotBuilt(Exception):
    """The value asks for something that Parsonage does not do. The text names it."""


class Kind(msgspec.Struct, frozen=True):
    """What a value may be.

    ``name`` is a word or two for the reference pages. ``read`` turns a value of a file, or a text, into the
    value of the record's field; it raises WrongValue or NotBuilt. A ``secret`` is never shown, and a ``path`` is
    relative to the folder of the file in which it stands.
    """

    name: str
    read: Callable[[Any], Any]
    secret: bool = False
    path: bool = False


def _read_text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise WrongValue("a text")
    return value


def _read_switch(value: Any) -> bool:
    if isinstance(value, str):
        value = {"true": True, "1": True, "false": False, "0": False}.get(value.lower())
    if not isinstance(value, bool):
        raise WrongValue("true or false")
    return value


def _read_seconds(value: Any) -> float:
    number = _number(value)
    if number is None or number <= 0:
        raise WrongValue("a number of seconds above 0")
    return number


def _read_days(value: Any) -> float:
    number = _number(value)
    if number is None or number <= 0:
        raise WrongValue("a number of days above 0")
    return number


def _read_minutes(value: Any) -> float:
    number = _number(value)
    if number is None or not 0 < number < 100_000:
        raise WrongValue("a number of minutes above 0 and below 100000")
    return number


def _read_delay(value: Any) -> float:
    number = _number(value)
    if number is None or number < 0:
        raise WrongValue("a number of seconds, 0 or more")
    return number


def whole_number(least: int, most: int | None = None) -> Kind:
    """The kind of whole numbers from ``least`` to ``most``."""
    expected = f"a whole number from {least}" + ("" if most is None else f" to {most}")

    def read(value: Any) -> int:
        number = _number(value)
        if number is None or number % 1 or number < least or (most is not None and number > most):
            raise WrongValue(expected)
        return int(number)

    return Kind("number", read)


def _read_bound(value: Any) -> int:
    number = _number(value)
    if number is None or number % 1 or not (number > 0 or number == -1):
        raise WrongValue("a whole number above 0, or -1 for no limit")
    return int(number)


def _read_list(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = _json(value, list) if value.lstrip().startswith("[") else [part.strip() for part in value.split(",")]
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) and item for item in value):
        raise WrongValue("a list of texts")
    return tuple(value)


def _read_patterns(value: Any) -> tuple[str, ...]:
    patterns = _read_list(value)
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise WrongValue(f"a list of regular expressions ({json.dumps(pattern)} is none: {error})") from None
    return patterns


def _read_addresses(value: Any) -> tuple[str, ...]:
    addresses = _read_list(value)
    for address in addresses:
        if not is_network(address):
            raise WrongValue(f"a list of IP addresses or networks ({json.dumps(address)} is neither)")
    return addresses


def is_network(text: str) -> bool:
    """Whether a text is an IP address or a network such as ``10.0.0.0/8``."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _read_proxies(value: Any) -> bool | int | tuple[str, ...]:
    if isinstance(value, str) and re.fullmatch(r"true|false|\d+", value):
        value = json.loads(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value >= 0:
        return value
    expected = "true, a number of hops, or a list of addresses, networks, loopback, linklocal, uniquelocal"
    try:
        proxies = _read_list(value)
    except WrongValue:
        raise WrongValue(expected) from None
    if not all(proxy in {"loopback", "linklocal", "uniquelocal"} or is_network(proxy) for proxy in proxies):
        raise WrongValue(expected)
    return proxies or False


_BYTES = {"": 1, "b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30}


def _read_size(value: Any) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) *([kmg]?b|)", str(value).strip().lower())
    if found is None or isinstance(value, bool):
        raise WrongValue('a size such as "20mb", or a number of bytes')
    return int(float(found[1]) * _BYTES[found[2]])


def _read_log_files(value: Any) -> int:
    found = re.fullmatch(r"([1-9]\d{0,4})d?", str(value).strip())
    if found is None or isinstance(value, bool):
        raise WrongValue('a number of files, or of days such as "10d"')
    return int(found[1])


def _read_url(value: Any) -> str:
    if not isinstance(value, str) or not re.match(r"https?://[^/]", value):
        raise WrongValue("a URL that begins with http:// or https://")
    return value.rstrip("/")


def _read_mount_path(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("/"):
        raise WrongValue("a path that begins with /")
    return value.rstrip("/")


def _read_level(value: Any) -> str:
    if value not in LOG_LEVELS:
        raise WrongValue(f"one of {', '.join(LOG_LEVELS)}")
    return str(value)


def _read_event_level(value: Any) -> str | None:
    if value not in (*LOG_LEVELS, "silent"):
        raise WrongValue(f"one of {', '.join(LOG_LEVELS)} and silent")
    return None if value == "silent" else str(value)


def one_of(*words: str) -> Kind:
    """The kind of a choice among words."""

    def read(value: Any) -> str:
        if value not in words:
            raise WrongValue(f"one of {', '.join(words)}")
        return str(value)

    return Kind("text", read)


def _read_database(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongValue("a database URI")
    scheme, colon, rest = value.partition(":")
    if scheme in {"postgres", "postgresql"} and rest.startswith("//"):
        return value
    if scheme in {"mongodb", "mongodb+srv"}:
        raise NotBuilt("MongoDB")
    # Three slashes are an absolute path, as in any URL; SQLAlchemy writes four.
    path = f"/{rest.lstrip('/')}" if rest.startswith("///") else rest
    if scheme != "sqlite" or not colon or path in {"", "/", ":memory:"} or path.startswith("//"):
        raise WrongValue("postgres://host/name, sqlite:relative/path.db or sqlite:///absolute/path.db")
    return path


def _read_cloud(value: Any) -> str:
    path = _read_text(value)
    if path.endswith((".ts", ".mts", ".cts")):
        raise NotBuilt("TypeScript that is not compiled")
    return path


def _read_pattern(value: Any) -> str:
    """A regular expression, or one as JavaScript writes it: ``/^[a-z]/i``."""
    text = _read_text(value)
    written = re.fullmatch(r"/(.*)/([imsuv]*)", text, re.DOTALL)
    flags = "".join(flag for flag in written[2] if flag in "ims") if written else ""
    pattern = written[1] if written else text
    pattern = re.sub(r"\\.|\(\?<(?=[A-Za-z_])", lambda part: "(?P<" if part[0] == "(?<" else part[0], pattern)
    try:
        re.compile(pattern)
    except re.error as error:
        raise WrongValue(f"a regular expression ({error})") from None
    return f"(?{flags}){pattern}" if flags else pattern


def _read_factors(value: Any) -> tuple[str, ...]:
    factors = _read_list(value)
    if "SMS" in factors:
        raise NotBuilt("codes by SMS")
    if any(factor != "TOTP" for factor in factors):
        raise WrongValue('the list ["TOTP"]')
    return factors


def _read_algorithm(value: Any) -> str:
    if value not in ("SHA1", "SHA256", "SHA512"):
        raise WrongValue("SHA1, SHA256 or SHA512")
    return str(value)


def _read_function(value: Any) -> str:
    file, _, name = _read_text(value).rpartition(":")
    if not (file.endswith(".py") and name.isidentifier()):
        raise WrongValue("a Python file and the name of a function in it, such as rules.py:is_strong")
    return f"{file}:{name}"


def _read_protected_fields(value: Any) -> dict[str, dict[str, tuple[str, ...]]]:
    try:
        return msgspec.convert(
            _json(value, dict) if isinstance(value, str) else value, dict[str, dict[str, tuple[str, ...]]]
        )
    except (msgspec.ValidationError, WrongValue):
        raise WrongValue('an object such as {"_User": {"*": ["email"]}}') from None


def _read_keywords(value: Any) -> tuple[DeniedKeyword, ...]:
    expected = WrongValue('a list of objects such as {"key": "constructor"} or {"key": "_bsontype", "value": "Code"}')
    entries = _json(value, list) if isinstance(value, str) else value
    if not isinstance(entries, list):
        raise expected
    for entry in entries:
        if not isinstance(entry, dict) or not entry or not entry.keys() <= {"key", "value"}:
            raise expected
    return tuple(DeniedKeyword(**entry) for entry in entries)


def _read_rate_limits(value: Any) -> tuple[RateLimit, ...]:
    limits = value
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            limits = json.loads(value)
    if isinstance(limits, dict):
        limits = [limits]  # Parse Server takes a single one as well
    if not isinstance(limits, list) or not all(isinstance(limit, dict) for limit in limits):
        raise WrongValue('a list of objects such as {"requestPath": "/login", "requestTimeWindow": 1000, …}')
    try:
        return tuple(read_rate_limit(limit) for limit in limits)
    except ValueError as problem:
        raise WrongValue(f"a list of rate limits ({problem})") from None


def _read_definitions(value: Any) -> tuple[dict[str, Any], ...]:
    definitions = _json(value, list) if isinstance(value, str) else value
    if not isinstance(definitions, list) or not all(
        isinstance(definition, dict)
        and isinstance(definition.get("className"), str)
        and definition["className"]
        and definition.keys() <= {"className", "fields", "indexes", "classLevelPermissions"}
        for definition in definitions
    ):
        raise WrongValue('a list of objects such as {"className": "Note", "fields": {"text": {"type": "String"}}}')
    return tuple(definitions)


def _read_folders(value: Any) -> dict[str, str]:
    folders = _json(value, dict) if isinstance(value, str) else value
    if not isinstance(folders, dict) or not all(
        isinstance(folder, str) and folder and path.startswith("/") for path, folder in folders.items()
    ):
        raise WrongValue('an object such as {"/": "public"}')
    return folders


class FilesAdapter(msgspec.Struct, frozen=True):
    """Parse Server's adapter for a folder, as configurations name it."""

    folder: str = ""
    """Below ``files`` in the current folder [filesSubDirectory]."""
    encryption_key: str | None = None
    """[encryptionKey]"""


def _read_files_adapter(value: Any) -> FilesAdapter:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _json(value, dict)
    if isinstance(value, str):
        value = {"module": value}
    expected = WrongValue('the name of an adapter, or an object with "module" and "options"')
    if not isinstance(value, dict):
        raise expected
    module = value.get("module", value.get("adapter"))
    options = value.get("options", {})
    if not isinstance(module, str) or not isinstance(options, dict):
        raise expected
    if not module.rstrip("/").endswith("fs-files-adapter"):
        raise NotBuilt(module)
    folder, key = options.get("filesSubDirectory") or "", options.get("encryptionKey")
    if not isinstance(folder, str) or not isinstance(key, str | None):
        raise WrongValue("an adapter whose filesSubDirectory and encryptionKey are texts")
    return FilesAdapter(folder, key)


def _read_files_store(value: Any) -> bool:
    if value not in ("database", "folder"):
        raise WrongValue('"database" or "folder"')
    return bool(value == "database")


def _read_extensions(value: Any) -> tuple[str, ...]:
    extensions = _read_list(value)
    _read_patterns([extension for extension in extensions if extension != "*"])
    return extensions


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return value


def _json(text: str, wanted: type) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, wanted):
        raise WrongValue("a JSON list" if wanted is list else "a JSON object")
    return value


TEXT = Kind("text", _read_text)
SECRET = Kind("text", _read_text, secret=True)
SWITCH = Kind("switch", _read_switch)
SECONDS = Kind("seconds", _read_seconds)
DAYS = Kind("days", _read_days)
MINUTES = Kind("minutes", _read_minutes)
PATTERN = Kind("regular expression", _read_pattern)
DEFINITIONS = Kind("list of objects", _read_definitions)
FACTORS = Kind("list", _read_factors)
ALGORITHM = Kind("algorithm", _read_algorithm)
FUNCTION = Kind("function", _read_function, path=True)
DELAY = Kind("seconds", _read_delay)
COUNT = whole_number(1)
WORKERS = whole_number(1, 64)
BOUND = Kind("number", _read_bound)
LIST = Kind("list", _read_list)
PATTERNS = Kind("list", _read_patterns)
ADDRESSES = Kind("list of addresses", _read_addresses)
PROXIES = Kind("switch, number or list", _read_proxies)
SIZE = Kind("size", _read_size)
LOG_FILES = Kind("number or days", _read_log_files)
URL = Kind("URL", _read_url)
MOUNT_PATH = Kind("path", _read_mount_path)
LEVEL = Kind("level", _read_level)
EVENT_LEVEL = Kind("level", _read_event_level)
DATABASE = Kind("URI", _read_database, secret=True, path=True)
CLOUD = Kind("path", _read_cloud, path=True)
PROTECTED_FIELDS = Kind("object", _read_protected_fields)
KEYWORDS = Kind("list of objects", _read_keywords)
RATE_LIMITS = Kind("list of objects", _read_rate_limits)
FOLDERS = Kind("object", _read_folders, path=True)
PATH = Kind("path", _read_text, path=True)
FILES_ADAPTER = Kind("adapter", _read_files_adapter, secret=True)
FILES_STORE = Kind("database or folder", _read_files_store)
EXTENSIONS = Kind("list", _read_extensions)
SECRETS = Kind("list", _read_list, secret=True)
