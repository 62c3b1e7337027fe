"""PC812 webhooks · Webhooks of Cloud Code

What it finds: texts that name the paths of webhooks (`hooks/functions`, `hooks/triggers`) or the header
`X-Parse-Webhook-Key`.
Why it matters: the key of webhooks came from hosted Parse's settings; now it is the option `webhookKey`, and without it
no key is sent.
Instead: set `webhookKey`, and compare it where the hook is served.
The fix: none.
Source: reference/migration-rules.md, PC812.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_QUERY = r"""
([(string) (template_string)] @it (#match? @it "hooks/(functions|triggers)|^['\"`][Xx]-[Pp]arse-[Ww]ebhook-[Kk]ey"))
"""


@on_query(_QUERY, severity=Severity.WARN, until=NEWEST, legacy=False, outside=True)
def webhooks(literal: Node, module: Module) -> Iterator[Found]:
    """Find code that makes or serves webhooks."""
    yield Found(literal, "the key of webhooks is the option webhookKey: without it none is sent")
