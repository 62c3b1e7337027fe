"""Every rule by example: what it finds, what its fix makes of it, and what it leaves alone.

A folder of ``rules`` has the code ``before``, the code ``after`` (by the safe fix, or by hand where there is none), and
code that looks alike and is ``left_alone``. Each is a script, or a folder for what takes more than one file.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from parsonage.migrate.code.check import Report, Wanted, check
from parsonage.migrate.code.finding import FixKind
from parsonage.migrate.code.fix import mend
from parsonage.migrate.code.pages import index, page
from parsonage.migrate.code.rule import Rule, all_rules

EXAMPLES = Path(__file__).with_name("rules")
PAGES = Path(__file__).parents[2] / "docs" / "reference" / "rules"
RULES = list(all_rules().values())
HEADS = ["What it finds:", "Why it matters:", "Instead:", "The fix:", "Source:"]


def names(rule: Rule) -> str:
    return rule.id


def asked(rule: Rule, example: str, folder: Path) -> Report:
    """What one rule says of one of its examples: the main file of a project, or a whole one."""
    main = folder / "cloud" / "main.js"
    main.parent.mkdir(exist_ok=True)
    whole = EXAMPLES / rule.slug / example
    if whole.is_dir():
        shutil.copytree(whole, folder, dirs_exist_ok=True)
    else:
        shutil.copy(whole.with_suffix(".js"), main)
    return check([folder], Wanted("parse.com", rules=frozenset({rule.id})))


def fixed(rule: Rule, folder: Path) -> str:
    """What the rule's safe fixes make of its example."""
    return mend(asked(rule, "before", folder)).changes[0].after.decode()


def expected(rule: Rule) -> str:
    """The code after the fix."""
    alone = EXAMPLES / rule.slug / "after.js"
    path = alone if alone.exists() else EXAMPLES / rule.slug / "after" / "cloud" / "main.js"
    return path.read_text(encoding="utf-8")


def has_safe_fix(rule: Rule, folder: Path) -> bool:
    findings = asked(rule, "before", folder).findings
    return any(finding.fix is not None and finding.fix.kind is FixKind.SAFE for finding in findings)


@pytest.mark.parametrize("rule", RULES, ids=names)
def test_a_rule_finds_what_it_is_for(rule: Rule, tmp_path: Path) -> None:
    assert {finding.rule for finding in asked(rule, "before", tmp_path).findings} == {rule.id}


@pytest.mark.parametrize("rule", RULES, ids=names)
def test_a_rule_leaves_alone_what_only_looks_alike(rule: Rule, tmp_path: Path) -> None:
    assert asked(rule, "left_alone", tmp_path).findings == ()


@pytest.mark.parametrize("rule", RULES, ids=names)
def test_a_rule_has_nothing_to_say_about_mended_code(rule: Rule, tmp_path: Path) -> None:
    assert asked(rule, "after", tmp_path).findings == ()


@pytest.mark.parametrize("rule", [rule for rule in RULES if "Safe" in rule.page], ids=names)
def test_a_safe_fix_makes_the_code_that_is_shown(rule: Rule, tmp_path: Path) -> None:
    assert fixed(rule, tmp_path) == expected(rule)


@pytest.mark.parametrize("rule", [rule for rule in RULES if "Safe" not in rule.page], ids=names)
def test_a_page_that_promises_no_safe_fix_has_none(rule: Rule, tmp_path: Path) -> None:
    assert not has_safe_fix(rule, tmp_path)


@pytest.mark.parametrize("rule", RULES, ids=names)
def test_a_rule_explains_itself_under_the_same_heads(rule: Rule) -> None:
    assert [head for head in HEADS if head not in rule.page] == []


@pytest.mark.parametrize("rule", RULES, ids=names)
def test_the_page_in_the_documentation_is_the_rules_own(rule: Rule) -> None:
    assert (PAGES / f"{rule.id}.md").read_text(encoding="utf-8") == page(rule)


def test_a_page_names_the_sources_that_its_reader_can_open_and_no_other() -> None:
    rule = all_rules()["PC101"]
    advised = msgspec.structs.replace(rule, page=rule.page.replace("PC101.", "PC101; the advisory GHSA-1."))

    assert "Source" not in page(rule)
    assert page(advised) == page(rule) + "\n## Source\n\nThe advisory GHSA-1.\n"


def test_the_table_of_rules_and_the_pages_are_those_of_the_catalogue() -> None:
    assert (PAGES / "README.md").read_text(encoding="utf-8") == index()
    assert {path.stem for path in PAGES.glob("*.md")} == {*all_rules(), "README"}


@pytest.mark.parametrize(
    ("rule", "code", "lines"),
    [
        # Names of other functions don't declare one, and what they set is not this one.
        ("PC615", "function k() { foo = 1; }\nfunction m() { return [1].map(function (foo) { return foo; }); }", [1]),
        ("PC407", "new Parse.Query('N').first({ success: function (n) { n.set('a', 1); } });", [1]),
        ("PC407", "new Parse.Query('N').first().then(function (n) { n.set('a', 1); o.set('n', n); });", [1]),
        ("PC407", "new Parse.Query('N').first().then(function (n) { o.set('n', n); n.get('a'); });", [1]),
        (
            "PC105",
            "Parse.Cloud.define('f', (q, r) => {\n n.save(null, { success: () => r.success(1) });\n r.success(2); });",
            [3],
        ),
        ("PC615", "function k() { f(function () { var p; p = 1; });\nf(function () { p = 2; }); }", [2]),
    ],
)
def test_a_rule_finds_what_has_no_safe_fix(rule: str, code: str, lines: list[int], tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text(code, encoding="utf-8")

    found = check([tmp_path], Wanted("parse.com", rules=frozenset({rule}))).findings

    assert [finding.place.line for finding in found] == lines


def test_a_response_that_is_looked_at_stays_a_parameter(tmp_path: Path) -> None:
    code = "Parse.Cloud.define('a', function (req, res) { if (res) log('b ' + res); res.success(1); });"
    (tmp_path / "main.js").write_text(code, encoding="utf-8")

    found = check([tmp_path], Wanted("parse.com", rules=frozenset({"PC101", "PC102"}))).findings

    assert [(finding.rule, finding.fix and finding.fix.kind) for finding in found] == [("PC101", FixKind.ASSISTED)]


def test_every_folder_of_examples_belongs_to_a_rule() -> None:
    assert {folder.name for folder in EXAMPLES.iterdir()} == {rule.slug for rule in RULES}
