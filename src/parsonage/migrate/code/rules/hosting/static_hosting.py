"""PC707 static-hosting · The folder `public/` of a hosted project

What it finds: `public/index.html` in a project none of whose files that were read serves a folder by
`express.static()`.
Why it matters: hosted Parse served the folder; Parse Server serves no files of its own.
Instead: `express.static('public')`, a web server, or a host for static files.
The fix: none.
Known gap: a web server that is configured elsewhere is not seen.
Source: reference/migration-rules.md, PC707.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Severity
from parsonage.migrate.code.packages import package_of
from parsonage.migrate.code.rule import on_settings
from parsonage.migrate.settings.model import Settings, Stated


@on_settings(severity=Severity.BREAKS, until=2)
def static_hosting(settings: Settings) -> Iterator[Stated]:
    """Find pages that nobody serves any more."""
    served = any(
        package_of(syntax.callee(call), module) in {"express", "serve-static"}
        for module in settings.modules
        for name in ("static", "serveStatic")
        for call in module.calls().get(name, [])
    )
    for page in settings.pages if not served else ():
        yield Stated(page, 0, 0, "hosted Parse served this folder: nobody does now")
