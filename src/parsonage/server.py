"""Floor 6: one house from its options. The only place that knows every room; it loads those that are asked for."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import resource
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from parsonage.cloud.load import CloudCodeBroken, files_of, load_cloud
from parsonage.cloud.transport import InProcess
from parsonage.commands.caller import Caller
from parsonage.commands.rest import RestRequest
from parsonage.figures import Seat
from parsonage.files.interface import Files
from parsonage.handlers.counted import Count, CountedRunner
from parsonage.handlers.named import FunctionBroken, call_named, load_function
from parsonage.handlers.registry import Handler, Registry
from parsonage.handlers.run import HandlerRunner
from parsonage.handlers.webhook import Webhooks
from parsonage.jshost.node import STATE, NodeMissing, entry_of, find_node, find_sdk, is_javascript, source_files
from parsonage.logs import set_up_logs
from parsonage.operations.caller import Callers
from parsonage.operations.defined_schemas import DefinitionRefused, define_schemas
from parsonage.operations.explain import Explanation
from parsonage.operations.explained_request import UnknownCaller, Who, caller_of, explain_request
from parsonage.operations.house import Handlers, House
from parsonage.operations.idempotency import sweep_request_ids
from parsonage.operations.jobs import JobOutcome, look_after_jobs, run_job
from parsonage.operations.passwords import PasswordHasher
from parsonage.operations.refused import keep, refused_request
from parsonage.operations.running_jobs import RunningJobs
from parsonage.operations.schedules import NextRun, keep_schedules, upcoming_runs
from parsonage.operations.schemas import Schemas
from parsonage.operations.security import log_security_report
from parsonage.operations.sweep import sweep_for_ever
from parsonage.operations.webhooks import load_webhooks, tell_of_webhooks
from parsonage.options.model import Logs, Options
from parsonage.protocol.errors import ParseError
from parsonage.protocol.names import new_object_id
from parsonage.sdk import MASTER, Client
from parsonage.storage.interface import Storage, StorageUnavailable

log = logging.getLogger("parsonage.server")

JOBS_MAY_GO_ON_SECONDS = 10.0
LAST_REQUEST_SECONDS = 1.0
"""How long an idle connection stays open at the end: its client may be sending a request just now."""
RELOAD_LOOKS_EVERY_SECONDS = 0.5

NEW_OBJECTS_BEFORE_A_LOOK = 10_000
"""How many containers are made before Python's collector looks at them.

By its own number of 700 it looks many times at the parts of one batch, every one of which is in use.
"""


if TYPE_CHECKING:
    from parsonage.http.app import HeardRefusal
    from parsonage.http.metrics import Metrics


class StartFailed(Exception):
    """The server can't start, for a reason that its operator can mend; the text says it in one line."""


async def open_house(
    options: Options, *, may_end_process: bool = False, count: Count | None = None, only_looking: bool = False
) -> House:
    """Open the database and load the Cloud Code; ``count`` is told of every handler run. Raises StartFailed.

    With ``only_looking`` nothing is kept in order: no class is defined, no row is swept, no job is looked after.
    """
    if any(limit.redis_url for limit in options.rate_limits) and find_spec("redis") is None:
        raise StartFailed("rateLimit names a redisUrl, and there is no client for it: pip install 'parsonage[redis]'")
    try:
        is_good_password = load_function(options.passwords.callback) if options.passwords.callback else None
    except FunctionBroken as error:
        raise StartFailed(f"passwordPolicy.validatorCallback: {error}") from error
    try:
        heard_event = load_function(options.events.adapter) if options.events.adapter else None
    except FunctionBroken as error:
        raise StartFailed(f"analyticsAdapter: {error}") from error
    try:
        own_checks = load_function(options.security.groups) if options.security.groups else None
    except FunctionBroken as error:
        raise StartFailed(f"security.checkGroups: {error}") from error
    try:
        storage = _storage(options)
        files = _files(options, storage)
        await storage.open()
    except StorageUnavailable as error:
        raise StartFailed(str(error)) from error
    limit = options.cloud.handler_timeout
    if count is None:
        runner = HandlerRunner(limit=limit, may_end_process=may_end_process)
    else:
        runner = CountedRunner(count, limit=limit, may_end_process=may_end_process)
    schemas = Schemas(storage)
    size = options.schemas.object_id_size
    house = House(
        options=options,
        storage=storage,
        files=files,
        schemas=schemas,
        callers=Callers(options, storage, schemas),
        handlers=Handlers(runner, Webhooks(options.keys.webhook, limit)),
        passwords=PasswordHasher(),
        jobs=RunningJobs(),
        loop=asyncio.get_running_loop(),
        clock=_milliseconds,
        new_id=lambda: new_object_id(size),
        is_good_password=is_good_password,
        heard_event=heard_event,
        own_checks=own_checks,
    )
    runner.start()
    try:
        if options.defined.is_on and not only_looking:
            await _define_schemas(house)
        await _load_handlers(house)
        await load_webhooks(house)
    except (CloudCodeBroken, DefinitionRefused, FunctionBroken, StorageUnavailable) as error:
        await close_house(house)
        raise StartFailed(str(error)) from error
    if only_looking:
        return house
    tell_of_webhooks(house)
    house.jobs.looked_after_by(asyncio.ensure_future(look_after_jobs(house)))
    if options.idempotency.paths:
        house.jobs.looked_after_by(asyncio.ensure_future(sweep_request_ids(house)))
    house.jobs.looked_after_by(asyncio.ensure_future(sweep_for_ever(house)))
    return house


async def _define_schemas(house: House) -> None:
    """Bring the classes to what is defined, between the operator's own steps. Raises DefinitionRefused, FunctionBroken.

    A step of the operator's that fails keeps the server from starting.
    """
    rules = house.options.defined
    steps = [load_function(place) if place is not None else None for place in (rules.before, rules.after)]
    client = Client(InProcess(house), authority=MASTER)
    for number, step in enumerate(steps):
        if number:
            await define_schemas(house, rules)
        if step is not None:
            try:
                await call_named(step, client if inspect.iscoroutinefunction(step) else client.sync)
            except Exception as error:
                raise DefinitionRefused(f"{step.__name__}: {type(error).__name__}: {error}") from error


async def _load_handlers(house: House) -> None:
    """Python first, then JavaScript, which has the last word on a name. Raises CloudCodeBroken."""
    path = house.options.cloud.path
    entry = entry_of(path)
    registry = Registry() if is_javascript(path) else load_cloud(house, path)
    if entry is not None:
        await _host(house, entry, registry)
    house.handlers.put(registry)


async def _host(house: House, entry: Path, registry: Registry) -> None:
    """Start a host for JavaScript, or let the one that runs load its entry anew."""
    from parsonage.jshost.host import Host, HostFailed
    from parsonage.jshost.settings import HostSettings

    options = house.options
    try:
        host = house.handlers.javascript
        if isinstance(host, Host):
            await host.reload()
        else:
            settings = HostSettings(
                node=find_node(),
                entry=entry,
                sdk=find_sdk(entry).folder,
                memory=options.cloud.node_memory,
                packages=STATE.absolute(),
                app={
                    "appId": options.app.id,
                    "masterKey": options.keys.master,
                    "javascriptKey": options.keys.javascript,
                    "serverURL": options.network.url,
                },
            )
            host = Host(house, settings, options.network.batch_prefixes, lambda: _calls_for_legacy(options, entry))
            await host.start()
            house.handlers.javascript = host
    except (HostFailed, NodeMissing) as error:
        raise CloudCodeBroken(str(error)) from error
    known = len(registry.shadowed)
    host.register(registry)
    for shadowed in registry.shadowed[known:]:
        log.warning("%s is never called: JavaScript has its name", shadowed)


async def _calls_for_legacy(options: Options, entry: Path) -> bool:
    """Whether the code is to run in legacy mode: as the operator said, else as the checker's rules see it.

    In legacy mode what it does not bring back is named in the log.
    """
    if options.cloud.legacy is False:
        return False
    from parsonage.migrate.code.hosting import Judgement, judge

    try:
        judgement = await asyncio.to_thread(judge, entry.parent)
    except Exception:
        log.exception("whether the Cloud Code calls for legacy mode could not be found out")
        judgement = Judgement()
    if options.cloud.legacy is None:
        if judgement.sign is None:
            return False
        log.info("legacy mode is on, for %s; legacyCloudCode: false turns it off", judgement.sign)
    for place in judgement.reported:
        log.warning("legacy mode does not bring this back: %s", place)
    return True


def _tell_of_schedules(house: House) -> None:
    """Say of old jobs that their times were never in the code (PC501)."""
    if house.handlers.javascript is None or not house.handlers.javascript.is_legacy:
        return
    from parsonage.jshost.host import LANGUAGE

    jobs = sorted(handler.name for handler in house.handlers.registry.jobs.values() if handler.language == LANGUAGE)
    if jobs:
        named = ", ".join(jobs)
        log.info("schedules are no part of the code: set up those of %s; parsonage rules PC501 tells how", named)


async def close_house(house: House) -> None:
    """Let jobs end, finish writes and let go of everything."""
    await house.jobs.stop(JOBS_MAY_GO_ON_SECONDS)
    if house.handlers.javascript is not None:
        await house.handlers.javascript.stop()
    house.handlers.runner.stop()
    await house.handlers.calls.close()
    house.passwords.close()
    await house.storage.close()


def run_job_alone(options: Options, name: str, params: Mapping[str, Any]) -> JobOutcome:
    """Run one job to its end in this process, beside a server on the same database or without one.

    Raises StartFailed, also where there is no such job.
    """
    _set_up_logs(options.logs)
    return asyncio.run(_alone(options, name, params))


def _set_up_logs(logs: Logs) -> None:
    try:
        set_up_logs(logs)
    except OSError as error:
        raise StartFailed(f"logsFolder {logs.folder} can't be made: {error.strerror}") from error


async def _alone(options: Options, name: str, params: Mapping[str, Any]) -> JobOutcome:
    house = await open_house(options)
    try:
        if name not in house.handlers.registry.jobs:
            known = ", ".join(sorted(house.handlers.registry.jobs)) or "none"
            raise StartFailed(f"there is no job {name}; the jobs are: {known}")
        return await run_job(house, name, params)
    finally:
        await close_house(house)


class Explained(msgspec.Struct, frozen=True):
    """What ``parsonage explain`` tells: as whom the request was looked at, and an explanation for each command."""

    caller: Caller
    explanations: list[Explanation]


def explained(options: Options, request: RestRequest, who: Who) -> Explained:
    """What the rules of an app say to a request. Nothing is carried out. Raises StartFailed."""
    if not (options.database.is_postgresql or Path(options.database.location).exists()):
        raise StartFailed(f"there is no database {options.database.location}: nothing was served with these options")
    _set_up_logs(Logs(level="warn", as_json=options.logs.as_json, silent=options.logs.silent))
    # A session that is looked at is not used, so it must not be prolonged.
    sessions = msgspec.structs.replace(options.sessions, extend_on_use=False)
    return asyncio.run(_explained(msgspec.structs.replace(options, sessions=sessions), request, who))


async def _explained(options: Options, request: RestRequest, who: Who) -> Explained:
    house = await open_house(options, only_looking=True)
    try:
        caller = await house.callers.with_roles(await caller_of(house, who))
        return Explained(caller, await explain_request(house, caller, request))
    except (UnknownCaller, ParseError) as problem:
        raise StartFailed(str(problem)) from problem
    finally:
        await close_house(house)


def cloud_handlers(options: Options) -> tuple[list[Handler], list[Handler]]:
    """All handlers of the Cloud Code, and those that another has shadowed. Raises StartFailed."""

    async def handlers() -> tuple[list[Handler], list[Handler]]:
        house = await open_house(options)
        try:
            registry = house.handlers.registry
            known = [*registry.functions.values(), *registry.triggers.values(), *registry.jobs.values()]
            return known, [*registry.shadowed, *registry.covered()]
        finally:
            await close_house(house)

    return asyncio.run(handlers())


def job_names(options: Options) -> list[str]:
    """The names of all jobs of the Cloud Code. Raises StartFailed."""

    async def names() -> list[str]:
        house = await open_house(options)
        try:
            return sorted(house.handlers.registry.jobs)
        finally:
            await close_house(house)

    return asyncio.run(names())


def next_runs(options: Options) -> list[NextRun]:
    """The schedules of all jobs, each with its next moment, the earliest first. Raises StartFailed."""

    async def runs() -> list[NextRun]:
        house = await open_house(options)
        try:
            return await upcoming_runs(house)
        finally:
            await close_house(house)

    return asyncio.run(runs())


Report = Callable[[dict[str, object]], None]


def run_worker(options: Options, listening: socket.socket, seat: Seat, report_ready: Report) -> None:
    """Serve an app on a bound socket until SIGTERM, SIGINT or SIGHUP. Raises StartFailed before it is ready.

    ``report_ready`` is called once, with what the start line tells.
    """
    from parsonage.http.serve import run_loop

    _set_up_logs(options.logs)
    run_loop(_serve(options, listening, seat, report_ready))


async def _serve(options: Options, listening: socket.socket, seat: Seat, report_ready: Report) -> None:
    from parsonage.http.app import Application, Pages
    from parsonage.http.metrics import Meter, Metrics
    from parsonage.http.serve import Ending, serve

    began = time.monotonic()
    meter = Meter(seat) if options.metrics.on else None
    house = await open_house(options, may_end_process=True, count=meter.handler if meter is not None else None)
    metrics = Metrics(meter, house.storage, options) if meter is not None else None
    helpers: list[asyncio.Task[None]] = []
    try:
        pages = Pages(dict(options.public)) if options.public else None
        if options.development and options.cloud.path is not None:
            helpers.append(asyncio.ensure_future(_reload_on_change(house, options.cloud.path)))
        if options.cloud.run_schedules:
            house.jobs.looked_after_by(asyncio.ensure_future(keep_schedules(house)))
        await log_security_report(house)
        if seat.number == 0:
            _tell_of_schedules(house)
        if metrics is not None:
            helpers.append(asyncio.ensure_future(_take_over_figures(metrics)))

        async def started() -> None:
            gc.collect()
            gc.freeze()  # what is there now stays: the collector need not look at it again
            gc.set_threshold(NEW_OBJECTS_BEFORE_A_LOOK)
            report_ready(
                {
                    **house.handlers.registry.counts(),
                    "legacy": house.handlers.javascript is not None and house.handlers.javascript.is_legacy,
                    "storage": house.storage.description,
                    "milliseconds": round((time.monotonic() - began) * 1000),
                    "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                }
            )

        # In development nobody waits for clients that are only connected.
        ending = Ending(options.network.stop_delay, 0.0 if options.development else LAST_REQUEST_SECONDS)
        application = Application(house, pages, metrics, _keep_refusals(house) if options.development else None)
        try:
            await serve(application, listening, seat, ending, started)
        finally:
            await application.close()
    finally:
        for helper in helpers:
            helper.cancel()
        await close_house(house)


def _keep_refusals(house: House) -> HeardRefusal:
    def heard(request: RestRequest, caller: Caller | None, error: ParseError) -> None:
        keep(refused_request(house.clock(), request, caller, error))

    return heard


async def serve_open_house(
    house: House, listening: socket.socket, stopping: asyncio.Event, started: Callable[[], Awaitable[None]]
) -> None:
    """Answer for a house that is open already, on a bound socket, until the event is set; it stays open."""
    from parsonage.http.app import Application
    from parsonage.http.serve import serve_until

    application = Application(house)
    try:
        await serve_until(stopping, application, listening, started)
    finally:
        await application.close()


async def _take_over_figures(metrics: Metrics) -> None:
    """Let the other workers know what the storage of this one counts, every second."""
    while True:
        metrics.take_over()
        await asyncio.sleep(1.0)


async def _reload_on_change(house: House, path: str) -> None:
    """Load the Cloud Code again when a file of it changes; a broken one leaves the old in force."""
    seen = _stamp(path)
    while True:
        await asyncio.sleep(RELOAD_LOOKS_EVERY_SECONDS)
        now = _stamp(path)
        if now == seen:
            continue
        seen = now
        await reload_handlers(house)


async def reload_handlers(house: House) -> None:
    """Load the Cloud Code again; a broken one leaves the old in force, and says so in the log."""
    try:
        await _load_handlers(house)
    except CloudCodeBroken as error:
        javascript = house.handlers.javascript
        if javascript is None or javascript.runs:
            log.error("Cloud Code not reloaded, the last one that worked stays: %s", error)
        else:
            log.error("Cloud Code not reloaded, and no JavaScript process runs: %s", error)
    else:
        log.info("Cloud Code reloaded")


def _stamp(path: str) -> dict[Path, int]:
    stamps: dict[Path, int] = {}
    entry = entry_of(path)
    python = [] if is_javascript(path) else files_of(path)
    for file in [*python, *([] if entry is None else source_files(entry))]:
        try:
            stamps[file] = file.stat().st_mtime_ns
        except OSError:
            continue
    return stamps


def _storage(options: Options) -> Storage:
    """The engine that the options name. Raises StorageUnavailable."""
    if options.database.is_postgresql:
        from parsonage.storage.postgresql import PostgreSQLStorage

        database = options.database
        return PostgreSQLStorage(
            database.location, direct_uri=database.direct_location, statement_seconds=database.statement_timeout
        )
    from parsonage.storage.sqlite import SQLiteStorage

    return SQLiteStorage(options.database.location)


def _files(options: Options, storage: Storage) -> Files:
    """The place for files that the options name. Raises StartFailed."""
    kept = options.files
    place: Files
    if kept.in_database:
        from parsonage.files.database import DatabaseFiles

        place = DatabaseFiles(storage.blobs)
    else:
        from parsonage.files.local import LocalFiles

        place = LocalFiles(kept.folder)
    if kept.encryption_key is None:
        return place
    try:
        from parsonage.files.sealed import SealedFiles
    except ModuleNotFoundError as missing:
        raise StartFailed(f"encryptionKey needs {missing.name}: pip install 'parsonage[encryption]'") from None
    return SealedFiles(place, [kept.encryption_key, *kept.former_encryption_keys])


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000
