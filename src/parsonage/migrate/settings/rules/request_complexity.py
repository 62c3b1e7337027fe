"""PS908 request-complexity · Limits that the next major version sets

What it finds: a configuration that can be seen as a whole and lacks `requestComplexity`, `readOnlyMasterKeyIps` or
`fileUpload.allowedFileUrlDomains`.
Why it matters: Parse Server 9.10 warns of each at the start: the next major version sets limits where none is said.
Instead: say them now.
The fix: in code, sets what is announced, once somebody agrees: requests that are larger will be refused.
Source: reference/migration-rules.md, PS908.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Severity
from parsonage.migrate.code.rule import on_settings
from parsonage.migrate.code.versions import NEWEST
from parsonage.migrate.settings.model import Configuration, Settings, Stated

_LIMITS = (
    "{ includeDepth: 10, includeCount: 100, subqueryDepth: 10, queryDepth: 10, graphQLDepth: 20, graphQLFields: 200, "
    "batchRequestLimit: 100 }"
)
_ANNOUNCED = {
    "requestComplexity": f"requestComplexity: {_LIMITS}",
    "readOnlyMasterKeyIps": "readOnlyMasterKeyIps: ['127.0.0.1', '::1']",
    "fileUpload.allowedFileUrlDomains": "fileUpload: { allowedFileUrlDomains: [] }",
}


@on_settings(severity=Severity.INFO, until=NEWEST)
def request_complexity(settings: Settings) -> Iterator[Stated]:
    """Find configurations that leave the limits to the server."""
    for configuration in settings.configurations:
        missing = [name for name in _ANNOUNCED if not configuration.has(name)]
        if missing and configuration.whole:
            message = f"the next major version sets a limit where none is said: {', '.join(missing)}"
            yield Stated.at(configuration, message, _fix(configuration, missing))


def _fix(configuration: Configuration, missing: list[str]) -> Fix | None:
    first = next((setting for setting in configuration.settings if setting.node is not None), None)
    if configuration.module is None or first is None or first.node is None or first.file is not configuration.file:
        return None
    literal = first.node.parent
    announced = [_ANNOUNCED[name] for name in missing if not configuration.has(name.partition(".")[0])]
    members = syntax.meaningful(literal) if literal is not None else []
    if not members or not announced:
        return None
    return Fix.assisted(Edit.before(members[0], "".join(f"{option}, " for option in announced)))
