"""Python Cloud Code: functions, triggers and jobs of an app.

A module makes a ``Cloud`` and decorates its handlers with it; ``parsonage serve`` finds it there.
"""

from __future__ import annotations

from parsonage.cloud.app import Cloud
from parsonage.cloud.requests import (
    FileRequest,
    FindRequest,
    FunctionRequest,
    FunctionResponse,
    JobRequest,
    TriggerRequest,
)
from parsonage.handlers.validators import FieldRule
from parsonage.options.model import RateLimit

__all__ = [
    "Cloud",
    "FieldRule",
    "FileRequest",
    "FindRequest",
    "FunctionRequest",
    "FunctionResponse",
    "JobRequest",
    "RateLimit",
    "TriggerRequest",
]
