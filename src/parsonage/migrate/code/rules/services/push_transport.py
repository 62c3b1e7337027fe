"""PC804 push-transport · Ways of sending that are closed

What it finds: `GCMSenderId`, the push type `gcm`, `senderId` with `apiKey` for Android, certificates (`.p12`, `pfx`),
and `wns` or `winrt`, in code and in the server's configuration.
Why it matters: GCM closed in 2019 and the old protocol of FCM in 2024; Apple's certificates run out each year.
Instead: a service account of Firebase, a token key (`.p8`) of Apple.
The fix: none: you need new credentials.
Source: reference/migration-rules.md, PC804.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_query, on_settings
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST
from parsonage.migrate.settings.model import Settings, Stated

_QUERY = """
((pair key: [(property_identifier) (string)] @_key) @it
  (#match? @_key "^['\\"]?(GCMSenderId|pushType|android|pfx|winrt|wns)['\\"]?$"))
((string) @it (#match? @it "\\\\.p12['\\"]$"))
((call_expression arguments: (arguments . (string) @_name)) @it (#match? @_name "^['\\"]GCMSenderId"))
"""
_CLOSED = "this way of sending is closed: use a service account of Firebase"
_CERTIFICATE = "use a token key (.p8): a certificate runs out each year"


@on_query(_QUERY, severity=Severity.BREAKS, until=NEWEST, legacy=False, outside=True)
def push_transport(node: Node, module: Module) -> Iterator[Found]:
    """Find old ways of sending in code."""
    if node.type == "string":
        if node.parent is None or node.parent.type != "pair" or _key(node.parent) != "pfx":
            yield Found(node, _CERTIFICATE)
        return
    if node.type == "call_expression":
        if syntax.method(node) in {"set", "get", "equalTo", "exists"}:
            yield Found(node, _CLOSED)
        return
    value = node.child_by_field_name("value")
    match _key(node):
        case "GCMSenderId":
            yield Found(node, _CLOSED)
        case "pushType" if syntax.string(value) == "gcm":
            yield Found(node, _CLOSED)
        case "pfx":
            yield Found(node, _CERTIFICATE)
        case "android" if value is not None and _is_gcm(list(syntax.properties(module.value_of(value)))):
            yield Found(node, _CLOSED)
        case "winrt" | "wns" if _is_in_push(node):
            yield Found(node, "this way of sending is closed")
        case _:
            return


@on_settings(severity=Severity.BREAKS, until=NEWEST)
def old_credentials(settings: Settings) -> Iterator[Stated]:
    """Find old credentials in configurations that aren't code."""
    for configuration in settings.configurations:
        push = configuration.get("push") if configuration.module is None else None
        services = push.value if push is not None and isinstance(push.value, dict) else {}
        android, apple = services.get("android"), services.get("ios")
        if push is not None and isinstance(android, dict) and _is_gcm(list(android)):
            yield Stated.at(push, _CLOSED)
        listed = apple if isinstance(apple, list) else [apple]
        if push is not None and any(isinstance(each, dict) and "pfx" in each for each in listed):
            yield Stated.at(push, _CERTIFICATE)


def _key(pair: Node) -> str:
    key = pair.child_by_field_name("key")
    return (syntax.string(key) or syntax.text(key)) if key is not None else ""


def _is_gcm(keys: list[str]) -> bool:
    return "apiKey" in keys and "firebaseServiceAccount" not in keys


def _is_in_push(pair: Node) -> bool:
    around = next((each for each in syntax.ancestors(pair) if each.type == "pair"), None)
    return around is not None and _key(around) == "push"
