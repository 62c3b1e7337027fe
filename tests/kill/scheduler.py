"""A process that runs schedules on a test's clock: each line that it reads is a moment, and it looks what is due then.

Started as ``python -m tests.kill.scheduler FOLDER`` by ``test_schedules``.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec

from parsonage.operations.jobs import fail_lost_jobs
from parsonage.operations.schedules import run_due
from parsonage.options.load import load
from parsonage.server import close_house, open_house


async def main(folder: Path) -> None:
    """Answer each moment, in milliseconds since 1970 UTC, with a line once every job that was due has ended."""
    given = {
        "appId": "schedules",
        "masterKey": "the-master-key",
        "databaseURI": f"sqlite:{folder / 'shared.db'}",
        "cloud": str(folder / "main.py"),
        "silent": True,
    }
    opened = await open_house(load(None, {}, given, folder))
    moment = 0
    house = msgspec.structs.replace(opened, clock=lambda: moment)
    house.jobs.runs_schedules = True
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        moment = int(line)
        await fail_lost_jobs(house)
        while await run_due(house) == 0:
            pass
        await house.jobs.ended()
        print("done", flush=True)
    await close_house(opened)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
