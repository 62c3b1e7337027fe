"""PC318 auth-adapters · Third-party sign-in that was on by default

What it finds: the server's options `facebookAppIds` and `oauth`, and `authData` given to a sign-up or a save.
Why it matters: the two options are gone since Parse Server 2.3, and since 7 each provider has to be switched on; some
old ones count as insecure and stay off unless `enableInsecureAuthAdapters` is set.
Instead: `auth: { facebook: { enabled: true, appIds: […] } }`.
The fix: writes `auth` for `facebookAppIds`. Assisted, in options that have no `auth` yet.
Source: reference/migration-rules.md, PC318.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_OPTIONS = frozenset({"appId", "masterKey", "databaseURI", "databaseURL", "serverURL"})
_TAKES_AUTH_DATA = frozenset({"signUp", "save", "set", "linkWith", "logInWith", "_linkWith", "_logInWith"})


@on_query(
    """((pair key: (_) @name) @it (#any-of? @name "facebookAppIds" "oauth" "authData"))""",
    severity=Severity.BREAKS,
    until=7,
    legacy=False,
    outside=True,
)
def auth_adapters(pair: Node, module: Module) -> Iterator[Found]:
    """Find the old options, and sign-ups that need a provider."""
    key, value, around = pair.child_by_field_name("key"), pair.child_by_field_name("value"), pair.parent
    if key is None or value is None or around is None:
        return
    name = syntax.text(key)
    options = syntax.properties(around).keys()
    if name == "authData":
        if _is_saved(pair):
            yield Found(pair, "the providers of this sign-in have to be switched on in the server's option auth")
        return
    if not options & _OPTIONS:
        return
    text = f"auth: {{ facebook: {{ enabled: true, appIds: {syntax.text(value)} }} }}"
    is_simple = name == "facebookAppIds" and not options & {"auth", "oauth"}
    fix = Fix.assisted(Edit.replace(pair, text)) if is_simple else None
    yield Found(pair, f"the option {name} is gone: each provider is switched on in auth", fix)


def _is_saved(pair: Node) -> bool:
    call = next((around for around in syntax.ancestors(pair) if around.type == "call_expression"), None)
    function = syntax.enclosing_function(pair)
    if call is None or (function is not None and syntax.within(function, call)):
        return False
    return syntax.method(call) in _TAKES_AUTH_DATA and syntax.receiver(call) is not None
