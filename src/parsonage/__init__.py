"""Parsonage: a Parse-compatible backend in Python.

The names here are the public ones; each is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from parsonage.version import __version__

if TYPE_CHECKING:
    from parsonage.cloud import (
        Cloud,
        FieldRule,
        FileRequest,
        FindRequest,
        FunctionRequest,
        FunctionResponse,
        JobRequest,
        RateLimit,
        TriggerRequest,
    )
    from parsonage.protocol.acl import ACL
    from parsonage.protocol.errors import ErrorCode, ParseError
    from parsonage.protocol.objects import ParseObject
    from parsonage.protocol.values import File, GeoPoint, Pointer, Polygon, Relation
    from parsonage.sdk.client import Client

__all__ = [
    "ACL",
    "Client",
    "Cloud",
    "ErrorCode",
    "FieldRule",
    "File",
    "FileRequest",
    "FindRequest",
    "FunctionRequest",
    "FunctionResponse",
    "GeoPoint",
    "JobRequest",
    "ParseError",
    "ParseObject",
    "Pointer",
    "Polygon",
    "RateLimit",
    "Relation",
    "TriggerRequest",
    "__version__",
]

_HOMES = {
    "ACL": "parsonage.protocol.acl",
    "Client": "parsonage.sdk.client",
    "Cloud": "parsonage.cloud",
    "ErrorCode": "parsonage.protocol.errors",
    "FieldRule": "parsonage.cloud",
    "File": "parsonage.protocol.values",
    "FileRequest": "parsonage.cloud",
    "FindRequest": "parsonage.cloud",
    "FunctionRequest": "parsonage.cloud",
    "FunctionResponse": "parsonage.cloud",
    "GeoPoint": "parsonage.protocol.values",
    "JobRequest": "parsonage.cloud",
    "ParseError": "parsonage.protocol.errors",
    "ParseObject": "parsonage.protocol.objects",
    "Pointer": "parsonage.protocol.values",
    "Polygon": "parsonage.protocol.values",
    "RateLimit": "parsonage.cloud",
    "Relation": "parsonage.protocol.values",
    "TriggerRequest": "parsonage.cloud",
}


def __getattr__(name: str) -> Any:
    # `parsonage --help` and the supervisor must not pay for the rooms that these names live in.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'parsonage' has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
