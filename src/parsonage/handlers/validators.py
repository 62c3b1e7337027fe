"""The built-in validators: declarative checks before a handler runs.

Order: log-in, master key, fields, roles, keys of the user. Every refusal is a ValidationError (142) with
the text that clients know.

Rules: reference/cloud-code.md, section 2; PB083, PB084.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any, TypeAlias

import msgspec

from parsonage.handlers.registry import Invocation, Kind
from parsonage.options.model import RateLimit
from parsonage.protocol.errors import ValidationError
from parsonage.protocol.javascript import javascript_text
from parsonage.protocol.objects import ParseObject

_LOG_IN = "Validation failed. Please login to continue."

Names: TypeAlias = Sequence[str] | Callable[[], Sequence[str]]


class FieldRule(msgspec.Struct, frozen=True):
    """What one parameter (or one field of a trigger's object, or of the user) must be."""

    type: type | None = None
    """``str``, ``int`` or ``float`` (a number), ``bool``, ``list`` or ``dict``."""
    constant: bool = False
    """For triggers: the field keeps its value on updates and gets its default on creates."""
    default: Any = None
    options: Any = None
    """A value, a list of them, or a function of the value whose falsy answer refuses it."""
    required: bool = True
    error: str | None = None
    """The text of the refusal, instead of the usual one."""


class Validation(msgspec.Struct, frozen=True):
    """What must be true of a call before its handler runs."""

    require_user: bool = False
    require_master: bool = False
    require_any_user_roles: Names = ()
    require_all_user_roles: Names = ()
    require_user_keys: Sequence[str] | Mapping[str, FieldRule] = ()
    fields: Sequence[str] | Mapping[str, FieldRule] = ()
    validate_master_key: bool = False
    """Ask all of this of the master key as well."""
    rate_limit: RateLimit | None = None
    """How often clients may ask for the handler; that is counted before it is called."""
    check: Callable[[Invocation], Any] | None = None
    """A function of one's own, plain or async; what it raises refuses the call, and so does ``False``."""

    @property
    def needs_roles(self) -> bool:
        """Whether the caller's roles must be known."""
        return bool(self.require_any_user_roles) or bool(self.require_all_user_roles)

    @property
    def is_nothing(self) -> bool:
        """Whether every call that was let through passes."""
        return msgspec.structs.replace(self, rate_limit=None) == Validation()

    @property
    def calls_code(self) -> bool:
        """Whether a function of the app's own has a say."""
        rules = [
            rule
            for named in (self.fields, self.require_user_keys)
            if isinstance(named, Mapping)
            for rule in named.values()
        ]
        named = (
            self.check,
            self.require_any_user_roles,
            self.require_all_user_roles,
            *(rule.options for rule in rules),
        )
        return any(callable(part) for part in named)

    def __call__(self, invocation: Invocation) -> Awaitable[None] | None:
        """Hold a call against the rules; to be awaited where ``check`` is. Raises ValidationError (142)."""
        if self.check is not None:
            verdict = self.check(invocation)
            if inspect.isawaitable(verdict):
                return self._once_known(verdict, invocation)
            if verdict is False:
                raise ValidationError
        self._hold(invocation)
        return None

    async def _once_known(self, verdict: Awaitable[Any], invocation: Invocation) -> None:
        if await verdict is False:
            raise ValidationError
        self._hold(invocation)

    def _hold(self, invocation: Invocation) -> None:
        caller = invocation.caller
        if caller.is_master and not self.validate_master_key:
            return
        user = _user_of(invocation)
        if self.require_user and user is None:
            raise ValidationError(_LOG_IN)
        if self.require_master and not caller.is_master:
            raise ValidationError("Validation failed. Master key is required to complete this request.")
        _check_fields(self.fields, _Given.of(invocation), "Validation failed. Please specify data for {key}.")
        self._check_roles(invocation, user)
        if self.require_user_keys:
            if user is None:
                raise ValidationError("Please login to make this request.")
            _check_fields(
                self.require_user_keys,
                _Given(dict(user)),
                "Validation failed. Please set data for {key} on your account.",
            )

    def _check_roles(self, invocation: Invocation, user: Mapping[str, Any] | None) -> None:
        anyone, everyone = _names(self.require_any_user_roles), _names(self.require_all_user_roles)
        if not (anyone or everyone):
            return
        if user is None:
            raise ValidationError(_LOG_IN)
        roles = invocation.caller.roles or frozenset()
        if anyone and roles.isdisjoint(anyone):
            raise ValidationError("Validation failed. User does not match the required roles.")
        if not roles.issuperset(everyone):
            raise ValidationError("Validation failed. User does not match all the required roles.")


def _names(given: Names) -> Sequence[str]:
    return given() if callable(given) else given


def _user_of(invocation: Invocation) -> Mapping[str, Any] | None:
    """The user that a call counts as: a ``_User`` that is being created is its own."""
    if invocation.caller.user is not None:
        return invocation.caller.user
    made = invocation.object
    if made is not None and made.class_name == "_User" and made.is_new and invocation.kind is Kind.BEFORE_SAVE:
        return made.to_json()
    return None


class _Given:
    """The values that are looked at, and where a default goes: a function's parameters or an object."""

    def __init__(self, values: MutableMapping[str, Any], seen: ParseObject | None = None) -> None:
        self._values = values
        self._object = seen

    @classmethod
    def of(cls, invocation: Invocation) -> _Given:
        if invocation.object is not None:
            return cls(invocation.object.fields(), invocation.object)
        invocation.params = values = dict(invocation.params)
        return cls(values)

    def get(self, key: str) -> Any:
        return self._values.get(key)

    def names(self, key: str) -> bool:
        """Whether the key is there at all, if only with null."""
        return key in self._values

    def default(self, key: str, value: Any) -> None:
        self._values[key] = value
        if self._object is not None:
            self._object[key] = value

    def keep_constant(self, key: str, default: Any) -> None:
        if self._object is None:
            return
        if self._object.is_new:
            self.default(key, default)
        else:
            self._object.revert(key)
            self._values[key] = self._object.get(key)


def _check_fields(rules: Sequence[str] | Mapping[str, FieldRule], given: _Given, missing: str) -> None:
    named = rules if isinstance(rules, Mapping) else dict.fromkeys(rules, FieldRule())
    for key, rule in named.items():
        if given.get(key) is None and rule.default is not None:
            given.default(key, copy.deepcopy(rule.default))  # the handler may change what it is given
        if rule.constant:
            given.keep_constant(key, copy.deepcopy(rule.default))
        value = given.get(key)
        if value is None:
            if rule.required:
                raise ValidationError(rule.error or missing.format(key=key))
            if not given.names(key):
                continue
        # A null that was sent is a map, as JavaScript has it.
        if rule.type is not None and not _is_of_type({} if value is None else value, rule.type):
            raise ValidationError(
                rule.error or f"Validation failed. Invalid type for {key}. Expected: {_TYPE_NAMES[rule.type]}"
            )
        if value is not None:
            _check_options(key, value, rule)


_TYPE_NAMES = {str: "string", int: "number", float: "number", bool: "boolean", list: "array", dict: "object"}


def _is_of_type(value: Any, wanted: type) -> bool:
    if wanted in (int, float):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, wanted)


def _check_options(key: str, value: Any, rule: FieldRule) -> None:
    if rule.options is None:
        return
    if callable(rule.options):
        try:
            result = rule.options(value)
        except Exception as error:
            raise ValidationError(rule.error or str(error) or "Validation failed.") from error
        if result is not None and not result:
            raise ValidationError(rule.error or f"Validation failed. Invalid value for {key}.")
        return
    allowed = rule.options if isinstance(rule.options, (list, tuple)) else [rule.options]
    if value not in allowed:
        shown = ", ".join("" if item is None else javascript_text(item) for item in allowed)
        raise ValidationError(rule.error or f"Validation failed. Invalid option for {key}. Expected: {shown}")
