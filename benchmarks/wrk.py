"""The leanest load generator: ``wrk``, a program in C, if this machine has it.

For rates of several workers, where the generator's own time bounds what can be measured: wrk takes some 10 µs for a
request, Python at its barest 50. Like ``benchmarks.load`` this is a process of its own with a `Job` on standard input
and an `Outcome` on standard output.
"""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from benchmarks.load import NUMBER, PATIENCE, Job, Outcome

PROGRAM = "wrk"
HOW_TO_GET_IT = "apt-get install wrk"

_SCRIPT = """\
local requests, at, number = {{{requests}}}, 0, os.time() * 100000
function request()
  at = at % #requests + 1
  {numbered}
end
function done(summary, latency, requests)
  local lost = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  print(string.format(
    "answered %d in %d, refused %d, lost %d", summary.requests, summary.duration, summary.errors.status, lost
  ))
end
"""
_PLAIN = "return requests[at]"
_NUMBERED = f"""number = number + 1
  return (requests[at]:gsub("{NUMBER.decode()}", string.format("%0{len(NUMBER)}d", number)))"""
_DONE = re.compile(r"^answered (\d+) in (\d+), refused 0, lost 0$", re.MULTILINE)


def is_there() -> bool:
    """Whether this machine has the program."""
    return shutil.which(PROGRAM) is not None


def run(job: Job) -> Outcome:
    """Keep every connection busy for the job's time."""
    is_numbered = any(NUMBER in request for request in job.requests)
    requests = ",".join(map(_in_lua, job.requests))
    with tempfile.TemporaryDirectory(prefix="parsonage-wrk-") as folder:
        script = Path(folder) / "requests.lua"
        script.write_text(_SCRIPT.format(requests=requests, numbered=_NUMBERED if is_numbered else _PLAIN))
        command = [PROGRAM, "-t1", f"-c{job.connections}", f"-d{max(1, round(job.seconds))}s", "-s", str(script)]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{job.port}/"],
            capture_output=True,
            text=True,
            timeout=job.seconds + PATIENCE,
            check=False,
        )
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = _DONE.search(done.stdout)
    if found is None:
        return Outcome(0, job.seconds, done.stdout + done.stderr)
    return Outcome(int(found[1]), int(found[2]) / 1e6, processor=spent.ru_utime + spent.ru_stime)


def _in_lua(request: bytes) -> str:
    """Bytes as a Lua string: every byte by its number."""
    return '"' + "".join(f"\\{byte:03d}" for byte in request) + '"'


if __name__ == "__main__":
    told = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(run(told)))
