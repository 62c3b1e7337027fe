"""Who may store and fetch files, and which names and types a file may have.

What a browser would run as a page of the app's own is kept out by the extension and the type together: a name
without a known extension is served as whatever its client said it is.

Rules: reference/files-push.md, sections 1.3, 2 and 4; advisories 98 to 101 and 104.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from parsonage.commands.caller import Caller
from parsonage.options.model import Downloads, Uploads
from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import FileNotSaved, InvalidFileName, OperationForbidden
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.media_types import media_type_of
from parsonage.protocol.values import File

LONGEST_NAME = 128
LONGEST_DIRECTORY = 256

_NAME = re.compile(r"[_a-zA-Z0-9][a-zA-Z0-9@. ~_-]*")
_DIRECTORY = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_/-]*")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~A-Za-z0-9]+")
_AMBIGUOUS = re.compile(r"[\\\x00-\x20]")
"""In a URL, what one reader takes for a slash, or leaves out, and another does not."""
_WHITE_SPACE = re.compile(r"\s+")


def check_uploader(rules: Uploads, caller: Caller) -> None:
    """Raises FileNotSaved (130) for who may not store files."""
    who = _refused(rules, caller)
    if who is not None:
        raise FileNotSaved(f"File upload by {who} is disabled.")


def check_downloader(rules: Downloads, caller: Caller) -> None:
    """Raises OperationForbidden (119) for who may not fetch files."""
    who = _refused(rules, caller)
    if who is not None:
        raise OperationForbidden(f"File download by {who} is disabled.")


def _refused(rules: Uploads | Downloads, caller: Caller) -> str | None:
    if caller.sees_everything:
        return None
    if caller.user_id is None:
        return None if rules.public else "public"
    if "anonymous" in ((caller.user or {}).get("authData") or {}):
        return None if rules.anonymous_users else "anonymous user"
    return None if rules.users else "authenticated user"


def check_name(name: str) -> None:
    """Raises InvalidFileName (122) for what can't be the name of a file."""
    if len(name) > LONGEST_NAME:
        raise InvalidFileName("Filename too long.")
    if not _NAME.fullmatch(name):
        raise InvalidFileName


def check_directory(directory: Any, caller: Caller) -> None:
    """Raises OperationForbidden (119), and InvalidFileName (122) for what can't be a directory of files."""
    if not caller.is_master:
        raise OperationForbidden("Directory can only be set using the Master Key.")
    wrong = _wrong_with(directory)
    if wrong is not None:
        raise InvalidFileName(f"Directory {wrong}")


def _wrong_with(directory: Any) -> str | None:
    if not isinstance(directory, str):
        return "must be a string."
    if not directory:
        return "must not be empty."
    if len(directory) > LONGEST_DIRECTORY:
        return "path is too long."
    if ".." in directory:
        return 'must not contain "..".'
    if directory.startswith("/") or directory.endswith("/"):
        return 'must not start or end with "/".'
    if "//" in directory:
        return "must not contain consecutive slashes."
    if directory.partition("/")[0] == "metadata":
        return 'must not start with reserved segment "metadata".'
    return None if _DIRECTORY.fullmatch(directory) else "contains invalid characters."


def check_type(rules: Uploads, name: str, content_type: str | None) -> None:
    """Judge a file by its extension; by its type as well, where the extension says nothing.

    Raises FileNotSaved (130).
    """
    if "*" in rules.extensions:
        return
    extension = _WHITE_SPACE.sub("", name.rpartition(".")[2].partition(";")[0]) if "." in name else ""
    if extension:
        _check_extension(rules, extension)
        if media_type_of(name) is not None:
            return
    if not content_type:
        return
    kind, slash, rest = content_type.partition("/")
    kind, subtype = kind.strip(), rest.partition(";")[0].strip()
    if not (slash and _TOKEN.fullmatch(kind) and _TOKEN.fullmatch(subtype)):
        bare = _WHITE_SPACE.sub("", kind if slash else content_type.partition(";")[0])
        if bare:
            _check_extension(rules, bare)
        raise FileNotSaved("Invalid Content-Type.")
    _check_extension(rules, subtype)


def _check_extension(rules: Uploads, extension: str) -> None:
    if not any(pattern.search(extension) for pattern in _compiled(rules.extensions)):
        raise FileNotSaved(f"File upload of extension {extension} is disabled.")


@lru_cache(maxsize=16)
def _compiled(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


def check_changes(domains: Iterable[str], operations: Mapping[str, Operation]) -> None:
    """``check_links`` for all that a create or update carries."""
    for operation in operations.values():
        if isinstance(operation, op.Set):
            check_links(domains, operation.value)
        elif isinstance(operation, op.LIST_OPERATIONS):
            check_links(domains, list(operation.objects))


def check_links(domains: Iterable[str], value: Any) -> None:
    """Look for File values whose URL names a host that is not allowed, at any depth of a value.

    Raises FileNotSaved (130).
    """
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, File):
            _check_link(domains, current.url)
        elif isinstance(current, (list, tuple)):
            pending.extend(current)
        elif isinstance(current, dict):
            if current.get("__type") == "File":
                _check_link(domains, current.get("url"))
            else:
                pending.extend(current.values())


def _check_link(domains: Iterable[str], url: Any) -> None:
    if url is None or url == "":
        return
    host = _host(url)
    if host is None:
        raise FileNotSaved("Invalid file URL.")
    for domain in map(str.lower, domains):
        if host == domain or (domain.startswith("*.") and host.endswith(domain[1:])):
            return
    raise FileNotSaved(f"File URL domain '{host}' is not allowed.")


def _host(url: Any) -> str | None:
    if not isinstance(url, str) or _AMBIGUOUS.search(url):
        return None
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.scheme else None
    except ValueError:
        return None
