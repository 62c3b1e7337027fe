"""PC207 backbone-callbacks · `success` and `error` among the options

What it finds: calls of the SDK whose options have a function `success` or `error`.
Why it matters: the SDK of Parse Server 3 and later never calls them, and says nothing: the request hangs.
Instead: the promise: `.then(found, failed)`.
The fix: moves the functions into a `then`, and keeps the other options. Safe where nothing else is chained to the
call; the error callback of a save loses its first parameter if it doesn't use it.
Known gap: a comment between the two functions would be lost, so such a call is assisted.
Source: reference/migration-rules.md, PC207.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import (
    TAKES_CALLBACKS,
    is_foreign,
)
from parsonage.migrate.code.source import Node


@on_calls(*sorted(TAKES_CALLBACKS), severity=Severity.BREAKS, until=3, stage=4)
def backbone_callbacks(call: Node, module: Module) -> Iterator[Found]:
    """Find options with callbacks."""
    given = syntax.arguments(call)
    if not given or given[-1].type != "object" or is_foreign(call):
        return
    options = syntax.properties(given[-1])
    callbacks: dict[str, Node] = {name: options[name] for name in ("success", "error") if name in options}
    if callbacks and all(_is_callback(value, module) for value in callbacks.values()):
        yield Found(
            call, "success and error are never called: use the promise", _fix(call, module, given, options, callbacks)
        )


def _is_callback(value: Node, module: Module) -> bool:
    """Whether a value is a function, or may be one by its name; plain data isn't."""
    literal = module.value_of(value)
    return syntax.is_function(literal) or literal.type in {"identifier", "member_expression", "call_expression"}


def _fix(
    call: Node, module: Module, given: list[Node], options: dict[str, Node], callbacks: dict[str, Node]
) -> Fix | None:
    listed = call.child_by_field_name("arguments")
    if listed is None or syntax.links_after(call):
        return None
    edits = _dropped_parameter(callbacks.get("error"), module)
    if edits is None:
        return None
    names = list(callbacks)
    inside = [name for name in options if name in callbacks]
    if (
        options.keys() - callbacks.keys()
        or inside != names
        or any(v.type.startswith("short") for v in callbacks.values())
    ):
        return _written_anew(call, module, listed, given, options, callbacks)
    start = given[-2].end_byte if len(given) > 1 else listed.start_byte + 1
    word = "then" if "success" in callbacks else "catch"
    places = [start, *(value.end_byte for value in callbacks.values())]
    for position, (name, value) in enumerate(callbacks.items()):
        opening = ", " if position else f").{word}("
        edits.append(Edit(places[position], _function_start(value), opening + _function_word(value)))
        del name
    edits.append(Edit(places[-1], listed.end_byte - 1, ""))
    return _judged(call, edits)


def _judged(call: Node, edits: list[Edit]) -> Fix:
    base, text = call.start_byte, call.text or b""
    lost = b"".join(text[edit.start - base : edit.end - base] for edit in edits)
    return Fix.assisted(*edits) if b"//" in lost or b"/*" in lost else Fix.safe(*edits)


def _function_start(value: Node) -> int:
    """Where a function's text starts; of a method, the text after its name."""
    name = value.child_by_field_name("name") if value.type == "method_definition" else None
    return name.end_byte if name is not None else value.start_byte


def _function_word(value: Node) -> str:
    if value.type != "method_definition":
        return ""
    return "async function" if syntax.is_async(value) else "function"


def _dropped_parameter(error: Node | None, module: Module) -> list[Edit] | None:
    """The edit that takes the object out of ``function (object, error)``; None if the object is used."""
    if error is None or not syntax.is_function(error) or len(syntax.parameters(error)) < 2:
        return []
    first, second = syntax.parameters(error)[:2]
    inside = syntax.body(error)
    used = inside is not None and any(True for _ in module.source.mentions(syntax.text(first), inside))
    return None if used else [Edit(first.start_byte, second.start_byte, "")]


def _written_anew(
    call: Node, module: Module, listed: Node, given: list[Node], options: dict[str, Node], callbacks: dict[str, Node]
) -> Fix | None:
    """Options that hold more than the callbacks: the rest is written out, the callbacks go behind."""
    if any(value.type == "method_definition" for value in options.values()):
        return None
    members = syntax.meaningful(given[-1])
    kept = [syntax.text(member) for member in members if not _is_one_of(member, callbacks)]
    dropped = _dropped_parameter(callbacks.get("error"), module)
    if dropped:
        return None
    functions = [syntax.text(callbacks[name]) if name in callbacks else "null" for name in ("success", "error")]
    last = functions[:1] if functions[1] == "null" else functions
    edits = [Edit.replace(given[-1], f"{{ {', '.join(kept)} }}")] if kept else []
    if not kept:
        start = given[-2].end_byte if len(given) > 1 else listed.start_byte + 1
        edits = [Edit(start, given[-1].end_byte, "")]
    edits.append(Edit.after(call, f".then({', '.join(last)})"))
    return _judged(call, edits)


def _is_one_of(member: Node, callbacks: dict[str, Node]) -> bool:
    return any(syntax.within(value, member) for value in callbacks.values())
