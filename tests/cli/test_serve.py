"""``parsonage serve``, as it is typed: what stops it, and a house that stands."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.parsonage_command import parsonage, plain_environment


class TestWhatStopsTheStart:
    def test_a_misspelt_option_is_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "server.json").write_text('{"appId": "a",\n "mastrKey": "m"}')

        ended = parsonage("serve", "server.json", folder=tmp_path)

        assert ended == (1, "", 'parsonage: server.json:2: unknown option "mastrKey": did you mean "masterKey"?\n')

    def test_several_problems_are_a_line_each(self, tmp_path: Path) -> None:
        (tmp_path / "server.json").write_text('{"appId": "a",\n "mastrKey": "m", "push": {"ios": {}}}')

        status, _, complaint = parsonage("serve", "server.json", "--port", "http", folder=tmp_path)

        assert status == 1
        assert complaint.splitlines() == [
            "parsonage: 3 problems in the options",
            '  server.json:2: unknown option "mastrKey": did you mean "masterKey"?',
            '  --port: port must be a whole number from 0 to 65535, not "http"',
            "  not built yet: push; --without push starts all the same",
        ]

    def test_a_taken_port_is_one_line(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            ended = parsonage("serve", "--port", port, "--app-id", "a", "--master-key", "m", folder=tmp_path)

        assert ended == (
            1,
            "",
            f"parsonage: port {port} on 127.0.0.1 is taken by another program; choose another one with --port\n",
        )

    def test_a_host_of_another_machine_is_one_line(self, tmp_path: Path) -> None:
        words = ("--host", "192.0.2.1", "--port", "0", "--app-id", "a", "--master-key", "m")

        ended = parsonage("serve", *words, folder=tmp_path)

        assert ended == (
            1,
            "",
            'parsonage: this machine has no address "192.0.2.1" to listen on; choose one with --host\n',
        )

    def test_broken_cloud_code_is_one_line_with_its_place(self, tmp_path: Path) -> None:
        (tmp_path / "main.py").write_text("from parsonage.cloud import Cloud\n\ncloud = Clod()\n")
        words = ("--cloud", "main.py", "--port", "0", "--app-id", "a", "--master-key", "m")

        status, out, complaint = parsonage("serve", *words, folder=tmp_path)

        assert (status, out) == (1, "")
        assert "main.py:3: " in complaint
        assert complaint.count("\n") == 1

    def test_a_database_that_cannot_be_opened_is_one_line(self, tmp_path: Path) -> None:
        words = ("--database-uri", "sqlite:no/such/folder/a.db", "--port", "0", "--app-id", "a", "--master-key", "m")

        status, out, complaint = parsonage("serve", *words, folder=tmp_path)

        assert (status, out) == (1, "")
        assert "no/such/folder" in complaint
        assert complaint.count("\n") == 1

    def test_an_unknown_word_is_a_usage_error(self, tmp_path: Path) -> None:
        status, _, complaint = parsonage("serve", "--prot", "1", folder=tmp_path)

        assert status == 2
        assert "--port" in complaint


class Serving:
    """A server that was started with nothing but a folder."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "parsonage", "serve", "--port", "0", *words],
            cwd=folder,
            env=plain_environment(),
            stdout=subprocess.PIPE,
            text=True,
        )

    def lines(self, count: int) -> list[str]:
        """So many lines of its output."""
        assert self.process.stdout is not None
        return [self.process.stdout.readline() for _ in range(count)]


Serve = Callable[..., Serving]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts servers, and ends them."""
    started: list[Serving] = []

    def serve(*words: str) -> Serving:
        started.append(Serving(tmp_path, *words))
        return started[-1]

    yield serve
    for serving in started:
        serving.process.terminate()
        serving.process.communicate()


class TestAHouseThatStands:
    def test_without_any_file_it_starts_with_new_keys_that_it_prints_once(self, serve: Serve, tmp_path: Path) -> None:
        first = serve().lines(5)
        second = serve().lines(1)

        kept = json.loads((tmp_path / ".parsonage" / "keys.json").read_text())
        assert first[1:3] == [f"  App id     {kept['appId']}\n", f"  Master key {kept['masterKey']}\n"]
        assert second[0].startswith("  Parsonage ")

    def test_the_start_line_says_what_is_off(self, serve: Serve, tmp_path: Path) -> None:
        configuration = {"appId": "a", "masterKey": "m", "host": "127.0.0.1", "liveQuery": {"classNames": ["A"]}}
        (tmp_path / "server.json").write_text(json.dumps(configuration))

        lines = serve("server.json", "--without", "liveQuery,push").lines(1)

        assert " · without liveQuery, push · ready in " in lines[0]

    def test_the_master_key_is_seen_on_no_command_line(self, serve: Serve) -> None:
        serving = serve()
        master_key = serving.lines(5)[2].split()[-1]

        words = Path(f"/proc/{serving.process.pid}/cmdline").read_text()

        assert "supervisor.py" in words
        assert master_key not in words
