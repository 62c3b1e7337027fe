"""The Python client: one API for apps over HTTP, for Cloud Code in process, and for tests."""

from __future__ import annotations

from parsonage.sdk.authority import MASTER, NOBODY, Authority
from parsonage.sdk.client import Client
from parsonage.sdk.conversation import BatchFailed, JobOutcome
from parsonage.sdk.object import RelatedObjects, RemoteObject
from parsonage.sdk.query import Query
from parsonage.sdk.reading import Counted
from parsonage.sdk.sync import SyncClient, SyncObject, SyncQuery
from parsonage.sdk.transport import Transport

__all__ = [
    "MASTER",
    "NOBODY",
    "Authority",
    "BatchFailed",
    "Client",
    "Counted",
    "JobOutcome",
    "Query",
    "RelatedObjects",
    "RemoteObject",
    "SyncClient",
    "SyncObject",
    "SyncQuery",
    "Transport",
]
