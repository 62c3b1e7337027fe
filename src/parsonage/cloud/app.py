"""Cloud: the decorators with which a module registers its functions, triggers and jobs."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict, TypeVar, Unpack, overload

import msgspec

from parsonage.cloud.parameters import Signature
from parsonage.cloud.requests import (
    FileRequest,
    FindRequest,
    FunctionRequest,
    FunctionResponse,
    JobRequest,
    TriggerRequest,
)
from parsonage.commands.cloud import FunctionResult
from parsonage.handlers.files import FILE
from parsonage.handlers.limited_routes import check_rate_limit
from parsonage.handlers.registry import (
    CONFIG,
    JOBS,
    ON_FINDS,
    TRIGGERS,
    Handler,
    Invocation,
    Kind,
    Registry,
    check_trigger_class,
)
from parsonage.handlers.schedule import Schedule, declared
from parsonage.handlers.timetable import Cron
from parsonage.handlers.validators import FieldRule, Names, Validation
from parsonage.operations.house import House
from parsonage.options.model import RateLimit
from parsonage.protocol.errors import ScriptFailed
from parsonage.protocol.objects import ParseObject, encode_answer
from parsonage.protocol.values import Pointer
from parsonage.sdk.criteria import Criteria

F = TypeVar("F", bound=Callable[..., Any])
TriggerFunction: TypeAlias = Callable[[TriggerRequest], Any]
JobFunction: TypeAlias = Callable[[JobRequest], Any]
MissedRuns: TypeAlias = Literal["skip", "last", "all"]
KilledRuns: TypeAlias = Literal["fail", "repeat"]


class ValidatorOptions(TypedDict, total=False):
    """The built-in validators, as keyword arguments of every decorator but ``job``."""

    require_user: bool
    require_master: bool
    require_any_user_roles: Names
    require_all_user_roles: Names
    require_user_keys: Sequence[str] | Mapping[str, FieldRule]
    fields: Sequence[str] | Mapping[str, FieldRule]
    validate_master_key: bool
    rate_limit: RateLimit
    check: Callable[[Invocation], Any]


class Definition(msgspec.Struct, frozen=True):
    """One decorated function, before it is part of a house."""

    kind: Kind
    name: str
    function: Callable[..., Any]
    validation: Validation
    skips_master: bool = False
    schedule: Schedule | None = None


class Cloud:
    """The Cloud Code of one module.

    Handlers may be ``async def``, or plain ``def``: those run in a thread and may block.
    """

    def __init__(self) -> None:
        self.definitions: list[Definition] = []

    @overload
    def function(self, function: F, /) -> F: ...

    @overload
    def function(self, *, name: str | None = None, **validators: Unpack[ValidatorOptions]) -> Callable[[F], F]: ...

    def function(
        self,
        function: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        **validators: Unpack[ValidatorOptions],
    ) -> Any:
        """A Cloud function, called by its own name or by ``name``.

        Its parameters after the request are checked against their annotations; a missing or wrong one is
        answered with code 142. What it returns is the answer; nothing returned is an empty one.
        """

        def register(handler: F) -> F:
            self._add(Kind.FUNCTION, name or handler.__name__, handler, validators)
            return handler

        return register if function is None else register(function)

    @overload
    def job(self, function: F, /) -> F: ...

    @overload
    def job(
        self,
        *,
        name: str | None = None,
        schedule: str | None = None,
        timezone: str = "UTC",
        missed: MissedRuns = "skip",
        killed: KilledRuns = "fail",
        overlaps: bool = False,
    ) -> Callable[[F], F]: ...

    def job(
        self,
        function: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        schedule: str | None = None,
        timezone: str = "UTC",
        missed: MissedRuns = "skip",
        killed: KilledRuns = "fail",
        overlaps: bool = False,
    ) -> Any:
        """A background job, started by ``POST /jobs/NAME``, ``parsonage job run NAME``, and when it is due.

        The text that it returns is its last message; what it raises makes it fail.

        ``schedule`` is a cron expression in ``timezone``: each run is made by one process of all that share the
        database. ``missed`` says what becomes of runs that were due while no server ran, ``killed`` what becomes of
        one whose process died, ``overlaps`` whether one may begin while another goes on.
        """

        def register(handler: F) -> F:
            job = name or handler.__name__
            due = None
            if schedule is not None:
                due = declared(job, Cron(schedule, timezone), missed=missed, killed=killed, overlaps=overlaps)
            self.definitions.append(Definition(Kind.JOB, job, handler, Validation(), schedule=due))
            return handler

        return register if function is None else register(function)

    def job_failed(self, handler: F, /) -> F:
        """Runs when a job has failed; ``request.object`` is its ``_JobStatus``. What it raises is only logged."""
        return self._trigger(Kind.JOB_FAILED, JOBS, False, {})(handler)

    def before_save(
        self, class_name: str, *, skip_with_master_key: bool = False, **validators: Unpack[ValidatorOptions]
    ) -> Callable[[F], F]:
        """Runs before an object is stored; changes ``request.object``, or raises to refuse."""
        return self._trigger(Kind.BEFORE_SAVE, class_name, skip_with_master_key, validators)

    def after_save(
        self, class_name: str, *, skip_with_master_key: bool = False, **validators: Unpack[ValidatorOptions]
    ) -> Callable[[F], F]:
        """Runs once an object is stored; what it raises is only logged."""
        return self._trigger(Kind.AFTER_SAVE, class_name, skip_with_master_key, validators)

    def before_delete(
        self, class_name: str, *, skip_with_master_key: bool = False, **validators: Unpack[ValidatorOptions]
    ) -> Callable[[F], F]:
        """Runs before an object is removed; raises to refuse."""
        return self._trigger(Kind.BEFORE_DELETE, class_name, skip_with_master_key, validators)

    def after_delete(
        self, class_name: str, *, skip_with_master_key: bool = False, **validators: Unpack[ValidatorOptions]
    ) -> Callable[[F], F]:
        """Runs once an object is removed; what it raises reaches the client, as on Parse Server."""
        return self._trigger(Kind.AFTER_DELETE, class_name, skip_with_master_key, validators)

    def before_find(
        self, class_name: str, *, skip_with_master_key: bool = False, **validators: Unpack[ValidatorOptions]
    ) -> Callable[[F], F]:
        """Runs before objects are read; changes ``request.query``, gives the objects itself, or raises to refuse."""
        return self._trigger(Kind.BEFORE_FIND, class_name, skip_with_master_key, validators)

    def after_find(
        self, class_name: str, *, skip_with_master_key: bool = False, **validators: Unpack[ValidatorOptions]
    ) -> Callable[[F], F]:
        """Runs once objects are read; the list that it returns is what the reader gets."""
        return self._trigger(Kind.AFTER_FIND, class_name, skip_with_master_key, validators)

    def before_login(self, handler: F, /) -> F:
        """Runs once a password or sign-in data is proved, before the session; raises to refuse."""
        return self._trigger(Kind.BEFORE_LOGIN, "_User", False, {})(handler)

    def after_login(self, handler: F, /) -> F:
        """Runs once a session has begun; what it raises reaches the client, as on Parse Server."""
        return self._trigger(Kind.AFTER_LOGIN, "_User", False, {})(handler)

    def after_logout(self, handler: F, /) -> F:
        """Runs once a session was ended by its user; ``request.object`` is the session."""
        return self._trigger(Kind.AFTER_LOGOUT, "_Session", False, {})(handler)

    def before_save_file(self, handler: F, /) -> F:
        """Runs before a file is stored; changes ``request.file``, or raises to refuse.

        One that returns a ``File`` with a URL has that answered, and nothing is stored.
        """
        return self._trigger(Kind.BEFORE_SAVE, FILE, False, {})(handler)

    def after_save_file(self, handler: F, /) -> F:
        """Runs once a file is stored; what it raises reaches the client, as on Parse Server."""
        return self._trigger(Kind.AFTER_SAVE, FILE, False, {})(handler)

    def before_delete_file(self, handler: F, /) -> F:
        """Runs before a file is removed; raises to refuse."""
        return self._trigger(Kind.BEFORE_DELETE, FILE, False, {})(handler)

    def after_delete_file(self, handler: F, /) -> F:
        """Runs once a file is removed; what it raises reaches the client, as on Parse Server."""
        return self._trigger(Kind.AFTER_DELETE, FILE, False, {})(handler)

    def before_find_file(self, handler: F, /) -> F:
        """Runs before a file, or its metadata, is read; raises to refuse.

        One that returns a ``File``, or changes the name of ``request.file``, has that one served.
        """
        return self._trigger(Kind.BEFORE_FIND, FILE, False, {})(handler)

    def after_find_file(self, handler: F, /) -> F:
        """Runs once a file, or its metadata, is read; may change content and headers, or raise to refuse."""
        return self._trigger(Kind.AFTER_FIND, FILE, False, {})(handler)

    def before_save_config(self, handler: F, /) -> F:
        """Runs before the app's configuration is changed; raises to refuse."""
        return self._trigger(Kind.BEFORE_SAVE, CONFIG, False, {})(handler)

    def after_save_config(self, handler: F, /) -> F:
        """Runs once the app's configuration is changed; what it raises reaches the client, as on Parse Server."""
        return self._trigger(Kind.AFTER_SAVE, CONFIG, False, {})(handler)

    def _trigger(
        self, kind: Kind, class_name: str, skips_master: bool, validators: ValidatorOptions
    ) -> Callable[[F], F]:
        check_trigger_class(kind, class_name)

        def register(handler: F) -> F:
            self._add(kind, class_name, handler, validators, skips_master=skips_master)
            return handler

        return register

    def _add(
        self,
        kind: Kind,
        name: str,
        function: Callable[..., Any],
        validators: ValidatorOptions,
        *,
        skips_master: bool = False,
    ) -> None:
        if kind is Kind.FUNCTION:
            Signature(function)  # a signature that can't work is told where it stands, when the file is loaded
        if "rate_limit" in validators:
            check_rate_limit(kind, name, validators["rate_limit"])
        self.definitions.append(Definition(kind, name, function, Validation(**validators), skips_master))

    def register(self, registry: Registry, house: House) -> None:
        """Put every definition into a registry, bound to a house."""
        for definition in self.definitions:
            registry.add(_handler(definition, house))


def _handler(definition: Definition, house: House) -> Handler:
    function = definition.function
    code = inspect.unwrap(function).__code__
    return Handler(
        kind=definition.kind,
        name=definition.name,
        run=_runner(definition, house),
        in_thread=not inspect.iscoroutinefunction(function),
        file=code.co_filename,
        line=code.co_firstlineno,
        validate=None if definition.validation.is_nothing else definition.validation,
        skips_master=definition.skips_master,
        needs_roles=definition.validation.needs_roles,
        rate_limit=definition.validation.rate_limit,
        schedule=definition.schedule,
        check_parameters=_parameter_check(function) if definition.kind is Kind.FUNCTION else None,
    )


def _parameter_check(function: Callable[..., Any]) -> Callable[[Mapping[str, Any]], None]:
    signature = Signature(function)

    def check(params: Mapping[str, Any]) -> None:
        signature.arguments(params, lambda pointer: ParseObject(pointer.class_name, pointer.object_id))

    return check


def _runner(definition: Definition, house: House) -> Callable[[Invocation], Any]:
    function = definition.function
    if definition.kind is Kind.JOB:
        return lambda invocation: function(JobRequest(house, invocation))
    if definition.kind in TRIGGERS and definition.name == FILE:
        return lambda invocation: function(FileRequest(house, invocation))
    if definition.kind in ON_FINDS:
        return _find_runner(function, house)
    if definition.kind is not Kind.FUNCTION:
        return lambda invocation: function(TriggerRequest(house, invocation))
    signature = Signature(function)
    if not signature.parameters and not signature.takes_all and signature.response is None:
        return lambda invocation: function(FunctionRequest(house, invocation))

    def run(invocation: Invocation) -> Any:
        request = FunctionRequest(house, invocation)

        def bind(pointer: Pointer) -> ParseObject:
            return request.user_client.object(pointer.class_name, pointer.object_id)

        arguments = signature.arguments(invocation.params, bind)
        if signature.response is None:
            return function(request, **arguments)
        response = FunctionResponse()
        arguments[signature.response] = response
        return _with_response(function(request, **arguments), response)

    return run


def _find_runner(function: Callable[..., Any], house: House) -> Callable[[Invocation], Any]:
    def run(invocation: Invocation) -> Any:
        request = FindRequest(house, invocation)
        returned = function(request)
        if inspect.iscoroutine(returned):
            return _awaited_find(returned, request, invocation)
        return _left_by_find(returned, request, invocation)

    return run


async def _awaited_find(
    returned: Awaitable[Any], request: FindRequest, invocation: Invocation
) -> list[ParseObject] | None:
    return _left_by_find(await returned, request, invocation)


def _left_by_find(returned: Any, request: FindRequest, invocation: Invocation) -> list[ParseObject] | None:
    """What a trigger of a read returned or left in its request, as a handler of its kind answers."""
    if invocation.kind is Kind.AFTER_FIND:
        return request.objects if returned is None else _objects(returned)
    if returned is None or isinstance(returned, Criteria):
        invocation.find = (returned or request.query).asked
        return None
    return _objects(returned)


def _objects(given: Any) -> list[ParseObject]:
    objects = list(given) if isinstance(given, (list, tuple)) else [given]
    for item in objects:
        if not isinstance(item, ParseObject):
            raise ScriptFailed(f"a trigger of a find answers with objects, not with {type(item).__name__}")
    return objects


def _with_response(result: Any, response: FunctionResponse) -> Any:
    if inspect.iscoroutine(result):
        return _awaited(result, response)
    return _answer(result, response)


async def _awaited(result: Awaitable[Any], response: FunctionResponse) -> FunctionResult:
    return _answer(await result, response)


def _answer(value: Any, response: FunctionResponse) -> FunctionResult:
    headers = {name: str(text) for name, text in response.headers.items()}
    return FunctionResult(encode_answer(value), has_value=value is not None, status=response.status, headers=headers)
