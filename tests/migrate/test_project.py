"""Which files belong to a project, and what becomes of those that can't be read: a line each, and the rest goes on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest

from parsonage.migrate.code import check as checking
from parsonage.migrate.code.check import Report, Wanted, check
from parsonage.migrate.code.project import LeftOut
from parsonage.migrate.code.rule import all_rules
from parsonage.migrate.code.source import LARGEST

REGISTERS = "Parse.Cloud.define('hi', function (req, res) { res.success(1); });\n"


def project(folder: Path, files: dict[str, str | bytes]) -> None:
    """Write files by their names."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def files_of(report: Report) -> list[str]:
    return [module.source.name for module in report.project.modules]


class TestWhatBelongsToAProject:
    def test_a_file_that_registers_a_handler_belongs_to_it(self, tmp_path: Path) -> None:
        project(tmp_path, {"cloud/hooks.js": REGISTERS, "cloud/other.js": "var a = 1;"})

        report = check([tmp_path], Wanted())

        assert files_of(report) == ["cloud/hooks.js"]
        assert report.left_out == (LeftOut("cloud/other.js", "no Cloud Code requires it"),)

    def test_so_does_what_it_requires_and_imports(self, tmp_path: Path) -> None:
        project(
            tmp_path,
            {
                "cloud/main.js": "require('./a'); require('cloud/b.js'); import './c'; export * from './d';",
                "cloud/d.mjs": "import './e.js';",
                "cloud/a/index.js": "",
                "cloud/b.js": "",
                "cloud/c.ts": "",
                "cloud/e.ts": "",
            },
        )

        assert files_of(check([tmp_path], Wanted())) == [
            "cloud/a/index.js",
            "cloud/b.js",
            "cloud/c.ts",
            "cloud/d.mjs",
            "cloud/e.ts",
            "cloud/main.js",
        ]

    @pytest.mark.parametrize(
        ("definition", "content"),
        [
            (
                "tsconfig.json",
                '{ /* ours */ "compilerOptions": { "baseUrl": ".", "paths": { "@lib/*": ["lib/*"], } } }',
            ),
            ("package.json", '{"imports": {"@lib/*": {"default": "./lib/*.ts"}}}'),
            ("jsconfig.json", '{"compilerOptions": {"paths": {"@lib/mail": ["./lib/mail"]}}}'),
        ],
    )
    def test_so_does_what_it_imports_by_a_short_path(self, definition: str, content: str, tmp_path: Path) -> None:
        code = {"main.ts": "import { send } from '@lib/mail';", "lib/mail.ts": "export const send = 1;"}
        project(tmp_path, {definition: content, **code})

        assert files_of(check([tmp_path], Wanted())) == ["lib/mail.ts", "main.ts"]

    def test_files_that_require_each_other_are_read_once(self, tmp_path: Path) -> None:
        project(
            tmp_path,
            {"main.js": "require('./a');", "a.js": "require('./b');", "b.js": "require('./a'); require('./main');"},
        )

        assert files_of(check([tmp_path], Wanted())) == ["a.js", "b.js", "main.js"]

    def test_packages_and_code_for_browsers_are_left_out_with_the_reason(self, tmp_path: Path) -> None:
        project(tmp_path, {"main.js": "", "node_modules/x/main.js": REGISTERS, "public/app.js": REGISTERS})

        assert check([tmp_path], Wanted()).left_out == (
            LeftOut("node_modules/", "packages, not the project's own code"),
            LeftOut("public/", "code for browsers"),
        )

    def test_minified_files_are_left_out(self, tmp_path: Path) -> None:
        project(tmp_path, {"main.js": f"var a = '{'x' * 6000}'; {REGISTERS}"})

        report = check([tmp_path], Wanted())

        assert report.left_out == (LeftOut("main.js", "it is minified"),)
        assert not report.incomplete

    def test_so_are_those_whose_lines_a_minifier_broke(self, tmp_path: Path) -> None:
        packed = ("function a(b,c){return!b&&c};" * 12 + "\n") * 16
        project(tmp_path, {"main.js": "require('./sjcl');", "sjcl.js": packed})

        assert check([tmp_path], Wanted()).left_out == (LeftOut("sjcl.js", "it is minified"),)

    def test_a_loop_of_links_has_an_end(self, tmp_path: Path) -> None:
        project(tmp_path, {"cloud/main.js": REGISTERS})
        (tmp_path / "cloud" / "again").symlink_to(tmp_path, target_is_directory=True)

        assert files_of(check([tmp_path], Wanted())) == ["cloud/main.js"]

    def test_a_handler_is_seen_through_an_alias_an_export_and_a_wrapper_of_another_file(self, tmp_path: Path) -> None:
        project(
            tmp_path,
            {
                "cloud/main.js": """
                var define = Parse.Cloud.define, handlers = require('./handlers'), on = require('./on').on;
                define('one', handlers.one);
                on('two', function (req, res) { res.success(2); });
            """,
                "cloud/handlers.js": "exports.one = function (req, res) { res.success(1); };",
                "cloud/on.js": "exports.on = function (name, f) { Parse.Cloud.define(name, f); };",
            },
        )

        report = check([tmp_path], Wanted("parse.com", rules=frozenset({"PC101"})))

        assert [(handler.name, handler.file) for handler in report.handlers] == [
            ("one", "cloud/main.js"),
            ("two", "cloud/main.js"),
        ]
        assert [(finding.file, finding.place.line) for finding in report.findings] == [
            ("cloud/main.js", 3),
            ("cloud/main.js", 4),
        ]


class TestWhatCannotBeRead:
    def test_so_is_one_that_a_wrapper_calls_in_a_function_of_its_own(self, tmp_path: Path) -> None:
        project(
            tmp_path,
            {
                "cloud/main.js": "require('./on').on('two', {}, function (req) { return 2; });",
                "cloud/on.js": """
                exports.on = function (name, options, f) {
                  Parse.Cloud.define(name, function (req, res) { f(req).then(function (it) { res.success(it); }); });
                };
            """,
            },
        )

        report = check([tmp_path], Wanted("parse.com", rules=frozenset({"PC101"})))

        assert [(handler.name, handler.file) for handler in report.handlers] == [("two", "cloud/main.js")]
        assert [(finding.file, finding.place.line) for finding in report.findings] == [("cloud/on.js", 3)]

    def test_a_path_that_is_not_there(self, tmp_path: Path) -> None:
        report = check([tmp_path / "nowhere"], Wanted())

        assert report.left_out == (LeftOut(str(tmp_path / "nowhere"), "there is no such file", trouble=True),)
        assert report.incomplete

    def test_a_binary_file(self, tmp_path: Path) -> None:
        project(tmp_path, {"main.js": b"\x7fELF\0", "a.js": REGISTERS})

        report = check([tmp_path], Wanted())

        assert report.left_out == (LeftOut("main.js", "it is a binary file", trouble=True),)
        assert files_of(report) == ["a.js"]

    def test_a_bundle_of_fifty_megabytes(self, tmp_path: Path) -> None:
        project(tmp_path, {"a.js": REGISTERS})
        with (tmp_path / "main.js").open("wb") as bundle:
            bundle.truncate(50_000_000)

        report = check([tmp_path], Wanted())

        assert [(each.file, each.reason) for each in report.left_out] == [
            ("main.js", f"it is larger than {LARGEST // 1_000_000} MB: a bundle, not a source file")
        ]
        assert report.incomplete

    def test_what_is_no_plain_file_is_not_even_opened(self, tmp_path: Path) -> None:
        project(tmp_path, {"a.js": REGISTERS})
        os.mkfifo(tmp_path / "pipe.js")
        (tmp_path / "broken.js").symlink_to(tmp_path / "gone.js")

        report = check([tmp_path], Wanted())

        assert [each.file for each in report.left_out] == ["gone.js", "pipe.js"]
        assert {each.reason for each in report.left_out} == {"it is no plain file"}

    def test_a_page_that_is_called_a_script(self, tmp_path: Path) -> None:
        project(tmp_path, {"main.js": "<!DOCTYPE html><p>Parse.Cloud.define</p>"})

        assert check([tmp_path], Wanted()).left_out == (
            LeftOut("main.js", "it is a web page, not a script", trouble=True),
        )

    def test_latin_1_is_read_and_its_columns_count_characters(self, tmp_path: Path) -> None:
        project(tmp_path, {"main.js": "var s = 'é'; alert(s);".encode("latin-1")})

        report = check([tmp_path], Wanted(rules=frozenset({"PC614"})))

        assert [finding.place.column for finding in report.findings] == [14]
        assert not report.incomplete

    def test_a_file_that_does_not_parse_is_a_finding_and_the_others_are_checked(self, tmp_path: Path) -> None:
        project(tmp_path, {"a.js": "Parse.Cloud.define('x', function (req {", "b.js": REGISTERS})

        report = check([tmp_path], Wanted("parse.com", rules=frozenset({"PC101"})))

        assert [(finding.rule, finding.file) for finding in report.findings] == [
            ("syntax", "a.js"),
            ("PC101", "b.js"),
        ]

    def test_a_rule_that_fails_is_told_with_its_file_and_the_others_go_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(handler: object) -> None:
            raise ZeroDivisionError("nothing left")

        rules = all_rules()
        broken = msgspec.structs.replace(rules["PC101"], ask_handler=fail)
        monkeypatch.setattr(checking, "all_rules", lambda: {**rules, "PC101": broken})
        project(
            tmp_path, {"main.js": f"{REGISTERS}Parse.Cloud.job('a', function (req, status) {{ status.success(); }});\n"}
        )

        report = check([tmp_path], Wanted("parse.com"))

        assert report.left_out[0].reason == "rule PC101 failed on it: ZeroDivisionError: nothing left"
        assert "PC104" in {finding.rule for finding in report.findings}
        assert report.incomplete


class TestWhereAProjectComesFrom:
    @pytest.mark.parametrize(
        ("package", "code", "start", "reason"),
        [
            ("", REGISTERS, "parse.com", "the code is of hosted Parse's time"),
            ('{"dependencies": {"parse-server": "^4.5.0"}}', "", "4", "package.json asks for parse-server 4"),
            ('{"dependencies": {"parse-server": "^2.2.6"}}', REGISTERS, "2", "package.json asks for parse-server 2"),
            (
                '{"dependencies": {"parse-server": "^4.5.0"}}',
                REGISTERS,
                "parse.com",
                "the code is of hosted Parse's time",
            ),
            ('{"dependencies": {"parse-server": "~9.1"}}', "", "9", "package.json asks for parse-server 9"),
            ("not JSON", "", "parse.com", "nothing tells where it comes from"),
            (
                '{"peerDependencies": {"parse-server": "~4.3.0"}}',
                "",
                "4",
                "package.json asks for parse-server 4",
            ),
            (
                '{"dependencies": {"parse-server": "^2.2.6"}}',
                "Parse.Cloud.useMasterKey();",
                "parse.com",
                "the code is of hosted Parse's time",
            ),
            (
                '{"dependencies": {"parse": "^4.1.0"}}',
                "",
                "6",
                "package.json asks for parse 4, which came with Parse Server 6",
            ),
            (
                "",
                "Parse.Cloud.define('f', async () => { await g(); });",
                "3",
                "the code awaits, which Parse Server 3 was the first to wait for",
            ),
        ],
    )
    def test_it_is_guessed_and_said(self, package: str, code: str, start: str, reason: str, tmp_path: Path) -> None:
        project(tmp_path, {"package.json": package, "main.js": code})

        report = check([tmp_path], Wanted())

        assert (report.start.name, report.start.reason) == (start, reason)

    @pytest.mark.parametrize("kind", ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"])
    def test_modules_of_hosted_parse_that_a_package_json_names_say_nothing_later(
        self, kind: str, tmp_path: Path
    ) -> None:
        package = {"dependencies": {"parse-server": "^7.0.0"}} | {kind: {"parse-server": "^7.0.0", "moment": "^2.0.0"}}
        project(tmp_path, {"package.json": json.dumps(package), "cloud/main.js": "require('moment');"})

        assert check([tmp_path], Wanted(rules=frozenset({"PC607"}))).findings == ()

    def test_modules_of_hosted_parse_that_are_installed_say_nothing_later(self, tmp_path: Path) -> None:
        project(tmp_path, {"main.js": "require('moment');", "node_modules/moment/package.json": "{}"})

        assert check([tmp_path], Wanted("7", rules=frozenset({"PC607"}))).findings == ()

    @pytest.mark.parametrize("name", ["moment", "underscore", "mandrill", "parse-image"])
    def test_modules_of_hosted_parse_that_nothing_provides_are_found_in_any_move(
        self, name: str, tmp_path: Path
    ) -> None:
        project(tmp_path, {"main.js": f"var it = require('{name}');"})

        found = check([tmp_path], Wanted("7", rules=frozenset({"PC604", "PC607", "PC608"}))).findings

        assert [finding.place.line for finding in found] == [1]

    def test_a_package_is_believed_where_most_of_the_code_is_of_its_time(self, tmp_path: Path) -> None:
        old = "Parse.Cloud.useMasterKey();"
        new = "Parse.Cloud.define('f', () => 1);"
        files = {"package.json": '{"dependencies": {"parse-server": "7.0.0"}}', "a.js": new, "b.js": new, "old.js": old}
        project(tmp_path, {**files, "main.js": "require('./a'); require('./b'); require('./old');"})

        report = check([tmp_path], Wanted())

        assert report.start.name == "7"
