"""Every command but a batch: what a batch may hold."""

from __future__ import annotations

from typing import TypeAlias

from parsonage.commands.aggregates import Aggregate
from parsonage.commands.audiences import OnAudiences
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

SingleCommand: TypeAlias = (
    Get
    | Find
    | Create
    | Update
    | Delete
    | Aggregate
    | CallFunction
    | StartJob
    | OnAudiences
    | TrackEvent
    | ReadLog
    | ListSchedules
    | GetJobs
    | CreateSchedule
    | UpdateSchedule
    | DeleteSchedule
    | LogIn
    | Challenge
    | LogInAs
    | LogOut
    | VerifyPassword
    | GetMe
    | GetMySession
    | UpgradeSession
    | SendPush
    | RequestPasswordReset
    | RequestEmailVerification
    | ListSchemas
    | GetSchema
    | CreateSchema
    | UpdateSchema
    | DeleteSchema
    | Purge
    | GetConfig
    | SetConfig
    | GetServerInfo
    | GetSecurityReport
    | ListHooks
    | GetHook
    | CreateHook
    | UpdateHook
    | DeleteHook
)
