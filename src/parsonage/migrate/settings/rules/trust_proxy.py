"""PS902 trust-proxy · The address of a client behind a proxy

What it finds: `masterKeyIps` and `rateLimit` in a configuration without `trustProxy`, whose code does not set Express's
`trust proxy` either; and `request.ip` in Cloud Code of such a server.
Why it matters: since Parse Server 6 the address is the one that Express tells: behind a proxy that is the proxy's, the
same for everybody.
Instead: `trustProxy: 1`, with the number of proxies, or their addresses.
The fix: none: only you know what stands in front of the server.
Known gap: a configuration that can't be seen as a whole is left alone, as is a list of addresses that allows all.
Source: reference/migration-rules.md, PS902.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Severity
from parsonage.migrate.code.rule import on_settings
from parsonage.migrate.settings.model import Configuration, Setting, Settings, Stated

_EVERYBODY = frozenset({"0.0.0.0/0", "0.0.0.0", "::/0", "::0", "::"})


@on_settings(severity=Severity.BREAKS, until=6)
def trust_proxy(settings: Settings) -> Iterator[Stated]:
    """Find what depends on the client's address."""
    blind = [each for each in settings.configurations if each.whole and not each.has("trustProxy")]
    if not blind or _is_told_to_express(settings):
        return
    for configuration in blind:
        for option in _by_address(configuration):
            yield Stated.at(option, "behind a proxy every client has the proxy's address: set trustProxy")
    if len(blind) == len(settings.configurations):
        yield from _asked_for(settings)


def _by_address(configuration: Configuration) -> Iterator[Setting]:
    for name in ("masterKeyIps", "rateLimit"):
        option = configuration.get(name)
        if option is not None and not (isinstance(option.value, list) and _EVERYBODY & set(map(str, option.value))):
            yield option


def _asked_for(settings: Settings) -> Iterator[Stated]:
    for module in settings.modules:
        for member in module.source.captures('((member_expression) @it (#match? @it "^[A-Za-z_$]+[.]ip$"))').get(
            "it", []
        ):
            owner = member.child_by_field_name("object")
            if owner is not None and syntax.text(owner) == module.request_at(member):
                yield Stated.of(module, member, "behind a proxy this is the proxy's address: set trustProxy")


def _is_told_to_express(settings: Settings) -> bool:
    """Whether code tells Express of its proxies; what is mounted on an application inherits it."""
    return any(
        syntax.string(next(iter(syntax.arguments(call)), None)) == "trust proxy"
        for module in settings.modules
        for name in ("set", "enable")
        for call in module.calls().get(name, [])
    )
