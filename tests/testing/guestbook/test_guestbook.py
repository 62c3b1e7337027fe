"""The fixtures as a project uses them: Cloud Code comes from the parsonage.toml beside this file."""

from __future__ import annotations

import asyncio

import pytest

from parsonage.protocol.errors import ConnectionFailed, ObjectNotFound, ParseError, ScriptFailed
from parsonage.sdk import Client
from parsonage.testing.throwaway import SyncThrowaway, Throwaway


class TestTheFixtureParse:
    async def test_any_user_is_one_line(self, parse: Throwaway) -> None:
        ada = await parse.sign_up("ada", age=36)

        assert (ada.user["username"], ada.user["age"]) == ("ada", 36)

    async def test_what_one_user_keeps_another_does_not_find(self, parse: Throwaway) -> None:
        ada, bob = await parse.sign_up("ada"), await parse.sign_up("bob")
        entry = await ada.object("Entry", text="mine").only_for(ada).save()

        with pytest.raises(ObjectNotFound):
            await bob.query("Entry").get(entry.id)

    async def test_each_test_has_a_house_of_its_own(self, parse: Throwaway) -> None:
        assert await parse.master.query("Entry").count() == 0

    async def test_functions_of_the_project_are_there(self, parse: Throwaway) -> None:
        ada = await parse.sign_up("ada")
        await ada.object("Entry", text="mine").only_for(ada).save()

        assert await ada.call("count_entries") == 1
        assert await parse.anybody.call("count_entries") == 0

    async def test_triggers_of_the_project_are_there(self, parse: Throwaway) -> None:
        with pytest.raises(ParseError, match="an entry has a text"):
            await parse.anybody.object("Entry", text="").save()

    async def test_a_job_runs_to_its_end(self, parse: Throwaway) -> None:
        await parse.master.object("Entry", text="hi").save()

        outcome = await parse.run_job("count_all")

        assert (outcome.status, outcome.message) == ("succeeded", "entries: 1")

    async def test_a_job_that_fails_says_why(self, parse: Throwaway) -> None:
        outcome = await parse.run_job("break_down")

        assert (outcome.succeeded, outcome.message) == (False, "no more paper")

    async def test_a_job_of_an_unknown_name_is_refused(self, parse: Throwaway) -> None:
        with pytest.raises(ScriptFailed, match="Invalid job"):
            await parse.run_job("no_such_job")

    async def test_what_handlers_log_can_be_read(self, parse: Throwaway) -> None:
        await parse.anybody.call("log_a_line")

        assert "somebody called" in parse.log

    async def test_many_calls_at_once_are_answered(self, parse: Throwaway) -> None:
        client = parse.anybody

        await asyncio.gather(*(client.object("Entry", text=str(number)).save() for number in range(20)))

        assert await client.query("Entry").count() == 20


class TestTheFixtureParseSync:
    def test_the_same_words_work_in_a_plain_test(self, parse_sync: SyncThrowaway) -> None:
        ada = parse_sync.sign_up("ada")
        ada.object("Entry", text="mine").only_for(ada).save()

        assert ada.call("count_entries") == 1
        assert parse_sync.anybody.call("count_entries") == 0

    def test_a_job_runs_to_its_end(self, parse_sync: SyncThrowaway) -> None:
        assert parse_sync.run_job("count_all").message == "entries: 0"

    def test_the_house_can_be_served(self, parse_sync: SyncThrowaway) -> None:
        with parse_sync.served() as url, Client(url, application_id="guestbook", rest_api_key="rest").sync as client:
            client.object("Entry", text="over the wire").save()

        assert parse_sync.master.query("Entry").count() == 1


class TestPlainHandlers:
    async def test_a_plain_handler_reads_with_plain_calls(self, parse: Throwaway) -> None:
        await parse.master.object("Entry", text="hi").save()

        assert await parse.anybody.call("first_text") == "hi"

    async def test_a_plain_call_in_an_async_handler_names_the_line_to_change(self, parse: Throwaway) -> None:
        with pytest.raises(ScriptFailed, match=r"cloud/main\.py:\d+: .* make the handler a plain def"):
            await parse.anybody.call("waits_for_itself")


class TestOverTheWire:
    async def test_a_client_over_http_and_one_in_process_see_the_same(self, parse: Throwaway) -> None:
        ada = await parse.sign_up("ada")
        entry = await ada.object("Entry", text="mine").only_for(ada).save()

        async with parse.served() as url, Client(url, application_id="guestbook", rest_api_key="rest") as remote:
            assert ada.session_token is not None
            there = await remote.as_user(ada.session_token).query("Entry").get(entry.id)

        assert there.to_json() == (await entry.fetch()).to_json()

    async def test_after_that_nobody_answers(self, parse: Throwaway) -> None:
        async with parse.served() as url:
            pass

        async with Client(url, application_id="guestbook", rest_api_key="rest") as remote:
            with pytest.raises(ConnectionFailed):
                await remote.call("count_entries")
