"""PC108 no-answer-path · A path that never answers

What it finds: in handlers that answer through their response: a branch without an answer, an error callback without
one beside a callback that answers, a chain of which only the success answers and that is not returned, and functions
with a response that they never use.
Why it matters: hosted Parse cut a function off after 15 seconds, a trigger after 3, a job after 15 minutes. Parse
Server has no limit: the app waits until it gives up by itself.
Instead: an answer on every path.
The fix: none: only you know what the answer is.
Known gap: of callbacks that are given to other libraries only those in Node's manner, `function (err, found)`, are
looked at; handlers whose response is stored, or used by functions of their own within, are left alone.
Source: reference/migration-rules.md, PC108.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from parsonage.migrate.code import answers, paths, syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import FUNCTION, Handler
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_LINKS = frozenset({"then", "catch", "fail", "done", "always"})
_EACH = frozenset({"each", "forEach", "map"})
_ERRORS = frozenset({"e", "err", "error"})
_COMPARES = frozenset({"==", "===", ">=", "<=", "<", ">"})


@on_handlers(severity=Severity.RISKY, until=NEWEST)
def no_answer_path(handler: Handler) -> Iterator[Found]:
    """Find paths on which nobody answers."""
    function = handler.function
    inside = syntax.body(function) if function is not None else None
    if function is None or inside is None or handler.kind.startswith("after") or handler.response is None:
        return
    if inside.type != "statement_block" or len(syntax.parameters(function)) != 2:
        return
    uses = answers.uses(handler)
    if not uses.any:
        yield from _unused(handler, function, inside)
        return
    references = [*(answer.call for answer in uses.answers if answer.kind in {"success", "error"}), *uses.detached]
    places = sorted(node.start_byte for node in (*references, *uses.escapes))
    touched = {around.id: around for node in (*references, *uses.escapes) for around in _functions(node, function)}
    if any(_callback_of(one) is None for one in touched.values()):
        return  # a function of its own answers: who calls it is not followed

    def touches(node: Node) -> bool:
        first = bisect_left(places, node.start_byte)
        return first < len(places) and places[first] < node.end_byte

    for one in (function, *touched.values()):
        around = syntax.body(one)
        is_looked_at = one == function or _hears_an_error_first(one, function) or not _is_followed(one, touches)
        if around is None or not is_looked_at:
            continue
        silent = paths.silent_end(around, touches)
        if silent is not None and not _is_the_last_of_many(silent, one, function):
            yield Found(silent, "a path ends here without an answer: the app waits until it gives up")
    says_success = any(answer.kind == "success" for answer in uses.answers) or bool(uses.escapes)
    yield from _one_sided(touched.values(), touches, says_success)


def _is_the_last_of_many(silent: Node, one: Node, outermost: Node) -> bool:
    """Whether a callback is called for each of many, and answers when a count says that it was the last."""
    condition = silent.child_by_field_name("condition") if silent.type == "if_statement" else None
    counts = condition is not None and any(
        part.type == "binary_expression" and syntax.text(operator) in _COMPARES
        for part in syntax.walk(condition)
        if (operator := part.child_by_field_name("operator")) is not None
    )
    return counts and any(_repeats(around) for around in _around(one, outermost))


def _around(one: Node, outermost: Node) -> Iterator[Node]:
    for around in syntax.ancestors(one):
        if around == outermost:
            return
        yield around


def _repeats(around: Node) -> bool:
    call = _callback_of(around) if syntax.is_function(around) else None
    return around.type in syntax.LOOPS or (call is not None and syntax.method(call) in _EACH)


def _unused(handler: Handler, function: Node, inside: Node) -> Iterator[Found]:
    """A function that declares a response, and neither uses it nor returns anything."""
    returns = any(
        node.type == "return_statement" and syntax.meaningful(node) and syntax.enclosing_function(node) == function
        for node in syntax.walk(inside)
    )
    throws = any(node.type == "throw_statement" for node in syntax.meaningful(inside))
    if handler.kind == FUNCTION and not returns and not throws and not syntax.is_async(function):
        message = f"this function declares {handler.response} and never answers"
        yield Found(handler.call, message, None, answers.module_of(handler))


def _functions(node: Node, outermost: Node) -> Iterator[Node]:
    """The functions around a node that stand within another one."""
    around = syntax.enclosing_function(node)
    while around is not None and around != outermost:
        yield around
        around = syntax.enclosing_function(around)


def _callback_of(function: Node) -> Node | None:
    """The call that a function is given to, as an argument or among its options."""
    around = function.parent
    while around is not None and around.type in {"pair", "object"}:
        around = around.parent
    call = around.parent if around is not None and around.type == "arguments" else None
    return call if call is not None and call.type == "call_expression" else None


def _is_followed(callback: Node, touches: paths.Touches) -> bool:
    """Whether a callback need not answer: it is no link of a chain, or what follows the chain answers."""
    call = _callback_of(callback)
    if call is None:
        return True
    is_option = callback.parent is not None and callback.parent.type != "arguments"
    if not is_option and syntax.method(call) not in _LINKS:
        return True
    if any(touches(handler) for link in syntax.links_after(call) for handler in link.handlers):
        return True
    outer = syntax.enclosing_function(call)
    chain = syntax.chain_of(call)
    is_returned = chain.parent is not None and (chain.parent.type == "return_statement" or chain.parent == outer)
    if not is_returned or outer is None or _callback_of(outer) is None:
        return False
    return _is_followed(outer, touches)


def _hears_an_error_first(callback: Node, outermost: Node) -> bool:
    """Whether a callback is of Node's manner, called once with an error or a result: ``function (err, found)``."""
    call, names = _callback_of(callback), [syntax.parameter_name(each) for each in syntax.parameters(callback)]
    is_last = call is not None and syntax.arguments(call)[-1:] == [callback] and syntax.method(call) not in _LINKS
    is_nodes = is_last and len(names) > 1 and names[0] in _ERRORS
    return is_nodes and not any(_repeats(around) for around in _around(callback, outermost))


def _one_sided(callbacks: Iterable[Node], touches: paths.Touches, says_success: bool) -> Iterator[Found]:
    """Calls of which one callback answers, and the other one doesn't or isn't there.

    A result may have been answered before the chain goes on, so a callback for results is told of only where the
    handler never says success.
    """
    seen: set[int] = set()
    for callback in callbacks:
        call = _callback_of(callback)
        if call is None or call.id in seen or _is_followed(callback, touches):
            continue
        seen.add(call.id)
        others = [
            other
            for other in _callbacks(call, with_results=not says_success)
            if syntax.is_function(other) and not touches(other)
        ]
        for other in others:
            inside = syntax.body(other)
            if inside is not None and paths.silent_end(inside, touches) is not None:
                yield Found(other, "this callback doesn't answer: the app waits until it gives up")
        chain = syntax.chain_of(call)
        is_alone = chain.parent is not None and chain.parent.type == "expression_statement"
        if is_alone and not others and not _hears_errors(call):
            yield Found(call, "nobody answers when this fails: the app waits until it gives up")


def _callbacks(call: Node, *, with_results: bool) -> Iterator[Node]:
    """The callbacks for errors among a call's options and in the rest of its chain; those for results if wanted."""
    given = syntax.arguments(call)
    options = syntax.properties(given[-1]) if given else {}
    yield from (options[name] for name in ("success", "error") if name in options and (name == "error" or with_results))
    receiver = syntax.receiver(call)
    for link in syntax.links_after(receiver) if receiver is not None and syntax.method(call) in _LINKS else []:
        after_results = 1 if link.name in {"then", "done"} else 0
        yield from link.handlers if with_results else link.handlers[after_results:]


def _hears_errors(call: Node) -> bool:
    """Whether something in the chain that a call is part of is told of a failure."""
    given = syntax.arguments(call)
    if given and "error" in syntax.properties(given[-1]):
        return True
    here = call
    while here.type == "call_expression" and syntax.method(here) in _LINKS:
        if syntax.method(here) in {"catch", "fail", "always"} or len(syntax.arguments(here)) > 1:
            return True
        inner = syntax.receiver(here)
        if inner is None:
            break
        here = inner
    return any(link.name in {"catch", "fail", "always"} or len(link.handlers) > 1 for link in syntax.links_after(call))
