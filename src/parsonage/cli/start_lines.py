"""What is printed when the server is ready."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from parsonage.options.model import Options
from parsonage.version import __version__

_HANDLERS = {"functions": "function", "triggers": "trigger", "jobs": "job"}


def start_lines(options: Options, report: Mapping[str, object], *, seconds: float, megabytes: float) -> str:
    """The lines for a server that has just become ready, each with its line end; none if it is to be silent.

    ``report`` is what the server tells of itself: ``storage`` in words, how many ``functions``, ``triggers`` and
    ``jobs`` the Cloud Code has, and whether it runs in ``legacy`` mode. ``seconds`` have passed since the command;
    ``megabytes`` is the memory of one worker.
    """
    if options.logs.silent:
        return ""
    facts = [
        f"Parsonage {__version__}",
        f"app {options.app.name}",
        _from_here(str(report["storage"])),
        _cloud_code(options, report),
        f"without {', '.join(options.without)}" if options.without else "",
        f"{options.network.workers} workers" if options.network.workers > 1 else "",
        f"ready in {seconds:.1f} s",
        f"{megabytes:.0f} MB",
    ]
    lines = [" · ".join(fact for fact in facts if fact), f"REST      {options.network.url}"]
    site = options.network.url.removesuffix(options.network.mount_path)
    # A folder without an index page answers 404 at its own path: nothing to open there.
    opened = [path for path, folder in sorted(options.public.items()) if Path(folder, "index.html").is_file()]
    lines += [f"Pages     {site}{path}" for path in opened]
    return "".join(f"  {line}\n" for line in lines)


def _cloud_code(options: Options, report: Mapping[str, object]) -> str:
    if options.cloud.path is None:
        return "no Cloud Code"
    counts = [f"{report[many]} {one if report[many] == 1 else many}" for many, one in _HANDLERS.items()]
    path = Path(options.cloud.path)
    mode = " in legacy mode" if report.get("legacy") else ""
    return f"Cloud Code {_from_here(str(path))}{'/' if path.is_dir() else ''}{mode} ({', '.join(counts)})"


def _from_here(text: str) -> str:
    """The text with absolute paths below the current folder made relative."""
    return text.replace(f"{Path.cwd()}/", "./")
