"""Which texts in a file of code are secrets: keys and passwords written out.

Read by the rule that reports them (PC612), and by ``excerpt``, which keeps them out of everything that is shown.
Source: reference/migration-rules.md, PC612.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.source import Node, Source

_NAMES = re.compile(
    r"(?:(?:api|master|maintenance|secret|private|access|auth|server|signing|encryption|webhook|client|account|file|license"
    r"|rest|rest_?api|aws|storage|push)_?(?:key|secret|token|password)s?"
    r"|secret(?:_?access)?(?:_?key)?|pass(?:word|wd|phrase)|(?:auth|bearer|refresh)?_?token|credentials?"
    r"|x-parse-(?:master|rest-api|maintenance)-key|authorization|api[-_]key|x-api-key)$",
    re.IGNORECASE,
)
"""How fields, variables and headers that hold a secret are called, at the end of their names."""

_SHAPES = re.compile(
    r"(?:sk|rk)_(?:live|test)_\w{8,}|key-[0-9a-f]{24,}|(?:AKIA|ASIA)[0-9A-Z]{16}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|xox[abprs]-[\w-]{10,}|AIza[\w-]{30,}|gh[pousr]_\w{30,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*|Basic [A-Za-z0-9+/]{12,}|Bearer [\w.+/-]{16,}"
)
"""How the keys of well-known services look, wherever they stand."""

_IN_ADDRESS = re.compile(r"://[^/\s:@'\"]*:([^/\s@'\"$]{3,})(?=@)")
_ASSIGNMENT = re.compile(rb"(?m)([\"']?[\w.-]+[\"']?)[ \t]*[=:][ \t]*[\"']?([^\"'\s,}]+)")
_ADDRESS_BYTES = re.compile(rb"(?<=://)[^/\s:@'\"]*:([^/\s@'\"$]{3,})(?=@)")
_PLACEHOLDER = re.compile(
    r"your|example|change.?me|x{4}|\*{3}|<|>|\{|placeholder|dummy|insert|replace|my_?(?:app|master|key)|test",
    re.IGNORECASE,
)
_RANDOM = re.compile(r"(?=(?:\D*\d){4})(?=.*[A-Za-z])[A-Za-z0-9]{20,}")
_NO_KEY = re.compile(r"\s|^https?://|^[./]|^mongodb|^postgres|^[A-Z_]+$")
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[A-Za-z]")
_ONE_WORD = re.compile(r"[\w+/=]+")
_HOST = re.compile(r"^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}$", re.IGNORECASE)
_QUOTED = re.compile(rb"(?:['\"])([^'\"\s]{8,})(?:['\"])")
_SHORTEST = 8
_LONG = 20

_LIKELY = re.compile(rb"[\"'`](?=\S{9})(?=\S*\d|\S*[\w+/=-]{20})")
"""A quote behind which something without spaces may be a key: with a digit, or long and of one piece."""
_KNOWN = re.compile(b"|".join((_SHAPES.pattern.encode(), _IN_ADDRESS.pattern.encode())))
_KNOWN_BY = (
    b"k_live_ k_test_ key- AKIA ASIA SG. xox AIza ghp_ gho_ ghu_ ghs_ ghr_ eyJ -----BEGIN Basic Bearer ://".split()
)
"""Words of which one stands wherever that finds something; to look for them costs a tenth."""
_LITERALS = frozenset({"string", "template_string"})


def literals(source: Source) -> Iterator[Node]:
    """The literals of a file that are secrets, in the order of the text."""
    return filter(is_secret, (node for node in _likely(source) if node.type in _LITERALS))


def spans(source: Source) -> Iterator[tuple[int, int]]:
    """The bytes of a file that must not be shown: its secrets, and what looks like one in a comment."""
    for node in _likely(source):
        if node.type == "comment":
            for quoted in _QUOTED.finditer(node.text or b""):
                if _plausible(quoted.group(1).decode("utf-8", "replace")):
                    yield node.start_byte + quoted.start(1), node.start_byte + quoted.end(1)
        elif is_secret(node):
            yield node.start_byte + 1, node.end_byte - 1


def _likely(source: Source) -> Iterator[Node]:
    """The literals and comments in which a secret may stand, found by the text: most have nothing of one."""
    places = {found.start() for found in _LIKELY.finditer(source.text)}
    if any(word in source.text for word in _KNOWN_BY):
        places |= {found.start() for found in _KNOWN.finditer(source.text)}
    seen: set[int] = set()
    for place in sorted(places):
        node = source.root.descendant_for_byte_range(place, place + 1)
        while node is not None and node.type not in _LITERALS and node.type != "comment":
            node = node.parent
        if node is not None and node.id not in seen:
            seen.add(node.id)
            yield node


def spans_of_assignments(text: bytes) -> Iterator[tuple[int, int]]:
    """The same for a file that isn't code: the values of ``NAME=value`` and ``name: value`` with a secret's name."""
    for found in _ASSIGNMENT.finditer(text):
        if _NAMES.search(found.group(1).decode("utf-8", "replace").strip("\"'")):
            yield found.span(2)
    for found in _ADDRESS_BYTES.finditer(text):
        yield found.span(1)


def is_secret(literal: Node) -> bool:
    """Whether a literal is a secret, by its shape or by where it stands."""
    if literal.end_byte - literal.start_byte < _SHORTEST:
        return False
    value = syntax.string(literal)
    if value is None or len(value) < _SHORTEST:
        return False
    if _SHAPES.search(value) and not _PLACEHOLDER.search(value.replace("_test_", "")):
        return True
    address = _IN_ADDRESS.search(value)
    if address is not None and not _PLACEHOLDER.search(address.group(1)):
        return True
    if not _plausible(value):
        return False
    return _is_named_as_secret(literal) or _opens_a_service(literal)


def _plausible(value: str) -> bool:
    """Whether a text can be a key or a password: no words, no address, no placeholder."""
    mixed = _DIGIT.search(value) is not None and _LETTER.search(value) is not None
    if not mixed and (len(value) < _LONG or _ONE_WORD.fullmatch(value) is None):
        return False
    return not (_NO_KEY.search(value) or _PLACEHOLDER.search(value) or _HOST.match(value))


def _is_named_as_secret(literal: Node) -> bool:
    """Whether a literal is the value of something with a secret's name, perhaps behind ``process.env.X ||``."""
    here = literal
    while here.parent is not None and here.parent.type in {
        "binary_expression",
        "parenthesized_expression",
        "ternary_expression",
        "as_expression",
    }:
        if here.parent.type == "binary_expression" and _operator(here.parent) not in {"||", "??", "+"}:
            return False
        here = here.parent
    around = here.parent
    if around is None:
        return False
    match around.type:
        case "pair":
            name = around.child_by_field_name("key")
        case "variable_declarator":
            name = around.child_by_field_name("name")
        case "assignment_expression":
            name = around.child_by_field_name("left")
        case "arguments":
            return _is_header(around, here)
        case _:
            return False
    return name is not None and name != here and _NAMES.search(syntax.text(name).strip("'\"[]`")) is not None


def _operator(expression: Node) -> str:
    operator = expression.child_by_field_name("operator")
    return syntax.text(operator) if operator is not None else ""


def _is_header(listed: Node, value: Node) -> bool:
    """Whether a literal follows the name of a header: ``setRequestHeader('X-Parse-Master-Key', '…')``."""
    given = syntax.meaningful(listed)
    if len(given) < 2 or given[1] != value:
        return False
    named = syntax.string(given[0])
    return named is not None and _NAMES.search(named) is not None


def _opens_a_service(literal: Node) -> bool:
    """Whether a literal is handed to what opens a service: ``Mandrill.initialize('…')``, ``require('stripe')('…')``."""
    listed = literal.parent
    call = listed.parent if listed is not None and listed.type == "arguments" else None
    called = syntax.callee(call) if call is not None else None
    if call is None or called is None:
        return False
    if call.type == "new_expression" or syntax.method(call) in {"register", "init", "configure", "setApiKey"}:
        return _RANDOM.fullmatch(syntax.string(literal) or "") is not None
    if syntax.method(call) == "initialize":
        given = syntax.arguments(call)
        # An app's id and its client key are no secrets: every client has them. The third argument is the master key.
        return syntax.text(called) != "Parse.initialize" or given.index(literal) == 2
    required = called if called.type == "call_expression" else None
    name = syntax.string(next(iter(syntax.arguments(required)), None)) if required is not None else syntax.text(called)
    return name is not None and name.lower() in {"stripe", "twilio", "sendgrid", "mandrill", "mailgun"}
