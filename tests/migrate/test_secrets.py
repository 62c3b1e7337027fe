"""Secrets in code never leave it: not in reports, differences, baselines or messages."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from parsonage.cli.check import command
from parsonage.migrate.code.secrets import is_secret, literals
from parsonage.migrate.code.source import parse

SECRET = "sk_live_9aB8cD7eF6gH5iJ4kL3m"
CODE = f"""
Parse.Cloud.define('pay', function (request, response) {{
  Stripe.initialize('{SECRET}'); response.success(Parse.User.current());
  // the old one: apiKey = '{SECRET}'
}});
"""


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    folder = tmp_path / "cloud"
    folder.mkdir()
    (folder / "main.js").write_text(CODE)
    (tmp_path / "index.json").write_text(f'{{"appId": "a", "userSensitiveFields": [], "masterKey": "{SECRET}"}}')
    return tmp_path


def output(*words: str | Path) -> str:
    return CliRunner().invoke(command, [str(word) for word in words]).output


@pytest.mark.parametrize("words", [["--format", "text"], ["--format", "json"], ["--diff"], ["--rule", "PC101"]])
def test_no_output_shows_a_secret(cloud: Path, words: list[str]) -> None:
    shown = output(cloud, *words)

    assert "main.js" in shown
    assert SECRET not in shown


def test_a_baseline_file_holds_no_secret(cloud: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "known.json"
    output(cloud, "--baseline", baseline, "--write-baseline")

    assert "PC612" in baseline.read_text()
    assert SECRET not in baseline.read_text()


def test_fixing_keeps_the_secret_in_the_file(cloud: Path) -> None:
    output(cloud, "--fix", "--force")

    assert SECRET in (cloud / "cloud" / "main.js").read_text()


PIECES = st.sampled_from(
    [SECRET, "sk_live_0123456789", "https://a:pass1234@b.io", "Bearer ", "-----BEGIN PRIVATE KEY-----"]
)
VALUES = st.lists(PIECES | st.text("abcXYZ019_+/=-:. '\\`$", max_size=24), max_size=3).map("".join)


@given(
    VALUES, st.sampled_from("'\"`"), st.sampled_from(["apiKey = {}", "x.set({}, 1)", "({{password:{}}})", "f(1+{}+g)"])
)
def test_no_secret_is_missed_by_looking_at_the_text_first(value: str, quote: str, around: str) -> None:
    file = parse(around.format(quote + value + quote).encode(), Path("main.js"), "main.js")
    every = file.captures("[(string) (template_string)] @it").get("it", [])

    assert list(literals(file)) == [literal for literal in every if is_secret(literal)]
