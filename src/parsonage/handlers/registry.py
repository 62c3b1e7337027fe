"""The registry: functions, triggers and jobs by name, one handler for each.

Names are looked up as whole keys of plain dictionaries: ``constructor`` or ``hello.constructor`` is a
name like any other (GHSA-5j86-7r7m-p8h6, GHSA-vpj2-qq7w-5qq6).

Rules: reference/cloud-code.md, section 3.1.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from enum import Enum
from typing import Any, TypeAlias

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import CLOUD_INSTALLATION, Caller
from parsonage.commands.objects import Find
from parsonage.handlers.files import FILE, TriggerFile
from parsonage.handlers.schedule import Schedule
from parsonage.options.model import RateLimit
from parsonage.protocol.objects import ParseObject


class Kind(Enum):
    """What a handler is for. The value is the name that Parse Server gives it."""

    FUNCTION = "function"
    JOB = "job"
    BEFORE_SAVE = "beforeSave"
    AFTER_SAVE = "afterSave"
    BEFORE_DELETE = "beforeDelete"
    AFTER_DELETE = "afterDelete"
    BEFORE_FIND = "beforeFind"
    AFTER_FIND = "afterFind"
    BEFORE_LOGIN = "beforeLogin"
    AFTER_LOGIN = "afterLogin"
    AFTER_LOGOUT = "afterLogout"
    JOB_FAILED = "jobFailed"

    __hash__ = object.__hash__  # Enum's own is a function in Python, and every write looks for its triggers


TRIGGERS = frozenset(Kind) - {Kind.FUNCTION, Kind.JOB}

ON_FINDS = frozenset({Kind.BEFORE_FIND, Kind.AFTER_FIND})
"""Triggers of reads: they are given a query and the objects that it found."""

ON_USERS = frozenset({Kind.BEFORE_LOGIN, Kind.AFTER_LOGIN})

CONFIG = "@Config"
"""What stands in the place of a class for triggers on the app's configuration."""


JOBS = "@Jobs"
"""What stands in the place of a class for the handler of jobs that failed."""


def check_trigger_class(kind: Kind, class_name: str) -> None:
    """Raises ValueError, with Parse Server's text, for a trigger that the class can't have."""
    if kind in ON_USERS and class_name != "_User":
        raise ValueError(
            "Only the _User class is allowed for the beforeLogin, afterLogin, and beforePasswordResetRequest triggers"
        )
    if kind is Kind.AFTER_LOGOUT and class_name != "_Session":
        raise ValueError("Only the _Session class is allowed for the afterLogout trigger.")
    if class_name == "_Session" and kind is not Kind.AFTER_LOGOUT:
        raise ValueError("Only the afterLogout trigger is allowed for the _Session class.")
    if class_name == "_PushStatus" and kind is not Kind.AFTER_SAVE:
        raise ValueError("Only afterSave is allowed on _PushStatus")


class Invocation(msgspec.Struct):
    """One call of a handler: everything that a request object is made of, in whatever language."""

    kind: Kind
    name: str
    """The function, job or class that it is called for."""
    caller: Caller
    call: Call
    params: Mapping[str, Any] = {}
    object: ParseObject | None = None
    original: ParseObject | None = None
    find: Find | None = None
    """For a trigger of a read: what is asked. A beforeFind changes it by putting another in its place."""
    is_get: bool = False
    """Whether one object is asked for by its id."""
    objects: list[ParseObject] | None = None
    """For an afterFind: what was found."""
    file: TriggerFile | None = None
    """For a trigger on files: the file."""
    context: dict[str, Any] = {}
    """This call's own copy; what a handler leaves in it is merged back after success."""
    job_id: str | None = None
    report: Callable[[str], Awaitable[None]] | None = None
    """For a job: stores a message in its status."""

    @property
    def installation_id(self) -> str | None:
        """The installation that asks. A function does not see as what the master key counts without one."""
        asking = self.caller.installation_id
        return None if self.kind is Kind.FUNCTION and asking == CLOUD_INSTALLATION else asking


Run: TypeAlias = Callable[[Invocation], Any]
"""Calls the handler; an awaitable for one that lives on the event loop, a value for one in a thread.

The value of a trigger of a read is ``None`` or a list of ``ParseObject``: in a beforeFind the objects that
are to be found without asking the database, in an afterFind those that go out.
"""


class Handler(msgspec.Struct, frozen=True):
    """One registered handler and where it stands."""

    kind: Kind
    name: str
    run: Run
    in_thread: bool
    """A plain ``def``: it is run in a thread of its own, for it may block."""
    file: str
    line: int
    validate: Callable[[Invocation], Awaitable[None] | None] | None = None
    skips_master: bool = False
    """Callers with the master key pass a trigger by (validator option ``skipWithMasterKey``)."""
    needs_roles: bool = False
    """Whether its validator asks for the caller's roles."""
    language: str = "Python"
    """What it is written in; of a webhook nobody knows."""
    rate_limit: RateLimit | None = None
    """How often clients may ask for it; counted where requests come in, not where it is called."""
    schedule: Schedule | None = None
    """For a job: when it is due, if its code says so."""
    limit: float | None = None
    """Seconds that it may take, where that is not what the server's ``handlerTimeout`` says."""
    one_at_a_time: bool = False
    """For a job: a run waits until those that were asked for earlier have ended, on whichever process they are."""
    check_parameters: Callable[[Mapping[str, Any]], None] | None = None
    """For a function: raises ValidationError (142) for parameters that it would not be called with."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{self.kind.value} {self.name} ({place})"


class Registry:
    """All handlers of an app. A reload makes a new one: what holds one may trust it for a request."""

    def __init__(self) -> None:
        self.functions: dict[str, Handler] = {}
        self.jobs: dict[str, Handler] = {}
        self.triggers: dict[tuple[Kind, str], Handler] = {}
        self.shadowed: list[Handler] = []
        self.limited: tuple[Handler, ...] = ()
        """Those that clients may ask for only so often; another tuple whenever one of them is added."""
        self.has_find_triggers = False
        """Whether any class has a trigger of reads: all that a read of an app without them asks."""

        self._covered: dict[tuple[Kind, str], Handler | None] = {}
        self._stand_ins: dict[tuple[Kind, str], Handler] = {}

    def add_stand_in(self, trigger: Handler) -> None:
        """Register a trigger for a class as long as that has none of its kind otherwise; it stands in no list."""
        self._stand_ins[trigger.kind, trigger.name] = trigger
        self.has_find_triggers = self.has_find_triggers or trigger.kind in ON_FINDS

    def add(self, handler: Handler) -> None:
        """Register a handler; an earlier one of the same kind and name is shadowed."""
        key = handler.kind, handler.name
        if key in self._covered:
            earlier, self._covered[key] = self._covered[key], handler
        else:
            earlier = self._find(*key)
            self._put(handler)
        if earlier is not None:
            self.shadowed.append(earlier)
        if handler.rate_limit is not None or (earlier is not None and earlier.rate_limit is not None):
            others = tuple(one for one in self.limited if one is not earlier)
            self.limited = others if handler.rate_limit is None else (*others, handler)

    def cover_with(self, webhooks: Iterable[Handler]) -> None:
        """Have these, and no other webhooks, called in the place of the handlers that have their kind and name."""
        for (kind, name), covered in self._covered.items():
            if covered is not None:
                self._put(covered)
            elif kind is Kind.FUNCTION:
                del self.functions[name]
            else:
                del self.triggers[kind, name]
        self._covered = {}
        for webhook in webhooks:
            self._covered.setdefault((webhook.kind, webhook.name), self._find(webhook.kind, webhook.name))
            self._put(webhook)
        with_objects = [*self.triggers, *self._stand_ins]
        self.has_find_triggers = any(kind in ON_FINDS and name != FILE for kind, name in with_objects)

    def covered(self) -> list[Handler]:
        """The handlers that are not called because a webhook has their kind and name."""
        return [handler for handler in self._covered.values() if handler is not None]

    def _find(self, kind: Kind, name: str) -> Handler | None:
        if kind is Kind.FUNCTION:
            return self.functions.get(name)
        return self.jobs.get(name) if kind is Kind.JOB else self.triggers.get((kind, name))

    def _put(self, handler: Handler) -> None:
        if handler.kind is Kind.FUNCTION:
            self.functions[handler.name] = handler
        elif handler.kind is Kind.JOB:
            self.jobs[handler.name] = handler
        else:
            self.triggers[handler.kind, handler.name] = handler
            is_of_objects = handler.kind in ON_FINDS and handler.name != FILE
            self.has_find_triggers = self.has_find_triggers or is_of_objects

    def trigger(self, kind: Kind, class_name: str) -> Handler | None:
        """The trigger of a class, if there is one."""
        key = kind, class_name
        return self.triggers.get(key) or self._stand_ins.get(key)

    def classes(self) -> set[str]:
        """The classes that have a trigger of any kind."""
        return {name for _, name in (*self.triggers, *self._stand_ins)}

    def counts(self) -> dict[str, int]:
        """How many functions, triggers and jobs there are, for the start line."""
        return {"functions": len(self.functions), "triggers": len(self.triggers), "jobs": len(self.jobs)}


EMPTY = Registry()
