"""Option: one row of the tables of options."""

from __future__ import annotations

from enum import Enum
from typing import Any

import msgspec

from parsonage.options.kinds import Kind


class Standing(Enum):
    """What becomes of an option that somebody sets."""

    BUILT = "built"
    """It does what it says."""
    NOT_BUILT = "not built"
    """Parse Server has it, Parsonage has not."""
    JAVASCRIPT_ONLY = "JavaScript only"
    """Its value is an object or a function of JavaScript, or a matter of Node's web framework."""


class Option(msgspec.Struct, frozen=True):
    """One option, by the name that it has in a configuration file.

    A name with dots stands inside a group: ``requestComplexity.includeDepth``. ``default`` is written as in a
    file, ``None`` where nothing is set. ``field`` says where the value goes in ``Options``: ``network.port``. What
    is not built, and a group as such, has neither kind nor field.
    """

    name: str
    variable: str
    default: Any = None
    standing: Standing = Standing.BUILT
    kind: Kind | None = None
    field: str = ""
    meaning: str = ""
    in_list: bool = False
    """It stands in each object of the list that its group is, and nowhere else."""

    @property
    def group(self) -> str:
        """The name of the outermost group, or the option's own name if it stands in none."""
        return self.name.partition(".")[0]

    def asks(self, value: Any) -> bool:
        """Whether a value of an option that is not built asks for anything.

        What is off, empty or the default of Parse Server anyway asks for nothing.
        """
        return value not in (None, False, "", [], {}, self.default)
