"""PS907 user-sensitive-fields · `userSensitiveFields`

What it finds: the option, in code, JSON and the environment.
Why it matters: it is deprecated, and works only because `protectedFields` takes it in.
Instead: `protectedFields: { _User: { '*': ['phone'] } }`.
The fix: in code, writes `protectedFields` where the configuration has none. Safe.
Source: reference/migration-rules.md, PS907.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Severity
from parsonage.migrate.code.rule import on_settings
from parsonage.migrate.code.versions import NEWEST
from parsonage.migrate.settings.model import Configuration, Setting, Settings, Stated


@on_settings(severity=Severity.WARN, until=NEWEST)
def user_sensitive_fields(settings: Settings) -> Iterator[Stated]:
    """Find the option."""
    for configuration in settings.configurations:
        option = configuration.get("userSensitiveFields")
        if option is not None:
            yield Stated.at(option, "this is deprecated: protectedFields", _fix(option, configuration))


def _fix(option: Setting, configuration: Configuration) -> Fix | None:
    value = option.node.child_by_field_name("value") if option.node is not None else None
    if option.node is None or value is None or configuration.has("protectedFields") or not configuration.whole:
        return None
    return Fix.safe(Edit.replace(option.node, f"protectedFields: {{ _User: {{ '*': {syntax.text(value)} }} }}"))
