"""PS901 direct-access · Calls of the server to itself

What it finds: `directAccess` that is set to `undefined` or `null`, and the variable
`PARSE_SERVER_ENABLE_EXPERIMENTAL_DIRECT_ACCESS`.
Why it matters: since Parse Server 6 direct access is on unless told otherwise: calls of Cloud Code pass no proxy and no
middleware, and `request.headers` is not what it was. Parsonage always works so.
Instead: set `directAccess`, to false if middleware must see these calls.
The fix: none.
Known gap: an option that is left out altogether is not reported.
Source: reference/migration-rules.md, PS901.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code.finding import Severity
from parsonage.migrate.code.rule import on_settings
from parsonage.migrate.settings.model import Settings, Stated


@on_settings(severity=Severity.WARN, until=6)
def direct_access(settings: Settings) -> Iterator[Stated]:
    """Find the option without a value, and the variable of the time when it was an experiment."""
    for configuration in settings.configurations:
        option = configuration.get("directAccess")
        if option is not None and option.value is None:
            yield Stated.at(option, "this is on since Parse Server 6 unless told otherwise: say which")
        variable = configuration.get("PARSE_SERVER_ENABLE_EXPERIMENTAL_DIRECT_ACCESS")
        if variable is not None:
            yield Stated.at(variable, "this was an experiment: set directAccess")
