"""A worker: a process that is the server, or one of several. The supervisor starts it, and the next when it ends.

::

    python -P -m parsonage.cli.worker LISTENING HANDOVER FIGURES SEAT REPORT LIFELINE

What these are stands in ``parsonage.cli.supervisor``.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import sys
import threading
import time

from parsonage.cli.handover import Handover
from parsonage.cli.start_lines import start_lines
from parsonage.figures import Seat
from parsonage.server import StartFailed, run_worker


def main(words: list[str]) -> int:
    """Serve until SIGTERM or SIGHUP comes or the supervisor is gone. The answer is the exit status."""
    listening, handover_file, figures, seat, report, lifeline = map(int, words)
    for descriptor in (listening, handover_file, figures, report, lifeline):
        # Processes that Cloud Code starts must hold none of them: they may outlive us.
        os.set_inheritable(descriptor, False)
    # Ctrl-C reaches every process of the terminal; the supervisor tells us in its own way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_supervisor, args=(lifeline,), name="lifeline", daemon=True).start()
    handover = Handover.from_file(handover_file)

    def report_ready(facts: dict[str, object]) -> None:
        seconds = time.monotonic() - handover.began
        _tell(report, "ready", start_lines(handover.options, facts, seconds=seconds, megabytes=_megabytes()))

    try:
        run_worker(handover.options, socket.socket(fileno=listening), Seat(figures, seat), report_ready)
    except StartFailed as problem:
        _tell(report, "failed", str(problem))
        return 1
    return 0


def _tell(report: int, outcome: str, text: str) -> None:
    # The supervisor no longer listens when it has been asked to stop meanwhile.
    with contextlib.suppress(BrokenPipeError), open(report, "w", encoding="utf-8") as pipe:
        pipe.write(f"{outcome}\n{text}")


def _end_with_supervisor(lifeline: int) -> None:
    """Ask ourselves to stop when the supervisor is gone: nobody else would, and the port would stay taken."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _megabytes() -> float:
    """Largest resident memory so far; Linux counts it in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
