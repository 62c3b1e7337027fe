"""PC501 job-schedule · A job that was scheduled in the dashboard

What it finds: every job.
Why it matters: schedules were never in the code; Parse Server, of whatever version, stores them and runs nothing.
Instead: Parsonage runs the schedules of Parse's dashboard (`_JobSchedule`) and those that Python jobs state; or cron
that posts to `/jobs/NAME` with the master key, or runs `parsonage job run NAME`.
The fix: none: only you know the times. The job itself runs as it is, so it counts as one that runs unchanged.
Source: reference/migration-rules.md, PC501.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import JOB, Handler
from parsonage.migrate.code.versions import NEWEST


@on_handlers(severity=Severity.BREAKS, until=NEWEST, legacy=False, outside=True)
def job_schedule(handler: Handler) -> Iterator[Found]:
    """Find jobs."""
    if handler.kind == JOB:
        other = handler.module if handler.module is not handler.home else None
        yield Found(handler.call, "nothing runs this job by itself: its schedule has to be set up anew", None, other)
