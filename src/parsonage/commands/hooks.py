"""Commands on webhooks; all of them are for the master key. Declarations are as sent: any JSON."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec


class FunctionHook(msgspec.Struct, frozen=True):
    """Names the webhook of a Cloud function."""

    name: str


class TriggerHook(msgspec.Struct, frozen=True):
    """Names the webhook of a class's trigger."""

    class_name: str
    trigger: str


HookName: TypeAlias = FunctionHook | TriggerHook


class ListHooks(msgspec.Struct, frozen=True):
    """Read all webhooks of functions, or all of triggers."""

    of_triggers: bool


class GetHook(msgspec.Struct, frozen=True):
    """Read one webhook."""

    hook: HookName


class CreateHook(msgspec.Struct, frozen=True):
    """Declare a webhook."""

    declaration: Any


class UpdateHook(msgspec.Struct, frozen=True):
    """Give a webhook another URL."""

    hook: HookName
    url: Any


class DeleteHook(msgspec.Struct, frozen=True):
    """Take a webhook back."""

    hook: HookName
