"""PS903 schema-cache · `enableSingleSchemaCache` and `schemaCacheTTL`

What it finds: the two options, in code, JSON and the environment.
Why it matters: Parse Server 5 took them out. Several processes on one database don't hear of each other's changes of
the schema unless told how.
Instead: `databaseOptions.schemaCacheTtl` or `databaseOptions.enableSchemaHooks`; Parsonage needs neither.
The fix: in code, moves `schemaCacheTTL` into `databaseOptions` and takes `enableSingleSchemaCache` out. Safe.
Source: reference/migration-rules.md, PS903.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Severity
from parsonage.migrate.code.rule import on_settings
from parsonage.migrate.code.source import Source
from parsonage.migrate.settings.edits import into, literal_of, without
from parsonage.migrate.settings.model import Configuration, Setting, Settings, Stated


@on_settings(severity=Severity.RISKY, until=5)
def schema_cache(settings: Settings) -> Iterator[Stated]:
    """Find the two options."""
    for configuration in settings.configurations:
        single, lifetime = configuration.get("enableSingleSchemaCache"), configuration.get("schemaCacheTTL")
        if single is not None:
            yield Stated.at(single, "this option is gone, and not needed any more", _removal(single))
        if lifetime is not None:
            yield Stated.at(lifetime, "this is databaseOptions.schemaCacheTtl now", _move(lifetime, configuration))


def _removal(option: Setting) -> Fix | None:
    if option.node is None or not isinstance(option.file, Source):
        return None
    return Fix.safe(without(option.node, option.file))


def _move(option: Setting, configuration: Configuration) -> Fix | None:
    value = option.node.child_by_field_name("value") if option.node is not None else None
    if option.node is None or value is None or not isinstance(option.file, Source):
        return None
    member = f"schemaCacheTtl: {syntax.text(value)}"
    group = configuration.get("databaseOptions")
    if group is None:
        return Fix.safe(Edit.replace(option.node, f"databaseOptions: {{ {member} }}")) if configuration.whole else None
    literal = literal_of(group.node)
    if literal is None or group.file is not option.file:
        return None
    return Fix.safe(into(literal, member), without(option.node, option.file))
