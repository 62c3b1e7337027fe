"""The moments at which a system class may differ from an ordinary one.

The verbs ask for these at every class and know no class by name; an ordinary class has none of them.
Each may refuse with a ParseError.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.operations.draft import Answer, Draft
from parsonage.operations.house import House
from parsonage.protocol.errors import ObjectNotFound, ParseError
from parsonage.query.model import Query
from parsonage.storage.changes import Change, Notice


class Behaviour(msgspec.Struct, frozen=True):
    """What is special about one class, told at the moments of its life; ``None`` where nothing is."""

    narrow: Callable[[Caller, Query], Query] | None = None
    """Which objects a caller may ask about at all, before the class-level permissions are asked."""
    before_check: Callable[[House, Call, Draft], Awaitable[Answer | None]] | None = None
    """What must be in order before a beforeSave runs; may answer at once, or turn a create into an update."""
    before_write: Callable[[House, Call, Draft], Awaitable[None]] | None = None
    """After the trigger, which sees the plain password: hashing, further changes of the same unit."""
    duplicate: Callable[[str], Exception] | None = None
    """The error for a unique field (or dotted path) whose value is taken."""
    before_update: Callable[[Caller, str], None] | None = None
    """Who may change the object with this id at all."""
    before_delete: Callable[[Caller, str], None] | None = None
    """Who may delete the object with this id at all."""
    deleting: Callable[[House, str], Awaitable[tuple[Sequence[Change], Sequence[Notice]]]] | None = None
    """What else goes with an object: further changes and notices for its unit."""
    told_after_save: tuple[str, ...] = ()
    """Fields that stand in the answer to every write whose class has an afterSave."""
    missing: Callable[[Caller], ParseError | None] | None = None
    """What a change or delete says in the place of code 101, to whom it says something else."""
    missing_on_delete: str | None = None
    """The text of code 101 when there is nothing to delete."""
    on_the_way_out: Callable[[House, Caller, dict[str, Any]], None] | None = None
    """What an answer must not show."""
    on_get: Callable[[Caller, dict[str, Any]], None] | None = None
    """What a read of one object by its id shows besides."""

    def in_its_words(self, caller: Caller) -> InItsWords:
        """Let code 101 be told as the class tells it, whoever raises it inside the block."""
        return InItsWords(self, caller)


class InItsWords:
    """The block of ``Behaviour.in_its_words``, without the cost of a generator."""

    __slots__ = ("_behaviour", "_caller")

    def __init__(self, behaviour: Behaviour, caller: Caller) -> None:
        self._behaviour = behaviour
        self._caller = caller

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        missing = self._behaviour.missing
        if missing is not None and isinstance(error, ParseError) and error.code == ObjectNotFound.code:
            other = missing(self._caller)
            if other is not None:
                raise other from error


ORDINARY = Behaviour()
