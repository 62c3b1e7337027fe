"""PS905 bundled-adapters · Adapters that Parse Server no longer brings along

What it finds: `S3Adapter`, `GCSAdapter` and `GridStoreAdapter` of `parse-server`, paths to adapters that left it, and
the old packages `parse-server-s3-adapter`, `parse-server-gcs-adapter` and `parse-server-simple-mailgun-adapter` where
no package.json asks for them; in options, and in code that requires them.
Why it matters: they left with Parse Server 5: the server does not start.
Instead: `@parse/s3-files-adapter`, `@parse/gcs-files-adapter`, `@parse/simple-mailgun-adapter`; `GridFSBucketAdapter`.
The fix: none: a package must be installed.
Source: reference/migration-rules.md, PS905.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.packages import is_asked_for, package_of
from parsonage.migrate.code.rule import on_query, on_settings
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.settings.model import Settings, Stated

_LEFT = re.compile(r"parse-server/lib/Adapters/(?:Files/(?:S3|GCS|GridStore)Adapter|Email/SimpleMailgunAdapter)")
_PACKAGES = re.compile(r"parse-server-(?:s3|gcs|simple-mailgun)-adapter")
_QUERY = """
((member_expression property: (property_identifier) @_name) @it (#match? @_name "^(S3|GCS|GridStore)Adapter$"))
((shorthand_property_identifier_pattern) @it (#match? @it "^(S3|GCS|GridStore)Adapter$"))
((string) @it (#match? @it "parse-server-(s3|gcs|simple-mailgun)-adapter|parse-server/lib/Adapters/"))
"""
_MESSAGE = "Parse Server no longer brings this adapter along: install its package"


@on_query(_QUERY, severity=Severity.BREAKS, until=5, legacy=False, outside=True)
def bundled_adapters(node: Node, module: Module) -> Iterator[Found]:
    """Find adapters by their names, their paths and their packages."""
    written = syntax.string(node)
    if written is not None:
        if _LEFT.match(written) or (_PACKAGES.fullmatch(written) and not is_asked_for(written, module)):
            yield Found(node, _MESSAGE)
    elif _comes_from_the_server(node, module):
        yield Found(node, _MESSAGE)


@on_settings(severity=Severity.BREAKS, until=5)
def named_adapters(settings: Settings) -> Iterator[Stated]:
    """Find the same in configurations that aren't code."""
    for configuration in settings.configurations:
        for option in configuration.settings if configuration.module is None else ():
            if isinstance(option.value, str) and (_LEFT.match(option.value) or _PACKAGES.fullmatch(option.value)):
                yield Stated.at(option, _MESSAGE)


def _comes_from_the_server(node: Node, module: Module) -> bool:
    if node.type == "member_expression":
        return package_of(node, module) == "parse-server"
    pattern = node.parent
    declarator = pattern.parent if pattern is not None else None
    value = declarator.child_by_field_name("value") if declarator is not None else None
    return package_of(value, module) == "parse-server"
