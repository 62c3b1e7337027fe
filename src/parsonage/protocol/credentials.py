"""Credentials: who a request says it is, as presented and unproven.

Rules: reference/rest-core.md, section 3.
"""

from __future__ import annotations

import msgspec


class Credentials(msgspec.Struct, frozen=True):
    """Keys and tokens of one request. ``address`` is where it came from, after trusted proxies."""

    application_id: str | None = None
    master_key: str | None = None
    maintenance_key: str | None = None
    rest_api_key: str | None = None
    javascript_key: str | None = None
    client_key: str | None = None
    dot_net_key: str | None = None
    session_token: str | None = None
    installation_id: str | None = None
    key_in_header: bool = True
    """Whether the key stands in a header of its own; without an installation that is Cloud Code's, else nobody's."""
    address: str = ""
