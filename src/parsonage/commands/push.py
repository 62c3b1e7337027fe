"""Commands on push notifications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class SendPush(msgspec.Struct, frozen=True):
    """Ask for a push notification; ``push`` is the body as it was sent."""

    push: Mapping[str, Any]
