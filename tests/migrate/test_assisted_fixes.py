"""Fixes that somebody has to agree to: what the code is once they are applied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from parsonage.migrate.code.check import Wanted, check
from parsonage.migrate.code.fix import changes
from parsonage.migrate.code.rule import all_rules

EXAMPLES = Path(__file__).with_name("rules")


def agreed(rule: str, folder: Path) -> str:
    """A rule's example with every fix that the rule offers, safe or not."""
    shutil.copy(EXAMPLES / all_rules()[rule].slug / "before.js", folder / "main.js")
    report = check([folder], Wanted("parse.com", rules=frozenset({rule})))
    (change,) = changes(report.sources(), report.findings)
    return change.after.decode()


@pytest.mark.parametrize("rule", ["PC117", "PC210", "PC212", "PC303", "PC402", "PC406", "PC418"])
def test_an_assisted_fix_makes_the_code_that_is_shown(rule: str, tmp_path: Path) -> None:
    after = EXAMPLES / all_rules()[rule].slug / "after.js"

    assert agreed(rule, tmp_path) == after.read_text(encoding="utf-8")


def test_a_limit_of_an_ordered_query_stays_for_findall_refuses_it(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text("new Parse.Query('Note').ascending('at').limit(1000).find();", encoding="utf-8")

    (finding,) = check([tmp_path], Wanted("parse.com", rules=frozenset({"PC402"}))).findings

    assert finding.fix is None


def test_arithmetic_with_a_field_is_given_a_default(tmp_path: Path) -> None:
    assert "note.set('edits', (note.get('edits') ?? 0) + 1);" in agreed("PC408", tmp_path)


def test_each_class_is_saved_with_the_master_key_where_it_is_first_saved(tmp_path: Path) -> None:
    assert "entry.save(null, { useMasterKey: true }).then(show, complain);" in agreed("PC312", tmp_path)


def test_old_options_for_facebook_become_options_of_the_provider(tmp_path: Path) -> None:
    assert "auth: { facebook: { enabled: true, appIds: ['1'] } }" in agreed("PC318", tmp_path)
