"""Which options ask for something that is not built, as the server refuses them and a checklist names them."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec

from parsonage.options.kinds import NotBuilt, WrongValue
from parsonage.options.names import OPTIONS, is_among, refused_name
from parsonage.options.option import Option


class Unbuilt(msgspec.Struct, frozen=True):
    """What is refused: the option, or its group, and what of it where the option as such is built."""

    name: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.what})" if self.what else self.name


def unbuilt(name: str, value: Any) -> Unbuilt | None:
    """What is refused of an option with a value; None where it is built, asks for nothing, or is merely wrong."""
    option = OPTIONS.get(name)
    if option is None or option.kind is None:
        return Unbuilt(refused_name(name)) if _asks(name, option, value) else None
    try:
        option.kind.read(value)
    except NotBuilt as what:
        return Unbuilt(name, str(what))
    except WrongValue:
        return None
    return None


def _asks(name: str, option: Option | None, value: Any) -> bool:
    """Whether the value of an option that is not built, or of one that the operator has named, asks for anything."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = json.loads(value)
    if option is not None:
        return option.asks(value)
    if is_among(name, ["auth.anonymous"]):
        # Anonymous users are built; they are switched on and off by enableAnonymousUsers.
        return value not in ({}, True, {"enabled": True})
    return value not in (None, False, {}, {"enabled": False})
