"""Every rule whose old code legacy mode runs is shown to run."""

from __future__ import annotations

from parsonage.migrate.code.rule import all_rules
from tests.jshost.rules import (
    test_callers,
    test_handlers,
    test_promises,
    test_queries,
    test_services,
    test_surroundings,
)
from tests.jshost.rules.shown import rules_shown


def test_every_rule_that_runs_in_legacy_mode_is_shown_to_run() -> None:
    modules = (test_handlers, test_promises, test_callers, test_queries, test_services, test_surroundings)
    shown = set().union(*(rules_shown(module) for module in modules))
    promised = {rule.id for rule in all_rules().values() if rule.legacy}

    assert shown == promised
