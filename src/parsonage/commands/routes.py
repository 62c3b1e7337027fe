"""The route of a request as operators write it: ``classes/Note/x``, ``functions/hello``, ``loginAs``.

Rate limits, the list of allowed routes and the guard against repeated requests all judge this one spelling, which is
made as the router reads the path: decoded, without slashes at its ends, the route's own words in their usual case
(advisory 88).

Rules: reference/rest-core.md, sections 7 and 8.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsonage.commands.rest import RestRequest, inner_path, split_path

_SPELLINGS = {
    word.lower(): word
    for word in (
        "loginAs",
        "verifyPassword",
        "upgradeToRevocableSession",
        "serverInfo",
        "requestPasswordReset",
        "verificationEmailRequest",
    )
}


def plain_route(path: str) -> str:
    """The route of a path without the mount."""
    segments = split_path(path)
    if not segments:
        return ""
    first = segments[0].lower()
    segments[0] = _SPELLINGS.get(first, first)
    if first in ("users", "sessions") and len(segments) == 2 and segments[1].lower() == "me":
        segments[1] = "me"
    return "/".join(segments)


def routes_in_batch(request: RestRequest) -> Sequence[tuple[str, str]]:
    """Method and route of each item of a batch that could be read."""
    return [
        (item["method"], plain_route(inner_path(item["path"], request.batch_prefixes)[0]))
        for item in request.fields["requests"]
    ]


_ALIASES = {"_User": "users", "_Role": "roles", "_Session": "sessions", "_Installation": "installations"}
_CLASSES = {alias: class_name for class_name, alias in _ALIASES.items()}


def same_routes(route: str) -> tuple[str, ...]:
    """The route, and the other one that leads to the same: ``users`` is ``classes/_User``."""
    first, slash, rest = route.partition("/")
    if first in _CLASSES:
        return route, f"classes/{_CLASSES[first]}{slash}{rest}"
    if first == "classes":
        class_name, slash, object_id = rest.partition("/")
        if class_name in _ALIASES:
            return route, f"{_ALIASES[class_name]}{slash}{object_id}"
    return (route,)
