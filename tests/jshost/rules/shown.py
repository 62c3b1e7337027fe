"""Which rules a test shows to run as they are."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., object])


def runs(*rules: str) -> Callable[[Test], Test]:
    """Say of a test that it runs the old code of these rules, and that it gets what their pages promise."""

    def mark(test: Test) -> Test:
        vars(test)["rules"] = rules
        return test

    return mark


def rules_shown(module: ModuleType) -> set[str]:
    """The rules that the tests of a module name."""
    return {rule for test in vars(module).values() if callable(test) for rule in getattr(test, "rules", ())}
