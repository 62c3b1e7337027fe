"""Clients: accounts, functions, jobs, many objects at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from parsonage.commands import (
    Batch,
    CallFunction,
    Create,
    Delete,
    Get,
    GetConfig,
    GetMe,
    LogIn,
    LogInAs,
    LogOut,
    SetConfig,
    StartJob,
)
from parsonage.commands.objects import NewObject
from parsonage.protocol.errors import ObjectNotFound
from parsonage.protocol.field_operations import Set
from parsonage.sdk import MASTER, Authority, BatchFailed, Client, JobOutcome, RemoteObject
from tests.sdk.recorder import CREATED, UPDATED, Recorder

ADA = {"objectId": "u1", "username": "ada", "createdAt": "2026-01-02T03:04:05.678Z", "sessionToken": "r:ada"}
NOT_FOUND = {"error": {"code": 101, "error": "Object not found."}}


class TestAccounts:
    async def test_signing_up_gives_a_client_in_the_new_user_s_name(self) -> None:
        transport = Recorder({**CREATED, "objectId": "u1", "sessionToken": "r:ada"}, {"result": 5})

        ada = await Client(transport).sign_up("ada", "secret", age=36)
        await ada.call("hello")

        fields = {"age": Set(36), "username": Set("ada"), "password": Set("secret")}
        assert transport.commands[0] == Create("_User", NewObject(fields))
        assert transport.authorities == [Authority(), Authority(session_token="r:ada")]
        assert ada.user.fields() == {"age": 36, "username": "ada"}

    async def test_the_master_key_is_not_shown_when_somebody_signs_up(self) -> None:
        transport = Recorder({**CREATED, "sessionToken": "r:ada"})

        await Client(transport, authority=MASTER).sign_up("ada", "secret")

        assert transport.authorities == [Authority()]

    async def test_a_user_whose_address_must_be_verified_first_stays_nobody(self) -> None:
        ada = await Client(Recorder({**CREATED, "objectId": "u1"})).sign_up("ada", "secret")

        assert (ada.user.id, ada.session_token) == ("u1", None)

    async def test_logging_in_leaves_the_client_before_it_as_it_was(self) -> None:
        transport = Recorder(ADA)
        client = Client(transport)

        ada = await client.log_in("ada", "secret")

        assert transport.commands == [LogIn(username="ada", password="secret")]
        assert (client.session_token, ada.session_token, ada.user["username"]) == (None, "r:ada", "ada")

    async def test_a_client_without_a_log_in_has_no_user(self) -> None:
        with pytest.raises(RuntimeError, match="nobody has logged in"):
            _ = Client(Recorder()).user

    async def test_becoming_a_session_s_user_asks_who_that_is(self) -> None:
        transport = Recorder(ADA)

        ada = await Client(transport).become("r:ada")

        assert (transport.commands, transport.authorities) == ([GetMe()], [Authority(session_token="r:ada")])
        assert ada.user.id == "u1"

    async def test_the_master_key_becomes_any_user(self) -> None:
        transport = Recorder(ADA)

        ada = await Client(transport).as_master().log_in_as("u1")

        assert (transport.commands, transport.authorities) == ([LogInAs("u1")], [MASTER])
        assert ada.session_token == "r:ada"

    async def test_logging_out_ends_the_session(self) -> None:
        transport = Recorder({})

        await Client(transport).as_user("r:ada").log_out()

        assert (transport.commands, transport.authorities) == ([LogOut()], [Authority(session_token="r:ada")])

    async def test_a_context_travels_with_every_call(self) -> None:
        transport = Recorder(CREATED)

        await Client(transport).with_context({"from": "import"}).object("Note").save()

        assert transport.authorities == [Authority(context={"from": "import"})]


class TestCloudCode:
    async def test_params_are_sent_as_json_and_objects_among_them_as_pointers(self) -> None:
        transport = Recorder({"result": None})
        client = Client(transport)

        await client.call("f", note=client.object("Note", "n1"), at=datetime(2026, 1, 2, tzinfo=UTC))

        params = {
            "note": {"__type": "Pointer", "className": "Note", "objectId": "n1"},
            "at": {"__type": "Date", "iso": "2026-01-02T00:00:00.000Z"},
        }
        assert transport.commands == [CallFunction("f", params)]

    async def test_an_object_in_a_result_belongs_to_the_client(self) -> None:
        json = {"__type": "Object", "className": "Note", "objectId": "n1"}
        client = Client(Recorder({"result": [json]}, UPDATED))

        [note] = await client.call("f")

        assert isinstance(note, RemoteObject)
        assert await note.save() is note

    async def test_a_function_that_returns_nothing_gives_none(self) -> None:
        assert await Client(Recorder({})).call("f") is None

    async def test_running_a_job_waits_for_its_end(self) -> None:
        done = {"objectId": "j1", "status": "succeeded", "message": "12 marked"}
        transport = Recorder({"jobStatusId": "j1"}, {"status": "running"}, done)

        outcome = await Client(transport, authority=MASTER).run_job("mark", days=3)

        assert transport.commands == [StartJob("mark", {"days": 3}), Get("_JobStatus", "j1"), Get("_JobStatus", "j1")]
        assert outcome == JobOutcome("succeeded", "12 marked", "j1")


class TestConfig:
    async def test_parameters_are_values(self) -> None:
        transport = Recorder({"params": {"since": {"__type": "Date", "iso": "2026-01-02T00:00:00.000Z"}}})

        config = await Client(transport).config()

        assert transport.commands == [GetConfig()]
        assert config == {"since": datetime(2026, 1, 2, tzinfo=UTC)}

    async def test_a_parameter_can_be_hidden_from_clients(self) -> None:
        transport = Recorder({"result": True})

        await Client(transport, authority=MASTER).set_config({"open": True, "secret": "x"}, master_only=["secret"])

        hidden = {"open": False, "secret": True}
        assert transport.commands == [SetConfig({"open": True, "secret": "x"}, hidden)]


class TestManyObjectsAtOnce:
    async def test_new_and_changed_objects_are_saved_in_batches_of_fifty(self) -> None:
        transport = Recorder([{"success": CREATED}] * 50, [{"success": CREATED}] * 10)
        client = Client(transport)
        notes = [client.object("Note", number=number) for number in range(60)]

        await client.save_all(notes)

        assert [len(batch.items) for batch in transport.commands if isinstance(batch, Batch)] == [50, 10]
        assert {note.id for note in notes} == {"n1"}

    async def test_objects_without_changes_are_left_alone(self) -> None:
        transport = Recorder([{"success": UPDATED}])
        client = Client(transport)
        changed, unchanged = client.object("Note", "n1", text="hi"), client.object("Note", "n2")

        await client.save_all([changed, unchanged, changed])

        [batch] = transport.commands
        assert isinstance(batch, Batch)
        assert len(batch.items) == 1

    async def test_the_others_are_saved_though_one_is_refused(self) -> None:
        client = Client(Recorder([{"success": CREATED}, NOT_FOUND]))
        good, bad = client.object("Note", text="a"), client.object("Note", "gone", text="b")

        with pytest.raises(BatchFailed, match="1 of 2 objects failed") as failed:
            await client.save_all([good, bad])

        [(item, error)] = failed.value.failures
        assert (item, type(error)) == (bad, ObjectNotFound)
        assert (good.id, bad.is_dirty()) == ("n1", True)

    async def test_a_batch_that_never_arrived_leaves_all_changes_pending(self) -> None:
        client = Client(Recorder(ObjectNotFound()))
        note = client.object("Note", text="a")

        with pytest.raises(ObjectNotFound):
            await client.save_all([note])

        assert note.is_dirty("text")

    async def test_objects_are_removed_in_batches(self) -> None:
        transport = Recorder([{"success": {}}, NOT_FOUND])
        client = Client(transport)

        with pytest.raises(BatchFailed, match="1 of 2"):
            await client.destroy_all([client.object("Note", "n1"), client.object("Note", "n2")])

        assert transport.commands == [Batch((Delete("Note", "n1"), Delete("Note", "n2")))]
