"""Commands on the app's configuration and on the server itself."""

from __future__ import annotations

from typing import Any

import msgspec


class GetConfig(msgspec.Struct, frozen=True):
    """Read the app's parameters."""


class SetConfig(msgspec.Struct, frozen=True):
    """Change the app's parameters; both parts are as sent: any JSON."""

    params: Any
    master_key_only: Any


class GetServerInfo(msgspec.Struct, frozen=True):
    """Read what this server can do, for the dashboard."""


class GetSecurityReport(msgspec.Struct, frozen=True):
    """Ask how safely the server is configured."""
