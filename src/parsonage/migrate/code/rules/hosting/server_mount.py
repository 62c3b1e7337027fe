"""PC705 server-mount · A `ParseServer` that is mounted but never started

What it finds: a server given to `app.use()` as if it were middleware, `createLiveQueryServer()` in a file whose server
is never started, and the option `serverStartComplete`.
Why it matters: since Parse Server 6 a server is no middleware: it must be started, and its `app` mounted.
Instead: `await server.start(); app.use('/parse', server.app);` or, on Parsonage, `parsonage serve`.
The fix: mounts `.app` and starts the server on the line after; in an ES module it awaits the start first. Safe where
the server has a name and is mounted in a statement of its own.
Source: reference/migration-rules.md, PC705.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls, on_settings
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.settings.entry import constructions
from parsonage.migrate.settings.model import Settings, Stated


@on_calls("use", "createLiveQueryServer", severity=Severity.BREAKS, until=6, legacy=False, outside=True)
def server_mount(call: Node, module: Module) -> Iterator[Found]:
    """Find servers that are used as middleware."""
    made = {node.id for node in constructions(module)}
    if not made:
        return
    if syntax.method(call) == "createLiveQueryServer":
        owner = syntax.receiver(call)
        if owner is not None and syntax.text(owner).endswith("ParseServer") and not _is_started(module, made):
            yield Found(call, "the server has to be started first")
        return
    given = syntax.arguments(call)
    if given and module.value_of(given[-1]).id in made:
        yield Found(
            call, "a server is no middleware since Parse Server 6: start it, and mount its app", _fix(call, module)
        )


@on_settings(severity=Severity.BREAKS, until=6)
def start_callback(settings: Settings) -> Iterator[Stated]:
    """Find the option that was called when the server had started."""
    for configuration in settings.configurations:
        setting = configuration.get("serverStartComplete")
        if setting is not None:
            yield Stated.at(setting, "this option is gone: wait for server.start()")


def _is_started(module: Module, made: set[int]) -> bool:
    """Whether a file starts the server that it makes."""
    starts = [*module.calls().get("start", []), *module.calls().get("startApp", [])]
    return any(
        call.id in made or ((owner := syntax.receiver(call)) is not None and module.value_of(owner).id in made)
        for call in starts
    )


def _fix(call: Node, module: Module) -> Fix | None:
    statement, mounted = call.parent, syntax.arguments(call)[-1]
    if mounted.type != "identifier" or statement is None or statement.type != "expression_statement":
        return None
    name = syntax.text(mounted)
    edits = [Edit.replace(mounted, f"{name}.app")]
    if not _is_started(module, {node.id for node in constructions(module)}):
        is_module = any(child.type == "import_statement" for child in module.source.root.named_children)
        if is_module and syntax.enclosing_function(call) is None:
            edits.append(Edit.before(statement, f"await {name}.start();\n{_indent(statement, module)}"))
        else:
            edits.append(Edit.after(statement, f"\n{_indent(statement, module)}{name}.start();"))
    return Fix.safe(*edits)


def _indent(statement: Node, module: Module) -> str:
    text = module.source.text
    line = text[text.rfind(b"\n", 0, statement.start_byte) + 1 : statement.start_byte]
    return line.decode("utf-8", "replace") if not line.strip() else ""
