"""Requests of every route, half well-formed and half not, as hypothesis draws them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from hypothesis import strategies as st

PATHS: Final = (
    "/classes/Note",
    "/classes/Note/<note>",
    "/classes/Vault",
    "/classes/Vault/<vault>",
    "/classes/Nowhere",
    "/classes/_Role/<role>",
    "/classes/_Join:users:_Role",
    "/users",
    "/users/me",
    "/users/<ada>",
    "/roles",
    "/roles/<role>",
    "/sessions",
    "/sessions/me",
    "/sessions/nosuchid12",
    "/installations",
    "/installations/nosuchid12",
    "/aggregate/Note",
    "/aggregate/Vault",
    "/functions/hello",
    "/functions/nowhere",
    "/jobs",
    "/jobs/nowhere",
    "/cloud_code/jobs",
    "/cloud_code/jobs/data",
    "/cloud_code/jobs/nosuchid12",
    "/login",
    "/verifyPassword",
    "/loginAs",
    "/logout",
    "/upgradeToRevocableSession",
    "/schemas",
    "/schemas/Vault",
    "/schemas/Nowhere",
    "/purge/Vault",
    "/config",
    "/serverInfo",
    "/security",
    "/events/AppOpened",
    "/scriptlog",
    "/challenge",
    "/push",
    "/push_audiences",
    "/push_audiences/nosuchid12",
    "/hooks/functions",
    "/hooks/functions/greet",
    "/hooks/triggers",
    "/hooks/triggers/Nowhere/beforeSave",
    "/files/a.txt",
    "/files/<file>",
    "/files/flows/<file>",
    "/files/flows/metadata/<file>",
    "/batch",
    "/health",
    "/",
)

FIELDS = (
    "n",
    "s",
    "l",
    "o",
    "d",
    "p",
    "g",
    "b",
    "f",
    "link",
    "new",
    "o.x",
    "l.0",
    "p.n",
    "objectId",
    "createdAt",
    "ACL",
)
WORDS = (
    *("", "a", "x", "Note", "Vault", "_User", "_Role", "_Session", "users", "ada", "role:keepers", "*", "-n", "o.x,-s"),
    *(
        "\x00",
        "a'b",
        'a"b',
        "'; drop table Note; --",
        "(a+)+$",
        "[",
        "\\",
        "%",
        "🌍",
        "2026-01-01T00:00:00.000Z",
        "r:x",
    ),
)
OPERATORS = (
    *("$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$in", "$nin", "$all", "$exists", "$regex", "$options", "$text"),
    *("$inQuery", "$notInQuery", "$select", "$dontSelect", "$containedBy", "$nearSphere", "$maxDistance", "$within"),
    *("$geoWithin", "$geoIntersects", "$relatedTo", "$or", "$and", "$nor", "$search", "$box", "$polygon", "$point"),
    *("$centerSphere", "$term", "$where", "$maxDistanceInMiles"),
)
TYPES = ("Pointer", "Date", "Bytes", "File", "GeoPoint", "Polygon", "Relation", "Object", "Nothing")
CHANGES = ("Increment", "Add", "AddUnique", "Remove", "AddRelation", "RemoveRelation", "Batch", "Delete", "SetOnInsert")
PARTS = (
    *("className", "objectId", "iso", "base64", "name", "url", "latitude", "longitude", "coordinates", "amount"),
    *("objects", "ops", "where", "key", "query", "username", "password", "email", "authData", "params", "fields"),
    *(
        "classLevelPermissions",
        "indexes",
        "type",
        "requests",
        "userId",
        "constructor",
        "__proto__",
        "_rperm",
        "fileData",
    ),
)
PARAMETERS = (
    *("where", "order", "limit", "skip", "keys", "excludeKeys", "include", "includeAll", "count", "explain", "hint"),
    *(
        "redirectClassNameForKey",
        "distinct",
        "pipeline",
        "$match",
        "$group",
        "$project",
        "$sort",
        "username",
        "password",
    ),
)
HEADERS = (
    *("x-parse-session-token", "x-parse-installation-id", "x-parse-request-id", "x-parse-cloud-context", "origin"),
    *("x-parse-client-key", "x-parse-application-id", "authorization", "range", "content-type", "content-length"),
    *("x-forwarded-for", "host", "x-parse-file-metadata", "x-parse-file-tags", "x-parse-master-key"),
)

words = st.sampled_from(WORDS) | st.text(max_size=6)
plain = (
    st.none()
    | st.booleans()
    | st.sampled_from([0, 1, -1, 2**31, 2**53, 2**63, -(2**63), 1e300, 0.1])
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
)


def _map(key: str, kinds: tuple[str, ...], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A map that says its kind, with parts that may or may not belong to it."""
    parts = st.dictionaries(st.sampled_from(PARTS), values, max_size=3)
    return st.builds(lambda kind, given: {key: kind, **given}, st.sampled_from(kinds), parts)


def _of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What can be made of values: lists, maps, conditions, typed values, field operations."""
    return (
        st.lists(values, max_size=3)
        | st.dictionaries(st.sampled_from(OPERATORS), values, min_size=1, max_size=2)
        | st.dictionaries(st.sampled_from(FIELDS) | words, values, max_size=2)
        | _map("__type", TYPES, values)
        | _map("__op", CHANGES, values)
    )


values = st.recursive(plain, _of, max_leaves=6)
conditions = st.dictionaries(
    st.sampled_from((*FIELDS, "$or", "$and", "$nor", "$relatedTo")),
    plain | st.dictionaries(st.sampled_from(OPERATORS), values, min_size=1, max_size=2) | st.lists(values, max_size=2),
    min_size=1,
    max_size=2,
)
bodies = st.dictionaries(st.sampled_from(FIELDS) | st.sampled_from(PARTS) | words, values, max_size=4)
paths = st.sampled_from(PATHS) | st.builds(lambda path, tail: f"{path}/{tail}", st.sampled_from(PATHS), words)
methods = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"])
items = st.fixed_dictionaries(
    {"method": methods, "path": paths.map(lambda path: f"/parse{path}"), "body": bodies},
)
batches = st.fixed_dictionaries(
    {"requests": st.lists(items | values, max_size=3)}, optional={"transaction": st.booleans()}
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request; names in angle brackets stand for ids that only the run knows."""

    method: str
    path: str
    body: Any = None
    content: bytes | None = None
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


queries = st.dictionaries(st.sampled_from(PARAMETERS), values, max_size=3)
headers = st.dictionaries(st.sampled_from(HEADERS), words, max_size=2)

requests = st.one_of(
    st.builds(Request, method=methods, path=paths, body=bodies),
    st.builds(Request, method=methods, path=paths, body=values, query=queries, headers=headers),
    st.builds(Request, method=methods, path=paths, content=st.binary(max_size=40), headers=headers),
    st.builds(
        Request,
        method=st.just("GET"),
        path=st.sampled_from(["/classes/Note", "/classes/Vault", "/users", "/aggregate/Note"]),
        query=st.fixed_dictionaries({"where": conditions}, optional={"order": words, "count": plain, "limit": plain}),
    ),
    st.builds(Request, method=st.just("PUT"), path=st.just("/classes/Note/<note>"), body=bodies),
    st.builds(Request, method=st.just("POST"), path=st.just("/batch"), body=batches),
)
