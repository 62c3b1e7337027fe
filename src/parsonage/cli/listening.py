"""The listening socket: opened once by the supervisor's starter, shared by one worker after the other.

While a worker is being replaced, connections wait in this socket's queue instead of being refused.
"""

from __future__ import annotations

import errno
import socket

QUEUE = 2048
"""Connections that may wait; the system may have a lower limit of its own."""


class CannotListen(Exception):
    """The address can't be listened on; the text says why and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on an address. Raises CannotListen."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError:
        raise CannotListen(_no_such_host(host)) from None
    opened = socket.socket(family, kind, protocol)
    try:
        # The port of a server that has just ended is free for the next one at once.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(QUEUE)
    except OSError as error:
        opened.close()
        raise CannotListen(_reason(error, host, port)) from None
    return opened


def _reason(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port} on {host} is taken by another program; choose another one with --port"
        case errno.EACCES | errno.EPERM:
            return f"port {port} is for programs with special rights; choose another one with --port"
        case errno.EADDRNOTAVAIL:
            return _no_such_host(host)
    return f"{host} port {port} can't be listened on: {(error.strerror or str(error)).lower()}"


def _no_such_host(host: str) -> str:
    return f'this machine has no address "{host}" to listen on; choose one with --host'
