"""The one entry for every door: a command and who asks → the verb's answer."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

import msgspec

from parsonage.commands import Command
from parsonage.commands.aggregates import Aggregate
from parsonage.commands.audiences import OnAudiences
from parsonage.commands.batch import Batch
from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
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
from parsonage.commands.rest import Result
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
from parsonage.operations.accounts.challenge import challenge
from parsonage.operations.accounts.log_in import log_in, log_in_as, verify_password
from parsonage.operations.accounts.log_out import log_out
from parsonage.operations.accounts.mail import request_mail
from parsonage.operations.accounts.me import get_me, get_my_session, upgrade_session
from parsonage.operations.aggregate import aggregate
from parsonage.operations.audiences import on_audiences
from parsonage.operations.batch import batch
from parsonage.operations.call_function import call_function
from parsonage.operations.delete import delete
from parsonage.operations.events import track_event
from parsonage.operations.explain import explain_refusal
from parsonage.operations.file_verbs import delete_file, get_file_metadata, read_file, store_file
from parsonage.operations.find import find, get
from parsonage.operations.house import House
from parsonage.operations.idempotency import refuse_repeated
from parsonage.operations.jobs import start_job
from parsonage.operations.push import send_push
from parsonage.operations.save import save
from parsonage.operations.schedule_verbs import (
    create_schedule,
    delete_schedule,
    get_jobs,
    list_schedules,
    update_schedule,
)
from parsonage.operations.schema_verbs import (
    create_schema,
    delete_schema,
    get_schema,
    list_schemas,
    purge,
    update_schema,
)
from parsonage.operations.script_log import read_log
from parsonage.operations.security import get_security_report
from parsonage.operations.settings import get_config, get_server_info, set_config
from parsonage.operations.webhooks import create_hook, delete_hook, get_hook, list_hooks, load_webhooks, update_hook
from parsonage.protocol.credentials import Credentials
from parsonage.protocol.errors import InvalidSessionToken, ParseError

log = logging.getLogger("parsonage.requests")

_Verb = Callable[[House, Call, Caller, Any], Awaitable[Result]]

_VERBS: dict[type, _Verb] = {
    Get: get,
    Find: find,
    Create: save,
    Update: save,
    Delete: delete,
    Aggregate: aggregate,
    CallFunction: call_function,
    StartJob: start_job,
    OnAudiences: on_audiences,
    TrackEvent: track_event,
    ReadLog: read_log,
    ListSchedules: list_schedules,
    GetJobs: get_jobs,
    CreateSchedule: create_schedule,
    UpdateSchedule: update_schedule,
    DeleteSchedule: delete_schedule,
    LogIn: log_in,
    LogInAs: log_in_as,
    Challenge: challenge,
    LogOut: log_out,
    VerifyPassword: verify_password,
    GetMe: get_me,
    GetMySession: get_my_session,
    UpgradeSession: upgrade_session,
    SendPush: send_push,
    RequestPasswordReset: request_mail,
    RequestEmailVerification: request_mail,
    ListSchemas: list_schemas,
    GetSchema: get_schema,
    CreateSchema: create_schema,
    UpdateSchema: update_schema,
    DeleteSchema: delete_schema,
    Purge: purge,
    GetConfig: get_config,
    SetConfig: set_config,
    GetServerInfo: get_server_info,
    GetSecurityReport: get_security_report,
    ListHooks: list_hooks,
    GetHook: get_hook,
    CreateHook: create_hook,
    UpdateHook: update_hook,
    DeleteHook: delete_hook,
    StoreFile: store_file,
    FetchFile: read_file,
    GetFileMetadata: get_file_metadata,
    DeleteFile: delete_file,
}


async def admit(house: House, credentials: Credentials, command: Command | None) -> Caller:
    """Prove who asks. ``command`` is ``None`` for a request that could not be read: its refusal comes second.

    Raises Unauthorized (403) or InvalidSessionToken (209).
    """
    house.callers.look_around()
    if house.callers.webhooks_are_stale:
        await load_webhooks(house)
    if isinstance(command, GetMySession) and credentials.session_token is not None:
        # It looks at the session itself, and has its own words for one that is not there.
        bare = msgspec.structs.replace(credentials, session_token=None)
        caller = await house.callers.resolve(bare, house.clock())
        return msgspec.structs.replace(caller, session_token=credentials.session_token)
    if isinstance(command, UpgradeSession) and not (credentials.session_token or "r:").startswith("r:"):
        raise InvalidSessionToken("invalid legacy session token")
    # A log-in drops the token that is sent along, however stale it is.
    return await house.callers.resolve(credentials, house.clock(), ignore_session=isinstance(command, LogIn))


async def run(house: House, call: Call, caller: Caller, command: Command) -> Result:
    """Carry out one command. Raises ParseError; in development its explanation is known by then."""
    try:
        if isinstance(command, Batch):
            return await batch(house, call, caller, command, _run_one)
        if call.only_once is not None:
            await refuse_repeated(house, call.only_once)
        return await _VERBS[type(command)](house, call, caller, command)
    except ParseError as error:
        if house.options.development:
            await explain_refusal(house, caller, command, error)
        raise


async def _run_one(house: House, call: Call, caller: Caller, command: SingleCommand) -> Result:
    return await _VERBS[type(command)](house, call, caller, cast("Any", command))
