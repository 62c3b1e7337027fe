"""How a handler of hosted Parse answers, by calls on its second parameter, and how it does by ``return`` and ``throw``.

An answer can become a ``return`` or ``throw`` by itself only in tail position: nothing runs after it, neither in its
function nor in the chain of promises that its function is a link of, and that chain is what the handler returns.
Source: reference/migration-rules.md, PC101 to PC105.
"""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

import msgspec

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit
from parsonage.migrate.code.scope import FUNCTION, JOB, Handler, Module
from parsonage.migrate.code.source import Node

NATIVE_LINKS = frozenset({"then", "catch"})
SCRIPT_FAILED = "new Parse.Error(Parse.Error.SCRIPT_FAILED, 'Script failed.')"
"""What an error without a reason becomes: the answer that clients got of it."""

_MEMBERS = frozenset({"success", "error", "message", "status", "header"})


class Answer(msgspec.Struct, frozen=True, eq=False):
    """A call of the response: ``success``, ``error``, or a job's ``message``."""

    call: Node
    kind: str

    @property
    def value(self) -> Node | None:
        """What is answered, if anything."""
        return next(iter(syntax.arguments(self.call)), None)


class Uses(msgspec.Struct, frozen=True, eq=False):
    """Every use of a handler's response, by kind."""

    answers: tuple[Answer, ...]
    detached: tuple[Node, ...]
    """``response.success`` handed on without being called."""
    escapes: tuple[Node, ...]
    """The response itself, handed on or stored."""
    looks: tuple[Node, ...]
    """The response, or a member of it, in a test or a text, and members of it that are set: nobody gets it by these."""

    @property
    def any(self) -> bool:
        """Whether the handler uses its response at all."""
        return bool(self.answers or self.detached or self.escapes)


class NotByItself(Exception):
    """Answers can't become returns and throws without a person; the message says why."""


_USES: WeakKeyDictionary[Handler, Uses] = WeakKeyDictionary()


def uses(handler: Handler) -> Uses:
    """Every use of a handler's response in the handler's own function, callbacks within included."""
    known = _USES.get(handler)
    if known is None:
        known = _USES[handler] = _uses(handler)  # most rules about handlers ask for it
    return known


def _uses(handler: Handler) -> Uses:
    answers: list[Answer] = []
    detached: list[Node] = []
    escapes: list[Node] = []
    looks: list[Node] = []
    for reference in _references(handler):
        member = reference.parent
        if member is None or member.type != "member_expression" or member.child_by_field_name("object") != reference:
            (looks if _is_mere_look(reference) else escapes).append(reference)
            continue
        name = syntax.text(member.child_by_field_name("property") or member)
        call = member.parent
        if call is not None and call.type == "call_expression" and syntax.callee(call) == member:
            answers.append(Answer(call, name))
        elif name in _MEMBERS:
            (looks if _is_mere_look(member) else detached).append(member)
    return Uses(tuple(answers), tuple(detached), tuple(escapes), tuple(looks))


def _is_mere_look(node: Node) -> bool:
    """Whether an expression is tested, compared, joined to a text or assigned to: its value goes nowhere by that."""
    around = syntax.bare_parent(node)
    if around is None:
        return False
    match around.type:
        case "binary_expression":
            operator, right = around.child_by_field_name("operator"), around.child_by_field_name("right")
            may_give_it = operator is not None and syntax.text(operator) in {"&&", "||", "??"}
            is_and = operator is not None and syntax.text(operator) == "&&"
            is_test = is_and and right is not None and not syntax.within(node, right)
            return not may_give_it or is_test or _is_mere_look(around)
        case "unary_expression":
            return True
        case "assignment_expression":
            return around.child_by_field_name("left") == node and node.type == "member_expression"
        case "if_statement" | "ternary_expression":
            condition = around.child_by_field_name("condition")
            return condition is not None and syntax.within(node, condition)
        case _:
            return False


def _references(handler: Handler) -> Iterator[Node]:
    name, function = handler.response, handler.function
    inside = syntax.body(function) if function is not None else None
    if name is None or inside is None:
        return
    for node in handler.home.source.mentions(name, inside):
        if node.type in {"identifier", "shorthand_property_identifier"}:
            declared = handler.home.binding(name, node)
            if declared is not None and declared.parameter_of == function:
                yield node


def is_own(handler: Handler) -> bool:
    """Whether the handler's function is used as a handler alone, so that its parameters may change."""
    function = handler.function
    if function is None or handler.wrapped or handler.home is not handler.module:
        return False
    if syntax.within(function, handler.call):
        return True
    name = function.child_by_field_name("name") or (
        function.parent.child_by_field_name("name") if function.parent is not None else None
    )
    if name is None:
        return False
    called = syntax.text(name)
    mentions = sum(node.type == "identifier" for node in handler.home.source.mentions(called))
    return mentions == 2  # its declaration and its registration


def as_returns(handler: Handler, found: Uses) -> tuple[list[Edit], bool]:
    """The edits that make a handler return and throw, and whether a chain of promises had to be returned for it.

    Raises NotByItself when an answer isn't in tail position, or when somebody else may depend on the parameters.
    """
    function = handler.function
    if function is None or not is_own(handler):
        raise NotByItself("its function is used elsewhere, or wrapped")
    if found.escapes or found.looks:
        raise NotByItself("the response is used by itself")
    edits: list[Edit] = [without_response(handler)]
    chained = False
    for answer in found.answers:
        if answer.kind == "message" and handler.kind == JOB:
            edits.append(_as_request_message(handler, answer))
            continue
        if answer.kind not in {"success", "error"}:
            raise NotByItself(f"{answer.kind}() has no counterpart in a return")
        returns = _tail(answer.call, handler, answer.kind)
        chained = chained or _own_function(answer.call) != function
        edits += [*returns, *_rewritten(answer, handler)]
    for link in {link.id: link for link in map(_link_of, found.detached)}.values():
        edits += drop_link(link, handler)
        chained = True
    return list(dict.fromkeys(edits)), chained


def without_response(handler: Handler) -> Edit:
    """The edit that takes the response out of a handler's parameters. Raises NotByItself if it isn't the last one."""
    listed = syntax.parameters(handler.function) if handler.function is not None else []
    if len(listed) != 2:
        raise NotByItself("it has more parameters")
    return Edit(listed[0].end_byte, listed[1].end_byte, "")


def in_promise(handler: Handler) -> list[Edit]:
    """The edits that wrap a handler's body into a promise which its response settles. Raises NotByItself."""
    function = handler.function
    inside = syntax.body(function) if function is not None else None
    if function is None or inside is None or inside.type != "statement_block" or not is_own(handler):
        raise NotByItself("there is no body of its own to wrap")
    word = "async function" if syntax.is_async(function) else "function"
    members = "success: resolve, error: reject"
    if handler.kind == JOB:
        members += f", message: {handler.request}.message"
    opening = f" return new Promise({word} (resolve, reject) {{ const {handler.response} = {{ {members} }};"
    start, end = inside.start_byte + 1, inside.end_byte - 1
    return [without_response(handler), Edit(start, start, opening), Edit(end, end, "}); ")]


def drop_link(link: Node, handler: Handler) -> list[Edit]:
    """The edits that end a chain before ``.then(response.success, response.error)`` and return it.

    Raises NotByItself if the link isn't the last one, or the chain isn't in tail position.
    """
    before = syntax.receiver(link)
    names = [syntax.text(argument).rpartition(".")[2] for argument in syntax.arguments(link)]
    if before is None or syntax.links_after(link) or names not in (["success", "error"], ["success"], ["error"]):
        raise NotByItself("the chain goes on")
    if syntax.method(link) not in NATIVE_LINKS or (syntax.method(link) == "catch" and names != ["error"]):
        raise NotByItself("it is no plain then or catch")
    if syntax.method(link) == "then" and names == ["error"]:
        raise NotByItself("an error callback stands where results go")
    if handler.kind not in {FUNCTION, JOB} and names != ["error"]:
        raise NotByItself("a trigger must not return the chain's value")
    return [*_returned(link, handler), Edit(before.end_byte, link.end_byte, "")]


def _link_of(detached: Node) -> Node:
    arguments = detached.parent
    call = arguments.parent if arguments is not None else None
    if call is None or call.type != "call_expression" or arguments is None or arguments.type != "arguments":
        raise NotByItself("the response's methods are handed on")
    return call


def _own_function(node: Node) -> Node:
    function = syntax.enclosing_function(node)
    if function is None:
        raise NotByItself("it stands in no function")
    return function


def _tail(call: Node, handler: Handler, kind: str) -> list[Edit]:
    """Check that an answer is in tail position; gives the edits that return the chains it stands in."""
    function = _own_function(call)
    choice = call.parent if call.parent is not None and call.parent.type == "ternary_expression" else call
    if choice is not call and not _is_choice(choice):
        raise NotByItself("it is part of a larger expression")
    _check_last(choice, function, throws=kind == "error")
    if function == handler.function:
        return []
    link = _link_of(function)
    if syntax.method(link) not in NATIVE_LINKS:
        raise NotByItself("it stands in a callback that is no link of a chain")
    for later in syntax.links_after(link):
        _check_passes(later, handler, kind)
    return _returned(link, handler)


def _is_choice(ternary: Node) -> bool:
    branches = [ternary.child_by_field_name("consequence"), ternary.child_by_field_name("alternative")]
    statement = ternary.parent
    names = [syntax.method(branch) for branch in branches if branch is not None and branch.type == "call_expression"]
    return statement is not None and statement.type == "expression_statement" and names == ["success", "error"]


def _check_passes(link: syntax.Link, handler: Handler, kind: str) -> None:
    """A later link of the chain must let the answer through: no callback for a value, no new error of an error."""
    values = link.handlers[:1] if link.name == "then" else ()
    errors = link.handlers[1:2] if link.name == "then" else link.handlers[:1]
    if link.name not in NATIVE_LINKS:
        raise NotByItself("the chain goes on with something else than then and catch")
    if kind == "success" and any(syntax.text(value) not in {"null", "undefined"} for value in values):
        raise NotByItself("the chain goes on after the answer")
    if kind == "error" and not all(_passes_on(error, handler) for error in errors):
        raise NotByItself("a later callback would answer the error anew")


def _passes_on(callback: Node, handler: Handler) -> bool:
    """Whether an error callback does nothing but answer the error it is given."""
    if syntax.text(callback) == f"{handler.response}.error":
        return True
    inside = syntax.body(callback) if syntax.is_function(callback) else None
    names = (
        [syntax.parameter_name(parameter) for parameter in syntax.parameters(callback)] if inside is not None else []
    )
    if inside is None or len(names) != 1:
        return False
    statements = syntax.meaningful(inside) if inside.type == "statement_block" else [inside]
    plain = f"{handler.response}.error({names[0]})"
    return len(statements) == 1 and syntax.text(statements[0]).removeprefix("return ").rstrip(";") == plain


def _returned(node: Node, handler: Handler) -> list[Edit]:
    """The edits that make a handler return the chain that a node is part of, through all functions in between."""
    chain = syntax.chain_of(node)
    around = chain.parent
    while around is not None and around.type in {"await_expression", "parenthesized_expression"}:
        chain, around = around, around.parent
    function = _own_function(chain)
    edits = []
    if around is None:
        raise NotByItself("the chain is not a statement")
    if around.type == "expression_statement":
        _check_last(chain, function, throws=False)
        edits = [Edit(chain.start_byte, chain.start_byte, "return ")]
    elif around.type != "return_statement" and around != function:
        raise NotByItself("the chain is used for something else")
    if function == handler.function:
        return edits
    link = _link_of(function)
    if syntax.method(link) not in NATIVE_LINKS:
        raise NotByItself("the chain stands in a callback that is no link of a chain")
    for later in syntax.links_after(link):
        _check_passes(later, handler, "success")
        _check_passes(later, handler, "error")
    return [*edits, *_returned(link, handler)]


def _check_last(expression: Node, function: Node, *, throws: bool) -> None:
    """An expression must be the last that its function does on its path. Raises NotByItself."""
    here = expression
    if here.parent == function:
        return  # an arrow function's expression
    statement = here.parent
    if statement is None or statement.type not in {"expression_statement", "return_statement"}:
        raise NotByItself("it is part of a larger expression")
    ended = statement.type == "return_statement"
    here = statement
    for around in syntax.ancestors(statement):
        if around == function:
            return
        if around.type == "try_statement" and (throws or around.child_by_field_name("finalizer") is not None):
            caught = around.child_by_field_name("body") == here and around.child_by_field_name("handler") is not None
            if caught or around.child_by_field_name("finalizer") is not None:
                raise NotByItself("it stands in a try that would catch it")
        if not ended and around.type in syntax.LOOPS:
            raise NotByItself("it stands in a loop")
        if not ended and around.type in {"statement_block", "switch_case", "switch_default"}:
            ended = _ends(here, around)
        here = around


def _ends(statement: Node, block: Node) -> bool:
    """Whether a function ends after a statement of a block. Raises NotByItself if something else follows it."""
    following = [sibling for sibling in syntax.meaningful(block) if sibling.start_byte >= statement.end_byte]
    if following and following[0].type == "return_statement" and not syntax.meaningful(following[0]):
        return True
    if following and following[0].type == "break_statement":
        return False
    if following or block.type == "switch_case":
        raise NotByItself("something runs after it")
    return False


def _rewritten(answer: Answer, handler: Handler) -> list[Edit]:
    call, around = answer.call, answer.call.parent
    if around is None:
        return []
    if around.type == "ternary_expression":
        return _choice_rewritten(around, handler) if around.child_by_field_name("consequence") == call else []
    is_arrow_body = around.type == "arrow_function"
    returned = around.type == "return_statement"
    start = around.start_byte if returned else call.start_byte
    value = answer.value if answer.kind == "error" or handler.kind in {FUNCTION, JOB} else None
    if answer.kind == "success":
        if is_arrow_body and value is None:
            return [Edit.replace(call, "{}")]
        if is_arrow_body and value is not None:
            opening, closing = ("(", ")") if value.type == "object" else ("", "")
            return _around(call.start_byte, call.end_byte, value, opening, closing)
        word = "return"
    else:
        word = "throw"
        if value is None or value.type == "object":
            thrown = f"throw {_error_of(value)}"
            return [Edit(start, call.end_byte, f"{{ {thrown}; }}" if is_arrow_body else thrown)]
        if is_arrow_body:
            return _around(call.start_byte, call.end_byte, value, "{ throw ", "; }")
    if value is None:
        return [Edit(start, call.end_byte, word)]
    return _around(start, call.end_byte, value, f"{word} ", "")


def _around(start: int, end: int, value: Node, opening: str, closing: str) -> list[Edit]:
    """Replace what surrounds a value, not the value: so that edits within it may be applied as well."""
    return [Edit(start, value.start_byte, opening), Edit(value.end_byte, end, closing)]


def _error_of(value: Node | None) -> str:
    if value is None:
        return SCRIPT_FAILED
    made = parse_error_of(value)
    if made is None:
        raise NotByItself("an object is answered that is no error")
    return made


def parse_error_of(value: Node) -> str | None:
    """``new Parse.Error(code, text)`` for an object literal of exactly a code and a message; None for another value."""
    given = syntax.properties(value)
    if given.keys() != {"code", "message"}:
        return None
    return f"new Parse.Error({syntax.text(given['code'])}, {syntax.text(given['message'])})"


def _choice_rewritten(ternary: Node, handler: Handler) -> list[Edit]:
    """``condition ? response.success(x) : response.error(e)`` as statements."""
    condition = ternary.child_by_field_name("condition")
    good, bad = ternary.child_by_field_name("consequence"), ternary.child_by_field_name("alternative")
    if condition is None or good is None or bad is None:
        return []
    asked, error = syntax.text(condition), next(iter(syntax.arguments(bad)), None)
    thrown = syntax.text(error) if error is not None and error.type != "object" else _error_of(error)
    value = next(iter(syntax.arguments(good)), None)
    if handler.kind in {FUNCTION, JOB}:
        result = f"return {syntax.text(value)}" if value is not None else "return"
        return [Edit.replace(ternary, f"if ({asked}) {result}; throw {thrown}")]
    simple = {"call_expression", "identifier", "member_expression"}
    negated = f"!{asked}" if condition.type in simple else f"!({asked})"
    return [Edit.replace(ternary, f"if ({negated}) throw {thrown}")]


def _as_request_message(handler: Handler, answer: Answer) -> Edit:
    member = syntax.callee(answer.call)
    response = member.child_by_field_name("object") if member is not None else None
    if response is None or handler.request is None:
        raise NotByItself("the job has no request to tell its message to")
    return Edit.replace(response, handler.request)


def statements_after(call: Node, module: Module) -> list[Node]:
    """The statements that run after an answer in its own function, as far as no branch or loop decides otherwise."""
    return module.once_of(call, _statements_after)


def _statements_after(call: Node, _: Module) -> list[Node]:
    return list(_following(call))


def _following(call: Node) -> Iterator[Node]:
    statement = syntax.statement_of(call)
    if statement is None or statement.type == "return_statement":
        return
    here = statement
    for around in syntax.ancestors(statement):
        kind = around.type
        if kind in syntax.FUNCTIONS or kind in syntax.LOOPS:
            return
        if kind in {"statement_block", "program", "switch_case"}:
            for sibling in syntax.meaningful(around):
                if sibling.start_byte < here.end_byte:
                    continue
                if sibling.type in {"function_declaration", "empty_statement"}:
                    continue
                if sibling.type in {"return_statement", "break_statement", "throw_statement", "continue_statement"}:
                    yield sibling
                    return
                yield sibling
        here = around


def module_of(handler: Handler) -> Module | None:
    """The file of a handler's registration if its function stands in another one."""
    return handler.module if handler.module is not handler.home else None
