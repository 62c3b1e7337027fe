"""How safely a server is configured: checks of its options, as ``GET /security`` tells them.

Titles are Parse Server's where it has the same check; what Parsonage does not have, such as GraphQL, is not
checked.

Rules: reference/options.md, on ``security``; reference/dashboard-requests.md, on the Security page.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import msgspec

from parsonage.options.model import ANY_ADDRESS, Options

SHORTEST_SECRET = 14
LONG_SECRET = 32
"""From this length on a secret is good whatever kinds of characters it is made of."""

_KINDS = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"), re.compile(r"\W", re.ASCII))
_MANY_CHARACTERS = 10
_EVERYWHERE = frozenset({*ANY_ADDRESS, "::", "::/0"})


class Check(msgspec.Struct, frozen=True):
    """One thing that is as it should be, or is not; then ``warning`` says why and ``solution`` what to do."""

    title: str
    passed: bool
    warning: str
    solution: str


class CheckGroup(msgspec.Struct, frozen=True):
    """Checks that belong together."""

    name: str
    checks: tuple[Check, ...]


def is_strong(secret: str) -> bool:
    """Whether nobody can guess a secret.

    It has 14 characters, among them small and capital letters, digits and others; or 32 that are not all alike.
    """
    if len(secret) >= LONG_SECRET and len(set(secret)) >= _MANY_CHARACTERS:
        return True
    return len(secret) >= SHORTEST_SECRET and all(kind.search(secret) for kind in _KINDS)


def database_password(uri: str) -> str:
    """The password in the URI of a database; empty where there is none."""
    return unquote(urlsplit(uri).password or "")


def configuration(options: Options) -> CheckGroup:
    """What the options say."""
    keys, access, complexity = options.keys, options.access, options.complexity
    bounds = [bound for bound in msgspec.structs.astuple(complexity) if type(bound) is int]
    return CheckGroup(
        "Configuration",
        (
            Check(
                "Secure master key",
                is_strong(keys.master),
                "The master key can be guessed, and opens everything.",
                "Choose one of 14 characters or more: small and capital letters, digits and others.",
            ),
            Check(
                "Master key IP range restricted",
                not _works_from_everywhere(keys.master_ips),
                "The master key works from any address: whoever gets hold of it can use it.",
                "List in 'masterKeyIps' the addresses that need it.",
            ),
            Check(
                "Read-only master key IP range restricted",
                keys.read_only_master is None or not _works_from_everywhere(keys.read_only_master_ips),
                "The read-only master key works from any address: whoever gets hold of it can read everything.",
                "List in 'readOnlyMasterKeyIps' the addresses that need it.",
            ),
            Check(
                "Maintenance key IP range restricted",
                keys.maintenance is None or not _works_from_everywhere(keys.maintenance_ips),
                "The maintenance key works from any address: whoever gets hold of it can change everything.",
                "List in 'maintenanceKeyIps' the addresses that need it.",
            ),
            Check(
                "Security log disabled",
                not options.security.log,
                "The log tells what is weak to everybody who reads logs.",
                "Set 'security.enableCheckLog' to false once you have read it.",
            ),
            Check(
                "Development mode disabled",
                not options.development,
                "Refusals tell strangers that an object exists, and whom it belongs to.",
                "Serve with '--production'.",
            ),
            Check(
                "Client class creation disabled",
                not options.schemas.allow_client_class_creation,
                "Anybody can make new classes and fill the database.",
                "Set 'allowClientClassCreation' to false.",
            ),
            Check(
                "Users are created without public access",
                access.enforce_private_users,
                "Everybody can read new users.",
                "Set 'enforcePrivateUsers' to true.",
            ),
            Check(
                "Error messages sanitized",
                access.sanitized_errors,
                "Refusals tell clients the names of classes and rules.",
                "Set 'enableSanitizedErrorResponse' to true.",
            ),
            Check(
                "Request complexity limits enabled",
                all(bound > 0 for bound in bounds),
                "A single request may nest queries and includes without a bound, and keep the database busy.",
                "Give every number in 'requestComplexity' a value above 0.",
            ),
            Check(
                "Public database explain disabled",
                not access.public_explain,
                "Everybody can ask for statements and plans, which tell how the database is laid out.",
                "Set 'databaseOptions.allowPublicExplain' to false.",
            ),
            Check(
                "Account lockout enabled",
                options.lockout.threshold is not None,
                "Passwords can be tried without end.",
                "Set 'accountLockout' to a threshold and a duration.",
            ),
            Check(
                "Public file upload disabled",
                not options.uploads.public,
                "Anybody can store files, without a session.",
                "Set 'fileUpload.enableForPublic' to false.",
            ),
            Check(
                "Uploads of pages and scripts disabled",
                "*" not in options.uploads.extensions,
                "A file that somebody stores can run as a page of this server in a browser.",
                "List in 'fileUpload.fileExtensions' what your app stores.",
            ),
        ),
    )


def _works_from_everywhere(addresses: tuple[str, ...]) -> bool:
    return not _EVERYWHERE.isdisjoint(addresses)
