"""Commands on push notifications."""

from __future__ import annotations

import msgspec


class SendPush(msgspec.Struct, frozen=True):
    """Ask for a push notification."""
