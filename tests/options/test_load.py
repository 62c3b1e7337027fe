"""Loading options: file, environment and command line become one record, or one list of problems."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from parsonage.options.load import OptionsRefused, load, read
from parsonage.options.model import DENIED_KEYWORDS, Complexity, DeniedKeyword

KEYS = {"appId": "app", "masterKey": "master"}


def json_file(folder: Path, options: Mapping[str, Any]) -> Path:
    path = folder / "server.json"
    path.write_text(json.dumps({**KEYS, **options}, indent=2))
    return path


def toml_file(folder: Path, text: str) -> Path:
    path = folder / "parsonage.toml"
    path.write_text(text)
    return path


def problems(config: Path | None, environment: Mapping[str, str] | None = None, **command_line: Any) -> tuple[str, ...]:
    with pytest.raises(OptionsRefused) as refused:
        read(config, environment or {}, command_line)
    return refused.value.problems


class TestReadingAFile:
    def test_a_configuration_of_parse_server_is_taken_as_it_is(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"port": 1400, "mountPath": "/api", "restAPIKey": "rest", "maxUploadSize": "5mb"})

        options = load(config, {}, {})

        assert options.keys.rest_api == "rest"
        assert (options.network.port, options.network.mount_path) == (1400, "/api")
        assert options.network.max_upload_size == 5 * 1024 * 1024

    def test_numbers_and_switches_may_be_written_as_text(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"port": "1400", "silent": "true"})

        options = load(config, {}, {})

        assert options.network.port == 1400
        assert options.logs.silent

    def test_a_toml_file_has_the_same_names_with_groups_as_tables(self, tmp_path: Path) -> None:
        config = toml_file(tmp_path, 'appId = "a"\nmasterKey = "m"\n[requestComplexity]\nincludeDepth = 3\n')

        options = load(config, {}, {})

        assert options.app.id == "a"
        assert options.complexity == Complexity(include_depth=3)

    def test_the_parsonage_toml_of_the_folder_is_read_unless_another_file_is_named(self, tmp_path: Path) -> None:
        toml_file(tmp_path, 'appId = "from-toml"\nmasterKey = "m"\n')

        options = load(None, {}, {}, tmp_path)

        assert options.app.id == "from-toml"

    def test_paths_in_a_toml_file_are_relative_to_the_file(self, tmp_path: Path) -> None:
        config = toml_file(tmp_path, 'cloud = "cloud"\ndatabaseURI = "sqlite:data.db"\n[public]\n"/" = "web"\n')

        options = load(config, {}, KEYS)

        assert options.cloud.path == str(tmp_path / "cloud")
        assert options.database.location == str(tmp_path / "data.db")
        assert options.public == {"/": str(tmp_path / "web")}

    def test_the_uri_of_a_postgresql_database_is_no_path(self, tmp_path: Path) -> None:
        config = toml_file(tmp_path, 'databaseURI = "postgres://ada:secret@host/house"\n')

        options = load(config, {}, KEYS)

        assert options.database.is_postgresql
        assert options.database.location == "postgres://ada:secret@host/house"

    def test_paths_in_a_json_file_are_relative_to_the_folder_of_the_start(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"cloud": "cloud/main.py"})

        options = load(config, {}, {}, Path("elsewhere"))

        assert options.cloud.path == "elsewhere/cloud/main.py"

    def test_null_leaves_the_default(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"maxLimit": None, "port": None})

        options = load(config, {}, {})

        assert options.queries.max_limit is None
        assert options.network.port == 1337

    def test_an_empty_text_leaves_the_default(self, tmp_path: Path) -> None:
        options = load(json_file(tmp_path, {"restAPIKey": "", "cloud": "", "serverURL": ""}), {}, {})

        assert options.keys.rest_api is None
        assert options.cloud.path is None

    def test_protected_fields_are_added_to_the_default(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"protectedFields": {"_User": {"*": ["phone"]}, "Note": {"*": ["draft"]}}})

        options = load(config, {}, {})

        assert options.access.protected_fields == {"_User": {"*": ("phone", "email")}, "Note": {"*": ("draft",)}}

    def test_denied_keywords_replace_the_default(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"requestKeywordDenylist": [{"key": "a", "value": "b"}]})

        options = load(config, {}, {})

        assert options.access.denied_keywords == (DeniedKeyword(key="a", value="b"),)

    def test_an_empty_list_of_denied_keywords_denies_none(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"requestKeywordDenylist": []})

        options = load(config, {}, {})

        assert options.access.denied_keywords == ()

    def test_without_one_the_denied_keywords_are_those_of_parse_server(self, tmp_path: Path) -> None:
        options = load(json_file(tmp_path, {}), {}, {})

        assert options.access.denied_keywords == DENIED_KEYWORDS


class TestWhichSourceGoesFirst:
    def test_the_environment_goes_before_the_file(self, tmp_path: Path) -> None:
        options = load(json_file(tmp_path, {"port": 1400}), {"PORT": "1500"}, {})

        assert options.network.port == 1500

    def test_the_command_line_goes_before_the_environment(self, tmp_path: Path) -> None:
        options = load(json_file(tmp_path, {"port": 1400}), {"PORT": "1500"}, {"port": "1600"})

        assert options.network.port == 1600

    def test_a_variable_changes_one_option_inside_a_group(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"requestComplexity": {"includeDepth": 3, "queryDepth": 4}})

        options = load(config, {"PARSE_SERVER_REQUEST_COMPLEXITY_INCLUDE_DEPTH": "7"}, {})

        assert options.complexity == Complexity(include_depth=7, query_depth=4)

    def test_a_group_in_the_environment_is_json(self) -> None:
        options = load(None, {"PARSE_SERVER_REQUEST_COMPLEXITY": '{"allowRegex": false}'}, KEYS)

        assert options.complexity == Complexity(allow_regex=False)

    def test_a_list_in_the_environment_is_separated_by_commas_or_json(self) -> None:
        environment = {
            "PARSE_SERVER_MASTER_KEY_IPS": "10.0.0.0/8, ::1",
            "PARSE_SERVER_ALLOW_HEADERS": '["X-One", "X-Two"]',
        }

        options = load(None, environment, KEYS)

        assert options.keys.master_ips == ("10.0.0.0/8", "::1")
        assert options.network.allow_headers == ("X-One", "X-Two")

    def test_an_empty_variable_is_unset(self) -> None:
        options = load(None, {"PARSE_SERVER_REST_API_KEY": ""}, KEYS)

        assert options.keys.rest_api is None


class TestWithoutAnyConfiguration:
    def test_the_server_listens_on_this_machine_alone(self, tmp_path: Path) -> None:
        options = load(None, {}, {}, tmp_path)

        assert options.network.host == "127.0.0.1"
        assert options.development

    def test_the_app_and_its_database_have_the_name_of_the_folder(self, tmp_path: Path) -> None:
        folder = tmp_path / "my house"
        folder.mkdir()

        options = load(None, {}, {}, folder)

        assert options.app.name == "my house"
        assert options.database.location == str(folder / "my-house.db")

    def test_keys_are_made_and_kept_for_the_next_start(self, tmp_path: Path) -> None:
        first = load(None, {}, {}, tmp_path)
        second = load(None, {}, {}, tmp_path)

        assert len(first.keys.master) >= 40
        assert (second.app.id, second.keys.master) == (first.app.id, first.keys.master)

    def test_with_a_file_the_server_listens_everywhere_as_parse_server_does(self, tmp_path: Path) -> None:
        options = load(json_file(tmp_path, {}), {}, {})

        assert options.network.host == "0.0.0.0"
        assert not options.development

    def test_variables_of_parse_server_are_a_configuration(self) -> None:
        options = load(None, {"PARSE_SERVER_APP_NAME": "house"}, KEYS)

        assert not options.development

    def test_configured_keys_leave_no_file(self, tmp_path: Path) -> None:
        load(json_file(tmp_path, {}), {}, {}, tmp_path)

        assert [path.name for path in tmp_path.iterdir()] == ["server.json"]


class TestWhatIsWrong:
    def test_a_misspelt_option_is_refused_with_the_nearest_name(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"mastrKey": "x"})

        assert problems(config) == (f'{config}:4: unknown option "mastrKey": did you mean "masterKey"?',)

    def test_a_misspelt_option_inside_a_group_is_refused_too(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"requestComplexity": {"includeDepht": 3}})

        assert problems(config) == (
            (
                f'{config}:5: unknown option "requestComplexity.includeDepht": '
                'did you mean "requestComplexity.includeDepth"?'
            ),
        )

    def test_an_option_outside_its_group_is_shown_where_it_belongs(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"includeDepth": 3})

        assert problems(config) == (
            f'{config}:4: unknown option "includeDepth": did you mean "requestComplexity.includeDepth"?',
        )

    def test_a_misspelt_variable_is_refused(self) -> None:
        assert problems(None, {"PARSE_SERVER_MASTERKEY": "x"}) == (
            "unknown environment variable PARSE_SERVER_MASTERKEY: did you mean PARSE_SERVER_MASTER_KEY?",
        )

    def test_variables_of_a_neighbour_in_kubernetes_are_left_alone(self) -> None:
        environment = {"PARSE_SERVER_SERVICE_HOST": "10.0.0.1", "PARSE_SERVER_PORT": "tcp://10.0.0.1:1337"}

        options = load(None, environment, KEYS)

        assert options.network.port == 1337

    def test_a_wrong_value_is_refused_with_what_is_expected(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"port": "http"})

        assert problems(config) == (f'{config}:4: port must be a whole number from 0 to 65535, not "http"',)

    def test_a_key_of_the_wrong_kind_is_not_shown(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"restAPIKey": 12345})

        assert problems(config) == (f"{config}:4: restAPIKey must be a text",)

    def test_the_line_of_an_option_in_a_toml_table_is_told(self, tmp_path: Path) -> None:
        config = toml_file(tmp_path, 'appId = "a"\n\n[requestComplexity]\nallowRegex = 5\n')

        assert problems(config) == (f"{config}:4: requestComplexity.allowRegex must be true or false, not 5",)

    def test_all_problems_are_told_at_once(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"mastrKey": "x", "push": {"ios": {}}, "defaultLimit": 0})

        found = problems(config, {"PORT": "-1"})

        assert len(found) == 4

    def test_two_keys_that_are_the_same_are_refused(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"readOnlyMasterKey": "master", "maintenanceKey": "master"})

        assert problems(config) == (
            "masterKey and readOnlyMasterKey must be different",
            "masterKey and maintenanceKey must be different",
        )

    def test_a_configuration_of_several_apps_is_refused(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"apps": [{}]})

        assert problems(config) == (
            f'{config}: "apps" is for several apps in one server, write the options of one app',
        )

    def test_a_missing_file_is_one_line(self, tmp_path: Path) -> None:
        config = tmp_path / "gone.json"

        assert problems(config) == (f"{config}: no such file or directory",)

    def test_broken_json_is_told_with_its_line(self, tmp_path: Path) -> None:
        config = tmp_path / "server.json"
        config.write_text('{\n  "appId": "a"\n  "masterKey": "b"\n}')

        assert problems(config) == (f"{config}:3: the file is not valid JSON: Expecting ',' delimiter",)

    def test_broken_toml_is_told_with_its_line(self, tmp_path: Path) -> None:
        config = toml_file(tmp_path, 'appId = "a"\nmasterKey = oops\n')

        assert problems(config) == (f"{config}:2: the file is not valid TOML: Invalid value",)

    def test_a_configuration_in_javascript_is_refused(self, tmp_path: Path) -> None:
        assert problems(tmp_path / "config.js") == (
            f"{tmp_path / 'config.js'}: a configuration in JavaScript can't be read, write it as JSON or TOML",
        )


class TestWhatIsNotBuilt:
    def test_options_that_are_not_built_are_refused_by_name_in_one_line(self, tmp_path: Path) -> None:
        config = json_file(
            tmp_path,
            {
                "liveQuery": {"classNames": ["Note"]},
                "push": {"ios": {"pfx": "x"}},
                "auth": {"facebook": {"appIds": ["1"]}},
                "cloud": "cloud/main.ts",
                "databaseURI": "mongodb://host/house",
                "requestComplexity": {"graphQLDepth": 5},
            },
        )

        assert problems(config) == (
            (
                "not built yet: liveQuery, push, auth.facebook, cloud (TypeScript that is not compiled), "
                "databaseURI (MongoDB), requestComplexity.graphQLDepth; "
                "--without liveQuery,push,auth.facebook,cloud,requestComplexity.graphQLDepth starts all the same; "
                "--database-uri names another database"
            ),
        )

    def test_without_starts_all_the_same_and_keeps_what_is_off(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"liveQuery": {"classNames": ["Note"]}, "push": {"ios": {}}})

        options = load(config, {}, {"without": "liveQuery,push"})

        assert options.without == ("liveQuery", "push")

    def test_a_group_in_without_covers_all_that_is_inside(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"auth": {"facebook": {"appIds": ["1"]}, "google": {"clientId": "2"}}})

        options = load(config, {}, {"without": "auth"})

        assert options.without == ("auth",)

    def test_without_is_added_up_from_all_sources(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"without": ["push"]})

        options = load(config, {"PARSONAGE_WITHOUT": "liveQuery"}, {"without": "auth"})

        assert options.without == ("push", "liveQuery", "auth")

    def test_a_misspelt_name_in_without_is_refused(self) -> None:
        assert problems(None, without="pusk") == ('--without: unknown option "pusk" in without: did you mean "push"?',)

    def test_what_is_built_cannot_be_left_out(self) -> None:
        assert problems(None, without="port") == ('--without: "port" is built and can\'t be left out',)

    def test_values_that_ask_for_nothing_are_accepted(self, tmp_path: Path) -> None:
        config = json_file(
            tmp_path,
            {
                "liveQuery": {"classNames": []},
                "push": {},
                "rateLimit": [],
                "verifyUserEmails": False,
                "directAccess": True,
                "logsFolder": None,
                "fileUpload": {"enableForPublic": False, "enableForAuthenticatedUser": True},
                "auth": {"anonymous": {}, "google": {"enabled": False}},
                "graphQLPath": "/graphql",
            },
        )

        assert load(config, {}, {}).without == ()

    def test_a_variable_that_asks_for_something_not_built_is_refused(self) -> None:
        assert problems(None, {"PARSE_SERVER_LIVE_QUERY": '{"classNames": ["Note"]}'}) == (
            "not built yet: liveQuery; --without liveQuery starts all the same",
        )

    def test_an_adapter_in_javascript_is_refused(self, tmp_path: Path) -> None:
        config = json_file(tmp_path, {"loggerAdapter": {"module": "winston"}})

        assert problems(config) == ("not built yet: loggerAdapter; --without loggerAdapter starts all the same",)
