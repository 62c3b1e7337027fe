"""Where a request comes from: the peer's address, or what trusted proxies say.

Rules: reference/rest-core.md, section 8.3.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from parsonage.http.asgi import Scope

_NAMED = {
    "loopback": ("127.0.0.0/8", "::1/128"),
    "linklocal": ("169.254.0.0/16", "fe80::/10"),
    "uniquelocal": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
}


def client_address(scope: Scope, forwarded_for: str | None, trust: bool | int | tuple[str, ...]) -> str:
    """The address of the client. ``X-Forwarded-For`` counts as far as its proxies are trusted."""
    client: Any = scope.get("client")
    peer: str = client[0] if client else ""
    if trust is False or not forwarded_for:
        return peer
    hops = [peer, *reversed([part.strip() for part in forwarded_for.split(",")])]
    if trust is True:
        return hops[-1]
    if isinstance(trust, int):
        return hops[min(trust, len(hops) - 1)]
    for hop in hops:
        if not _is_trusted(hop, trust):
            return hop
    return hops[-1]


@lru_cache(maxsize=4096)
def _is_trusted(address: str, trusted: tuple[str, ...]) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    # A server that listens on both families sees the addresses of one inside those of the other.
    ip = getattr(ip, "ipv4_mapped", None) or ip
    networks = (network for name in trusted for network in _NAMED.get(name, (name,)))
    return any(ip in ip_network(network, strict=False) for network in networks)
