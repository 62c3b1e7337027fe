"""House: everything that the verbs of one app work with. A frozen record; two houses are two values."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from parsonage.files.interface import Files
from parsonage.handlers.registry import EMPTY, Handler, Registry
from parsonage.handlers.run import HandlerRunner
from parsonage.handlers.webhook import Webhooks
from parsonage.operations.caller import Callers
from parsonage.operations.cut_finds import CutFinds
from parsonage.operations.passwords import PasswordHasher
from parsonage.operations.running_jobs import RunningJobs
from parsonage.operations.schemas import Schemas
from parsonage.options.model import Options
from parsonage.storage.interface import Storage


class ScriptHost(Protocol):
    """The host of JavaScript handlers, as far as the house knows it: it must be ended when the house is closed."""

    is_legacy: bool
    """Whether the code finds the world of hosted Parse again."""

    @property
    def site(self) -> str | None:
        """The socket on which the code serves pages of its own, if it does."""

    @property
    def runs(self) -> bool:
        """Whether there is a process to call."""

    async def stop(self) -> None:
        """End it."""


class Handlers:
    """The registry in force; a reload of Cloud Code puts another in its place, under the same webhooks."""

    __slots__ = ("calls", "javascript", "loading_webhooks", "registry", "runner", "webhooks")

    def __init__(self, runner: HandlerRunner, calls: Webhooks, registry: Registry = EMPTY) -> None:
        self.runner = runner
        self.calls = calls
        """What calls webhooks."""
        self.registry = registry
        self.webhooks: Sequence[Handler] = ()
        self.loading_webhooks = asyncio.Lock()
        """Held while they are read: what is put in force is never older than what was."""
        self.javascript: ScriptHost | None = None
        """The host of JavaScript handlers, if there are any: it ends with the house."""

    def put(self, registry: Registry) -> None:
        """Put a registry in force."""
        registry.cover_with(self.webhooks)
        self.registry = registry

    def cover_with(self, webhooks: Sequence[Handler]) -> None:
        """Put these webhooks, and no others, over the registry."""
        self.webhooks = webhooks
        self.registry.cover_with(webhooks)


class House(msgspec.Struct, frozen=True):
    """One app: its options, its database and what is kept in memory of it."""

    options: Options
    storage: Storage
    files: Files
    schemas: Schemas
    callers: Callers
    handlers: Handlers
    passwords: PasswordHasher
    jobs: RunningJobs
    loop: asyncio.AbstractEventLoop
    """The loop that the house lives on; handlers in threads hand their calls to it."""
    clock: Callable[[], int]
    """Milliseconds since 1970 UTC."""
    new_id: Callable[[], str]
    """A fresh object id."""
    is_good_password: Callable[[str], Any] | None = None
    """The operator's own check of new passwords."""
    heard_event: Callable[[str, dict[str, Any]], Any] | None = None
    """The operator's function for events of apps, given the name and the parameters."""
    own_checks: Callable[[], Any] | None = None
    """The operator's own groups of security checks."""
    cut_finds: CutFinds = msgspec.field(default_factory=CutFinds)
