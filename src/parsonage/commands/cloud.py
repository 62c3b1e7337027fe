"""Commands on Cloud Code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class CallFunction(msgspec.Struct, frozen=True):
    """Call a Cloud function. ``params`` are JSON as it was sent: each language decodes it in its own way."""

    name: str
    params: Mapping[str, Any] = {}


class StartJob(msgspec.Struct, frozen=True):
    """Start a job in the background."""

    name: str
    params: Mapping[str, Any] = {}


class ListSchedules(msgspec.Struct, frozen=True):
    """List the schedules that were made by command."""


class GetJobs(msgspec.Struct, frozen=True):
    """List the names of the jobs, and of those that have a schedule."""


class CreateSchedule(msgspec.Struct, frozen=True):
    """Make a schedule; the body is as it was sent."""

    body: Any


class UpdateSchedule(msgspec.Struct, frozen=True):
    """Change a schedule; the body is as it was sent."""

    object_id: str
    body: Any


class DeleteSchedule(msgspec.Struct, frozen=True):
    """Remove a schedule."""

    object_id: str


class FunctionResult(msgspec.Struct, frozen=True):
    """What a function returned, as JSON; ``has_value`` is false where it returned nothing."""

    value: Any = None
    has_value: bool = True
    status: int = 200
    headers: Mapping[str, str] = {}
