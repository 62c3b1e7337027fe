"""A rule: what it is called, how bad it is, of what it wants to be told, and its page.

A rule is one function in one file of ``rules``; the file's docstring is its page in docs/reference/rules.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType

import msgspec

from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.scope import Handler, Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.settings.model import Settings, Stated

Ask = Callable[[Node, Module], Iterator[Found]]
AskHandler = Callable[[Handler], Iterator[Found]]
AskAll = Callable[[list[Handler]], Iterator[tuple[Module, Found]]]
AskSettings = Callable[[Settings], Iterator[Stated]]

_HOMES = ("parsonage.migrate.code.rules", "parsonage.migrate.settings.rules")


class Rule(msgspec.Struct, frozen=True, eq=False):
    """One rule of the catalogue."""

    id: str
    slug: str
    title: str
    severity: Severity
    until: int
    """The version of Parse Server in which the old code ceased to work."""
    legacy: bool
    """Whether hosted JavaScript runs the old code as it is."""
    page: str
    """The rule's docstring without its first line."""
    stage: int
    """Fixes of a lower stage are applied first (reference/migration-rules.md, "Order of application")."""
    calls: frozenset[str] = frozenset()
    query: str = ""
    needs: str = ""
    """A word that stands in every file that the query has something to ask of."""
    ask: Ask | None = None
    ask_handler: AskHandler | None = None
    ask_all: AskAll | None = None
    ask_settings: AskSettings | None = None
    outside: bool = False
    """Whether it is about what stands around the code, as schedules, keys, options and the schema do: the handlers in
    which it is found run all the same once that is set up."""
    brought: frozenset[str] = frozenset()
    """Packages that hosted Parse brought along: where one is required and nothing provides it, the rule is asked
    whatever the move starts from."""

    @property
    def mends(self) -> bool:
        """Whether it offers safe fixes, as its page says."""
        return "Safe" in self.page

    @property
    def is_grave(self) -> bool:
        """Whether a handler in which it finds something doesn't run."""
        return self.severity >= Severity.BREAKS and not self.outside

    def applies(self, start: int, end: int) -> bool:
        """Whether a move from one version to another crosses the rule's."""
        return start < self.until <= end


_RULES: dict[str, Rule] = {}


def on_calls(
    *names: str,
    severity: Severity,
    until: int,
    legacy: bool = True,
    stage: int = 7,
    outside: bool = False,
    brought: frozenset[str] = frozenset(),
) -> Callable[[Ask], Ask]:
    """Register a rule that is asked about every call of a method or function of these names."""

    def register(ask: Ask) -> Ask:
        _register(ask, "ask", severity, until, legacy, stage, outside, calls=frozenset(names), brought=brought)
        return ask

    return register


def on_query(
    query: str,
    *,
    severity: Severity,
    until: int,
    legacy: bool = True,
    stage: int = 7,
    outside: bool = False,
    needs: str = "",
    brought: frozenset[str] = frozenset(),
) -> Callable[[Ask], Ask]:
    """Register a rule that is asked about every node that a tree-sitter query captures as ``@it``.

    The query should say by itself as much as it can (``#eq?``, ``#any-of?``, ``#match?``), and ``needs`` name a word
    without which a file holds nothing for the rule: what is captured for nothing is paid for in every file.
    """

    def register(ask: Ask) -> Ask:
        _register(ask, "ask", severity, until, legacy, stage, outside, query=query, needs=needs, brought=brought)
        return ask

    return register


def on_handlers(
    *, severity: Severity, until: int, legacy: bool = True, stage: int = 7, outside: bool = False
) -> Callable[[AskHandler], AskHandler]:
    """Register a rule that is asked about every handler; its fixes edit the file of the handler's function."""

    def register(ask: AskHandler) -> AskHandler:
        _register(ask, "ask_handler", severity, until, legacy, stage, outside)
        return ask

    return register


def on_all_handlers(
    *, severity: Severity, until: int, legacy: bool = True, stage: int = 7, outside: bool = False
) -> Callable[[AskAll], AskAll]:
    """Register a rule that is asked once about all handlers of the project."""

    def register(ask: AskAll) -> AskAll:
        _register(ask, "ask_all", severity, until, legacy, stage, outside)
        return ask

    return register


def on_settings(
    *, severity: Severity, until: int, legacy: bool = False, stage: int = 7, outside: bool = True
) -> Callable[[AskSettings], AskSettings]:
    """Register a rule that is asked once about the server of the project: its options, and what it runs on.

    A rule may ask about code as well, under the same id.
    """

    def register(ask: AskSettings) -> AskSettings:
        _register(ask, "ask_settings", severity, until, legacy, stage, outside)
        return ask

    return register


def _register(
    function: Callable[..., object],
    way: str,
    severity: Severity,
    until: int,
    legacy: bool,
    stage: int,
    outside: bool,
    *,
    calls: frozenset[str] = frozenset(),
    query: str = "",
    needs: str = "",
    brought: frozenset[str] = frozenset(),
) -> None:
    head, _, page = (sys.modules[function.__module__].__doc__ or "").partition("\n")
    name, _, title = head.partition(" · ")
    id_, _, slug = name.partition(" ")
    rule = _RULES.get(id_) or Rule(
        id_,
        slug,
        title,
        severity,
        until,
        legacy,
        page.strip(),
        stage,
        calls,
        query,
        needs,
        outside=outside,
        brought=brought,
    )
    _RULES[id_] = msgspec.structs.replace(rule, **{way: function})


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by its id, in the order of the ids."""
    for home in _HOMES:
        _import_all(importlib.import_module(home))
    return dict(sorted(_RULES.items()))


def _import_all(package: ModuleType) -> None:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(found.name)
