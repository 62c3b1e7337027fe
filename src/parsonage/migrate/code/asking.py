"""Asking the rules about a project: in one pass over each file, and again only about what has changed.

The queries of all rules are compiled into one, so that the parser's own loop finds whatever some rule wants to see, and
no node is visited for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator

import msgspec

from parsonage.migrate.code.finding import Finding, Found, Severity
from parsonage.migrate.code.patterns import Patterns
from parsonage.migrate.code.project import LeftOut, Project
from parsonage.migrate.code.rule import Rule
from parsonage.migrate.code.scope import Handler, Module
from parsonage.migrate.code.source import Node, Source
from parsonage.migrate.settings.model import Settings, Stated

SYNTAX = "syntax"
"""The id of the finding for a file that can't be parsed. It is no rule: it can't be left out."""

_IN_SETTINGS = "the server's settings"


class Answered(msgspec.Struct, frozen=True):
    """What the rules say of a file, of a handler, or of everything."""

    findings: tuple[Finding, ...]
    failed: tuple[LeftOut, ...]
    """What a rule failed on."""

    def of(self, rules: Container[str]) -> Answered:
        """What some of the rules say."""
        return Answered(tuple(finding for finding in self.findings if finding.rule in rules), self.failed)


class Inquiry:
    """The rules of one check, with their answers. An answer is kept as long as the file it is about stays the same.

    A rule about a file looks at that file and at its handlers; what other files hold may change its answer only if it
    changes the handlers.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = list(rules)
        self._about_files = [rule for rule in self._rules if rule.ask is not None]
        self._about_handlers = [rule for rule in self._rules if rule.ask_handler is not None]
        self._patterns = Patterns(self._rules)
        self._files: dict[Module, tuple[tuple[Handler, ...], Answered]] = {}
        self._handlers: dict[Handler, Answered] = {}

    def ask(self, project: Project, settings: Settings, progress: Callable[[int, int], None]) -> Answered:
        """What all rules say of a project. ``progress`` is told how many of how many files are done."""
        files, handlers = {}, {}
        for done, module in enumerate(project.modules, 1):
            own, known = module.handlers, self._files.get(module)
            files[module] = known if known is not None and known[0] == own else (own, self._of_file(module))
            progress(done, len(project.modules))
        for handler in project.handlers:
            handlers[handler] = self._handlers.get(handler) or self._of_handler(handler)
        self._files, self._handlers = files, handlers
        answers = [answered for _, answered in files.values()]
        answers += [*handlers.values(), self._of_all(project), self._of_settings(settings)]
        return Answered(
            tuple(finding for answered in answers for finding in answered.findings),
            tuple(failed for answered in answers for failed in answered.failed),
        )

    def narrowed(self, wanted: Callable[[Rule], bool]) -> Inquiry:
        """An inquiry by some of the rules alone, that knows what these have said already."""
        narrow = Inquiry(rule for rule in self._rules if wanted(rule))
        kept = {SYNTAX, *(rule.id for rule in narrow._rules)}
        narrow._files = {module: (own, answered.of(kept)) for module, (own, answered) in self._files.items()}
        narrow._handlers = {handler: answered.of(kept) for handler, answered in self._handlers.items()}
        return narrow

    def _of_file(self, module: Module) -> Answered:
        calls = module.calls()
        patterns = self._patterns.within(module.source.text)
        captured = module.source.captures(patterns) if patterns else {}
        gathered = _Gathered()
        broken = module.source.first_error()
        if broken is not None:
            gathered.findings.append(_unparsed(module, broken))
        for rule in self._about_files:
            nodes = [*captured.get(rule.id, ())]
            for name in rule.calls & calls.keys():
                nodes += calls[name]
            if nodes:
                gathered.take(rule, module.source.name, _about(rule, nodes, module))
        return gathered.answered()

    def _of_handler(self, handler: Handler) -> Answered:
        gathered = _Gathered()
        for rule in self._about_handlers:
            gathered.take(rule, handler.home.source.name, _about_handler(rule, handler))
        return gathered.answered()

    def _of_all(self, project: Project) -> Answered:
        gathered = _Gathered()
        for rule in self._rules:
            if rule.ask_all is not None:
                gathered.take(rule, "all handlers", _about_all(rule, project))
        return gathered.answered()

    def _of_settings(self, settings: Settings) -> Answered:
        gathered = _Gathered()
        for rule in self._rules:
            if rule.ask_settings is not None:
                gathered.take(rule, _IN_SETTINGS, _about_settings(rule, settings))
        return gathered.answered()


class _Gathered:
    """Answers on their way."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._failed: list[LeftOut] = []

    def take(self, rule: Rule, about: str, found: Iterator[Finding]) -> None:
        """Take what a rule finds. Its own mistake must not hide what the others found: it is told, and they go on."""
        try:
            self.findings += list(found)
        except Exception as error:
            reason = f"rule {rule.id} failed on it: {type(error).__name__}: {error}"
            self._failed.append(LeftOut(about, reason, trouble=True))

    def answered(self) -> Answered:
        """All that was taken."""
        return Answered(tuple(self.findings), tuple(self._failed))


def _about(rule: Rule, nodes: Iterable[Node], module: Module) -> Iterator[Finding]:
    if rule.ask is not None:
        for node in nodes:
            for found in rule.ask(node, module):
                yield _finding(rule, module, found)


def _about_handler(rule: Rule, handler: Handler) -> Iterator[Finding]:
    if rule.ask_handler is not None:
        for found in rule.ask_handler(handler):
            yield _finding(rule, handler.home, found)


def _about_all(rule: Rule, project: Project) -> Iterator[Finding]:
    if rule.ask_all is not None:
        for module, found in rule.ask_all(list(project.handlers)):
            yield _finding(rule, module, found)


def _about_settings(rule: Rule, settings: Settings) -> Iterator[Finding]:
    if rule.ask_settings is not None:
        for stated in rule.ask_settings(settings):
            yield _stated(rule, stated)


def _finding(rule: Rule, module: Module, found: Found) -> Finding:
    fix = None if module.source.root.has_error else found.fix
    source = found.module.source if found.module is not None else module.source
    return Finding(
        rule=rule.id,
        file=source.name,
        place=source.place(found.node),
        severity=rule.severity,
        message=found.message,
        fix=fix,
        legacy=rule.legacy,
        fix_in=module.source.name,
        outside=rule.outside,
        lasts=found.lasts,
    )


def _stated(rule: Rule, stated: Stated) -> Finding:
    broken = isinstance(stated.file, Source) and stated.file.root.has_error
    return Finding(
        rule=rule.id,
        file=stated.file.name,
        place=stated.file.span(stated.start, stated.end),
        severity=rule.severity,
        message=stated.message,
        fix=None if broken else stated.fix,
        legacy=rule.legacy,
        fix_in=stated.file.name,
        outside=rule.outside,
    )


def _unparsed(module: Module, broken: Node) -> Finding:
    reason = "this is no JavaScript that can be parsed; nothing in this file will be fixed"
    return Finding(SYNTAX, module.source.name, module.source.place(broken), Severity.BREAKS, reason)
