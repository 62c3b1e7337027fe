"""How the old server is configured is read from code, JSON and the files of the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsonage.migrate.code.check import Report, Wanted, check
from parsonage.migrate.settings.model import Configuration, Settings


def settings(folder: Path, **files: str) -> Settings:
    return report(folder, **files).seen.settings


def report(folder: Path, **files: str) -> Report:
    """What is found in a folder with files, named with ``_`` for the dot."""
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return check([folder], Wanted("2"))


def only(found: Settings) -> Configuration:
    (configuration,) = found.configurations
    return configuration


@pytest.mark.parametrize(
    "code",
    [
        "var P = require('parse-server').ParseServer; new P.ParseServer({ appName: 'x' });",
        "const { ParseServer } = require('parse-server'); new ParseServer({ appName: 'x' });",
        "import { ParseServer } from 'parse-server'; const options = { appName: 'x' }; new ParseServer(options);",
        "const server = require('parse-server'); new server.ParseServer(Object.assign({}, { appName: 'x' }));",
        "const ParseServer = require('parse-server'); ParseServer.start({ ...{ appName: 'x' } });",
        "const ParseServer = require('parse-server').default; new ParseServer({ 'appName': 'x' });",
    ],
)
def test_the_options_of_a_server_are_seen_however_it_is_made(tmp_path: Path, code: str) -> None:
    option = only(settings(tmp_path, index_js=code)).get("appName")

    assert option is not None
    assert option.value == "x"


def test_the_file_that_makes_the_server_is_read_beside_the_cloud_code(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        main_js="Parse.Cloud.define('hello', function () { return 'hi'; });",
        index_js="new ParseServer({ appName: 'x' });",
        tools_js="console.log('nobody requires this');",
    )

    assert only(found).file.name == "index.js"


def test_options_are_followed_into_another_file(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        index_js="const options = require('./options'); new ParseServer(options);",
        options_js="module.exports = { push: { ios: { production: true } } };",
    )

    assert only(found).has("push.ios.production")


def test_options_that_come_from_elsewhere_make_a_configuration_that_is_not_whole(tmp_path: Path) -> None:
    found = settings(tmp_path, index_js="new ParseServer({ appName: 'x', ...readOptions() });")

    assert not only(found).whole


def test_a_configuration_in_json_is_read_with_its_groups(tmp_path: Path) -> None:
    text = '{"appId": "a", "databaseURI": "postgres://x", "push": {"android": {"apiKey": "k"}}}'
    option = only(settings(tmp_path, config_json=text)).get("push.android.apiKey")

    assert option is not None
    assert option.value == "k"


def test_a_configuration_of_the_dashboard_is_none_of_the_server(tmp_path: Path) -> None:
    text = '{"apps": [{"appId": "a", "masterKey": "m", "serverURL": "http://x"}], "users": []}'

    assert settings(tmp_path, dashboard_json=text).configurations == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("_env", "PARSE_SERVER_SCHEMA_CACHE_TTL=5000\n"),
        ("Procfile", "web: PARSE_SERVER_SCHEMA_CACHE_TTL=5000 node index.js\n"),
        ("Dockerfile", "FROM node:22\nENV PARSE_SERVER_SCHEMA_CACHE_TTL 5000\n"),
        ("docker-compose_yml", "services:\n  app:\n    environment:\n      PARSE_SERVER_SCHEMA_CACHE_TTL: 5000\n"),
        ("app_json", '{"env": {"PARSE_SERVER_SCHEMA_CACHE_TTL": {"value": "5000"}}}'),
    ],
)
def test_variables_of_the_environment_set_options(tmp_path: Path, name: str, text: str) -> None:
    configuration = only(settings(tmp_path, **{name: text}))

    assert configuration.has("schemaCacheTTL")
    assert not configuration.whole


def test_a_variable_in_a_comment_sets_nothing(tmp_path: Path) -> None:
    assert settings(tmp_path, _env="# PARSE_SERVER_SCHEMA_CACHE_TTL=5000\n").configurations == ()


def test_a_finding_in_json_stands_where_the_option_is_written(tmp_path: Path) -> None:
    text = '{\n  "appId": "a",\n  "cloud": "main.js",\n  "schemaCacheTTL": 5000\n}'
    found = [finding for finding in report(tmp_path, config_json=text).findings if finding.rule == "PS903"]

    assert [(finding.file, finding.place.line, finding.place.column) for finding in found] == [("config.json", 4, 3)]


@pytest.mark.parametrize("asked", ["8", "8.x", "^18.2.0", ">=4 <5", "20.9.0", "6 || 8", "8 - 10", "<20", "~16.1"])
def test_a_range_that_ends_too_early_is_found(tmp_path: Path, asked: str) -> None:
    found = report(tmp_path, package_json=f'{{"engines": {{"node": "{asked}"}}}}').findings

    assert [finding.rule for finding in found] == ["PS906"]


@pytest.mark.parametrize("asked", [">=4.3", "20", "20.x", "20.19.1", "18 || 22", "^20.18.0", "*", ">=18 <21", "lts/*"])
def test_a_range_that_admits_what_is_needed_is_left_alone(tmp_path: Path, asked: str) -> None:
    assert report(tmp_path, package_json=f'{{"engines": {{"node": "{asked}"}}}}').findings == ()


def test_json_that_is_broken_says_nothing_and_stops_nothing(tmp_path: Path) -> None:
    found = settings(tmp_path, config_json='{"appId": ', package_json="[]", index_js="new ParseServer({ a: 1 });")

    assert len(found.configurations) == 1
