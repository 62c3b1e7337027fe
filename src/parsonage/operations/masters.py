"""Which commands are for the master key alone, whatever they name."""

from __future__ import annotations

from parsonage.commands.aggregates import Aggregate
from parsonage.commands.audiences import OnAudiences
from parsonage.commands.cloud import CreateSchedule, DeleteSchedule, GetJobs, ListSchedules, StartJob, UpdateSchedule
from parsonage.commands.events import ReadLog
from parsonage.commands.files import DeleteFile
from parsonage.commands.hooks import CreateHook, DeleteHook, GetHook, ListHooks, UpdateHook
from parsonage.commands.push import SendPush
from parsonage.commands.schemas import CreateSchema, DeleteSchema, GetSchema, ListSchemas, Purge, UpdateSchema
from parsonage.commands.settings import GetSecurityReport, GetServerInfo, SetConfig

FOR_THE_MASTER_KEY = (
    *(Aggregate, OnAudiences, StartJob, ReadLog, DeleteFile),
    *(ListSchedules, GetJobs, CreateSchedule, UpdateSchedule, DeleteSchedule),
    *(ListHooks, GetHook, CreateHook, UpdateHook, DeleteHook),
    *(ListSchemas, GetSchema, CreateSchema, UpdateSchema, DeleteSchema, Purge),
    *(SetConfig, GetServerInfo, GetSecurityReport, SendPush),
)
