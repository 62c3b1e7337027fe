"""A command on push audiences: one on the class ``_Audience``, by a route of its own."""

from __future__ import annotations

import msgspec

from parsonage.commands.objects import Create, Delete, Find, Get, Update


class OnAudiences(msgspec.Struct, frozen=True):
    """What is to be done with audiences."""

    command: Find | Get | Create | Update | Delete
