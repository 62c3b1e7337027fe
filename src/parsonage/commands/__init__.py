"""Floor 1: what is to be done, and by whom. Every door turns its requests into these small values."""

from __future__ import annotations

from typing import TypeAlias

from parsonage.commands.aggregates import Aggregate
from parsonage.commands.audiences import OnAudiences
from parsonage.commands.batch import Batch
from parsonage.commands.cloud import (
    CallFunction,
    CreateSchedule,
    DeleteSchedule,
    GetJobs,
    ListSchedules,
    StartJob,
    UpdateSchedule,
)
from parsonage.commands.events import ReadLog, TrackEvent
from parsonage.commands.files import DeleteFile, FetchFile, GetFileMetadata, StoreFile
from parsonage.commands.hooks import CreateHook, DeleteHook, GetHook, ListHooks, UpdateHook
from parsonage.commands.objects import Create, Delete, Find, Get, Update
from parsonage.commands.push import SendPush
from parsonage.commands.schemas import (
    CreateSchema,
    DeleteSchema,
    GetSchema,
    ListSchemas,
    Purge,
    UpdateSchema,
)
from parsonage.commands.settings import GetConfig, GetSecurityReport, GetServerInfo, SetConfig
from parsonage.commands.single import SingleCommand
from parsonage.commands.users import (
    Challenge,
    GetMe,
    GetMySession,
    LogIn,
    LogInAs,
    LogOut,
    RequestEmailVerification,
    RequestPasswordReset,
    UpgradeSession,
    VerifyPassword,
)

FileCommand: TypeAlias = StoreFile | FetchFile | GetFileMetadata | DeleteFile
"""What carries more than JSON: no batch can hold it."""

Command: TypeAlias = SingleCommand | Batch | FileCommand

__all__ = [
    "Aggregate",
    "Batch",
    "CallFunction",
    "Challenge",
    "Command",
    "Create",
    "CreateHook",
    "CreateSchedule",
    "CreateSchema",
    "Delete",
    "DeleteFile",
    "DeleteHook",
    "DeleteSchedule",
    "DeleteSchema",
    "FetchFile",
    "FileCommand",
    "Find",
    "Get",
    "GetConfig",
    "GetFileMetadata",
    "GetHook",
    "GetJobs",
    "GetMe",
    "GetMySession",
    "GetSchema",
    "GetSecurityReport",
    "GetServerInfo",
    "ListHooks",
    "ListSchedules",
    "ListSchemas",
    "LogIn",
    "LogInAs",
    "LogOut",
    "OnAudiences",
    "Purge",
    "ReadLog",
    "RequestEmailVerification",
    "RequestPasswordReset",
    "SendPush",
    "SetConfig",
    "StartJob",
    "StoreFile",
    "TrackEvent",
    "Update",
    "UpdateHook",
    "UpdateSchedule",
    "UpdateSchema",
    "UpgradeSession",
    "VerifyPassword",
]
