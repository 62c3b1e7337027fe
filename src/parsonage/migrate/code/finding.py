"""What a rule says: a place, a reason, and perhaps a fix. Values, made by rules and read by reports."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec

from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node, Place


class Severity(IntEnum):
    """How bad it is, in rising order (reference/migration-rules.md, head)."""

    INFO = 1
    WARN = 2
    RISKY = 3
    SECURITY = 4
    BREAKS = 5
    CRASH = 6

    @property
    def word(self) -> str:
        """The severity as reports and the command line write it."""
        return self.name.lower()


class FixKind(StrEnum):
    """Whether a fix keeps the meaning by itself, or needs somebody who says yes."""

    SAFE = "safe"
    ASSISTED = "assisted"


class Edit(msgspec.Struct, frozen=True, order=True):
    """Bytes ``start`` to ``end`` of a file's text become ``text``."""

    start: int
    end: int
    text: str

    @classmethod
    def replace(cls, node: Node, text: str) -> Edit:
        """Put a text in a node's place."""
        return cls(node.start_byte, node.end_byte, text)

    @classmethod
    def before(cls, node: Node, text: str) -> Edit:
        """Put a text before a node."""
        return cls(node.start_byte, node.start_byte, text)

    @classmethod
    def after(cls, node: Node, text: str) -> Edit:
        """Put a text after a node."""
        return cls(node.end_byte, node.end_byte, text)


class Fix(msgspec.Struct, frozen=True):
    """Edits of one file that belong together: all are applied, or none."""

    kind: FixKind
    edits: tuple[Edit, ...]

    @classmethod
    def safe(cls, *edits: Edit) -> Fix:
        """A fix that keeps the meaning."""
        return cls(FixKind.SAFE, edits)

    @classmethod
    def assisted(cls, *edits: Edit) -> Fix:
        """A fix that somebody has to agree to."""
        return cls(FixKind.ASSISTED, edits)


class Found(msgspec.Struct, frozen=True, eq=False):
    """What a rule hands over: the node at which it stumbled, why in one sentence, and perhaps a fix.

    ``module`` is the file in which the node stands when it is another one than the rule was asked about: the
    registration of a handler. The fix is always one of the file that the rule was asked about.

    ``lasts`` says that no safe fix, of whatever rule, takes this away: where it stands, somebody has to lay hands on.
    """

    node: Node
    message: str
    fix: Fix | None = None
    module: Module | None = None
    lasts: bool = False


class Finding(msgspec.Struct, frozen=True):
    """One finding, as reports show it."""

    rule: str
    file: str
    place: Place
    severity: Severity
    message: str
    fix: Fix | None = None
    legacy: bool = False
    fix_in: str = ""
    """The file that the fix edits."""
    outside: bool = False
    """It is about what stands around the code; the handler runs all the same."""
    lasts: bool = False
    """It is still found once all safe fixes are applied."""

    @property
    def is_grave(self) -> bool:
        """Whether a handler in which it stands doesn't run."""
        return self.severity >= Severity.BREAKS and not self.outside

    @property
    def order(self) -> tuple[str, Place, str]:
        """By file, place and rule: the order in which findings are listed."""
        return self.file, self.place, self.rule
