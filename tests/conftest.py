"""What holds for all tests."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Start servers as a terminal would, also where the tests run in the background.

    There, and under nohup, these signals are ignored, which a server that is started inherits and heeds: it would not
    be restarted by SIGHUP. A signal that we handle is at its default in every process that we start.
    """
    for number in (signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda number, frame: None)
