"""The pytest plugin in other people's projects: whose Cloud Code it loads, and what it tells of a broken one."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

CLOUD = """
from parsonage.cloud import Cloud

cloud = Cloud()

@cloud.function
async def hello(request) -> str:
    return "hello from {place}"
"""

ASKS = """
async def test_hello(parse):
    assert await parse.anybody.call("hello") == "hello from {place}"
"""

INI = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
"""


def test_cloud_code_comes_from_the_nearest_parsonage_toml(pytester: pytest.Pytester) -> None:
    pytester.makefile(".ini", pytest=INI)
    pytester.mkpydir("shop")
    (pytester.path / "parsonage.toml").write_text('cloud = "outer.py"')
    (pytester.path / "shop" / "parsonage.toml").write_text('cloud = "inner.py"')
    (pytester.path / "shop" / "inner.py").write_text(CLOUD.format(place="inside"))
    (pytester.path / "shop" / "test_shop.py").write_text(ASKS.format(place="inside"))

    pytester.runpytest().assert_outcomes(passed=1)


def test_an_ini_option_names_other_cloud_code(pytester: pytest.Pytester) -> None:
    pytester.makefile(".ini", pytest=INI + "parsonage_cloud = backend/code.py\n")
    (pytester.path / "backend").mkdir()
    (pytester.path / "backend" / "code.py").write_text(CLOUD.format(place="elsewhere"))
    pytester.makepyfile(ASKS.format(place="elsewhere"))

    pytester.runpytest().assert_outcomes(passed=1)


def test_without_a_project_clients_may_make_classes(pytester: pytest.Pytester) -> None:
    pytester.makefile(".ini", pytest=INI)
    pytester.makepyfile("""
        def test_save(parse_sync):
            assert parse_sync.anybody.object("Note", text="hi").save().id
    """)

    pytester.runpytest().assert_outcomes(passed=1)


def test_tests_of_anyio_have_the_fixture_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        async def test_save(parse):
            note = await parse.anybody.object("Note", text="hi").save()
            assert await parse.anybody.query("Note").get(note.id) == note
    """)

    pytester.runpytest("-p", "no:asyncio").assert_outcomes(passed=1)


def test_broken_cloud_code_is_told_in_one_line_without_a_trace(pytester: pytest.Pytester) -> None:
    pytester.makefile(".ini", pytest=INI)
    pytester.makefile(".toml", parsonage='cloud = "broken.py"')
    (pytester.path / "broken.py").write_text("cloud = undefined\n")
    pytester.makepyfile("def test_nothing(parse): ...")

    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*broken.py:1: NameError: name 'undefined' is not defined"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_misspelt_option_is_told_with_the_one_that_was_meant(pytester: pytest.Pytester) -> None:
    pytester.makefile(".ini", pytest=INI)
    pytester.makefile(".toml", parsonage='clowd = "cloud"')
    pytester.makepyfile("def test_nothing(parse): ...")

    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['*unknown option "clowd"*"cloud"*'])


def test_loading_the_plugin_does_not_load_the_server() -> None:
    program = "import sys, parsonage.testing.plugin; print(*(m for m in sys.modules if m.startswith('parsonage')))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    names_only = {"parsonage", "parsonage.version", "parsonage.testing", "parsonage.testing.plugin"}
    assert set(loaded.stdout.split()) <= names_only


def test_a_plain_test_that_asks_for_the_async_fixture_is_told_so(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile("def test_nothing(parse): parse.sign_up('ada')")

    result = pytester.runpytest()

    result.stdout.fnmatch_lines(["*a plain test can't await: ask for parse_sync*"])
