"""Batch: a list of commands in one request."""

from __future__ import annotations

import msgspec

from parsonage.commands.single import SingleCommand
from parsonage.protocol.errors import ParseError


class Batch(msgspec.Struct, frozen=True):
    """Commands that are carried out together; with ``transaction`` all of them or none.

    An item whose body could not be read stands as its error, in its place.
    """

    items: tuple[SingleCommand | ParseError, ...]
    transaction: bool = False
