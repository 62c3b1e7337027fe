"""The sync face: the same API with plain calls, safe to interrupt, refused where it would wait for itself."""

from __future__ import annotations

import asyncio
import ctypes
import inspect
import threading
from collections.abc import Callable
from typing import Any

import pytest

from parsonage.commands import Create
from parsonage.commands.objects import NewObject
from parsonage.protocol.field_operations import Set
from parsonage.sdk import Client, Query, RemoteObject, SyncClient, SyncObject, SyncQuery
from tests.sdk.recorder import CREATED, UPDATED, Recorder


class TestPlainCalls:
    def test_a_script_needs_no_event_loop(self) -> None:
        transport = Recorder(CREATED)

        note = Client(transport).sync.object("Note", text="hi").save()

        assert transport.commands == [Create("Note", NewObject({"text": Set("hi")}))]
        assert note.id == "n1"

    def test_found_and_included_objects_have_plain_calls_too(self) -> None:
        author = {"__type": "Object", "className": "Author", "objectId": "a1"}
        client = Client(Recorder({"results": [{"objectId": "n1", "author": author}]}, UPDATED)).sync

        [note] = client.query("Note").find()

        assert isinstance(note["author"], SyncObject)
        assert note["author"].save() is note["author"]

    def test_each_is_a_plain_iterator(self) -> None:
        client = Client(Recorder({"results": [{"objectId": "n1"}, {"objectId": "n2"}]})).sync

        assert [note.id for note in client.query("Note").each()] == ["n1", "n2"]

    async def test_the_calls_run_on_the_loop_that_owns_the_client(self) -> None:
        used: list[asyncio.AbstractEventLoop] = []

        class Watching(Recorder):
            async def send(self, command: Any, authority: Any) -> Any:
                used.append(asyncio.get_running_loop())
                return await super().send(command, authority)

        loop = asyncio.get_running_loop()
        client = Client(Watching({"result": 5}, loop=loop)).sync

        assert await asyncio.to_thread(client.call, "f") == 5
        assert used == [loop]

    def test_the_user_goes_over_to_the_sync_face(self) -> None:
        answer = {"objectId": "u1", "username": "ada", "sessionToken": "r:ada"}
        client = Client(Recorder(answer, CREATED)).sync

        ada = client.log_in("ada", "secret")
        note = ada.object("Note").only_for(ada).save()

        assert note.acl is not None
        assert note.acl.writers == {"u1"}


class TestOnTheLoopsOwnThread:
    async def test_a_plain_call_is_refused_with_the_line_to_change(self) -> None:
        transport = Recorder(loop=asyncio.get_running_loop())
        client = Client(transport).sync

        with pytest.raises(RuntimeError) as refused:
            client.call("f")

        line = inspect.getframeinfo(inspect.currentframe() or pytest.fail("no frame")).lineno - 2
        assert f"{__file__}:{line}:" in str(refused.value)
        assert "make the handler a plain def, or await the async call" in str(refused.value)
        assert transport.commands == []

    async def test_a_refused_save_keeps_its_changes(self) -> None:
        note = Client(Recorder(loop=asyncio.get_running_loop())).sync.object("Note", text="hi")

        with pytest.raises(RuntimeError, match="event loop's own thread"):
            note.save()

        assert note.is_dirty("text")


class Interrupted(BaseException):
    """What a watchdog raises in a thread."""


class TestBeingInterrupted:
    async def test_a_waiting_thread_takes_an_exception_from_outside(self) -> None:
        started, never = asyncio.Event(), asyncio.get_running_loop().create_future()
        client = Client(Signalling(started, never)).sync
        thread = Caught(lambda: client.call("f"))
        thread.start()
        await started.wait()

        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Interrupted))
        await asyncio.to_thread(thread.join)

        assert isinstance(thread.raised, Interrupted)

    async def test_the_call_it_waited_for_is_cancelled(self) -> None:
        started, never = asyncio.Event(), asyncio.get_running_loop().create_future()
        client = Client(Signalling(started, never)).sync
        thread = Caught(lambda: client.call("f"))
        thread.start()
        await started.wait()

        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Interrupted))
        with pytest.raises(asyncio.CancelledError):
            await never

    async def test_a_server_that_stopped_is_told_of(self) -> None:
        loop = asyncio.new_event_loop()
        loop.close()

        with pytest.raises(RuntimeError, match="has stopped"):
            Client(Recorder(loop=loop)).sync.call("f")


class Signalling(Recorder):
    """Says when a command has arrived."""

    def __init__(self, started: asyncio.Event, *answers: Any) -> None:
        super().__init__(*answers, loop=asyncio.get_running_loop())
        self._started = started

    async def send(self, command: Any, authority: Any) -> Any:
        self._started.set()
        return await super().send(command, authority)


class Caught(threading.Thread):
    """A thread that remembers what was raised in it."""

    raised: BaseException | None = None

    def __init__(self, function: Callable[[], Any]) -> None:
        super().__init__()
        self._function = function

    def run(self) -> None:
        try:
            self._function()
        except BaseException as error:
            self.raised = error


def words(face: type) -> dict[str, list[str]]:
    functions = inspect.getmembers(face, lambda member: inspect.isfunction(member) or isinstance(member, property))
    return {
        name: [] if isinstance(member, property) else list(inspect.signature(member).parameters)
        for name, member in functions
        if not name.startswith("_")
    }


@pytest.mark.parametrize(("face", "sync_face"), [(Query, SyncQuery), (RemoteObject, SyncObject)])
def test_both_faces_have_the_same_words(face: type, sync_face: type) -> None:
    assert words(face) == words(sync_face)


def test_both_clients_have_the_same_words() -> None:
    only_in_one = {"sync", "known_as"}

    assert {name: given for name, given in words(Client).items() if name not in only_in_one} == {
        name: given for name, given in words(SyncClient).items() if name not in only_in_one
    }
