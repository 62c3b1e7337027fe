"""Client: the way to an app's data, over HTTP or in process, in somebody's name.

::

    client = Client("https://api.example.com/parse", application_id="guestbook", rest_api_key="…")
    ada = await client.log_in("ada", "correct horse battery staple")
    note = await ada.object("Note", text="mine").only_for(ada).save()
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import TracebackType
from typing import Any, Self, overload

from parsonage.protocol.objects import ParseObject
from parsonage.protocol.values import File
from parsonage.sdk.authority import NOBODY, Authority
from parsonage.sdk.conversation import Conversation, JobOutcome, LoggedIn
from parsonage.sdk.file import upload_of
from parsonage.sdk.link import Link
from parsonage.sdk.object import BoundObject, RemoteObject
from parsonage.sdk.query import Query
from parsonage.sdk.sync import SyncClient
from parsonage.sdk.transport import Connection, Transport


class Client:
    """Speaks to a Parse server in the name of nobody, a user or the master key.

    It never changes its name: ``log_in``, ``as_master`` and their like give another client. One that was
    made with a URL keeps connections open until it is closed; ``async with`` closes it.
    """

    @overload
    def __init__(
        self,
        server: str,
        *,
        application_id: str,
        rest_api_key: str | None = None,
        javascript_key: str | None = None,
        client_key: str | None = None,
        master_key: str | None = None,
        authority: Authority = NOBODY,
    ) -> None: ...

    @overload
    def __init__(self, server: Transport, *, authority: Authority = NOBODY) -> None: ...

    @overload
    def __init__(self, server: Link, *, user: RemoteObject | None = None) -> None: ...

    def __init__(
        self,
        server: str | Transport | Link,
        *,
        authority: Authority = NOBODY,
        user: RemoteObject | None = None,
        **keys: Any,
    ) -> None:
        """``server`` is the URL of the API (``http://127.0.0.1:1337/parse``), or a way to a server in process."""
        self._connection: Connection | None = None
        if isinstance(server, str):
            server = self._connection = _over_http(server, keys)
        link = server if isinstance(server, Link) else Link(server, authority)
        self._conversation = Conversation(link, RemoteObject.of)
        self._user = user

    @property
    def user(self) -> RemoteObject:
        """The user that logged in with this client. Raises RuntimeError if nobody did."""
        if self._user is None:
            raise RuntimeError("nobody has logged in with this client")
        return self._user

    @property
    def session_token(self) -> str | None:
        """The session in whose name it speaks."""
        return self._conversation.link.authority.session_token

    @property
    def sync(self) -> SyncClient:
        """The same client with plain calls, for plain ``def`` handlers, scripts and the prompt."""
        link = self._conversation.link
        client = SyncClient(link, connection=self._connection)
        return client if self._user is None else client.known_as(self._user)

    def object(self, class_name: str, object_id: str | None = None, /, **fields: Any) -> RemoteObject:
        """An object that is not stored yet; with an id, one that is, with changes to these fields."""
        return RemoteObject(self._conversation.link, class_name, object_id, **fields)

    def query(self, class_name: str) -> Query[RemoteObject]:
        """A query for objects of a class."""
        return Query(self._conversation.link, class_name, RemoteObject.of)

    async def call(self, function: str, /, **params: Any) -> Any:
        """Call a Cloud function; ``None`` where it returned nothing. Raises ParseError."""
        return await self._conversation.call(function, params)

    async def config(self) -> dict[str, Any]:
        """The app's parameters; with the master key, the hidden ones too."""
        return await self._conversation.config()

    async def set_config(self, params: Mapping[str, Any], *, master_only: Collection[str] = ()) -> None:
        """Change some of the app's parameters, with the master key; clients don't see ``master_only`` ones."""
        await self._conversation.set_config(params, master_only)

    async def upload(
        self,
        name: str,
        content: bytes,
        *,
        content_type: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        directory: str | None = None,
    ) -> File:
        """Store a file; the value that goes into a File field. ``directory`` needs the master key.

        Raises FileNotSaved (130) for what may not be stored, InvalidFileName (122).
        """
        return await self._conversation.store_file(upload_of(name, content, content_type, metadata, tags, directory))

    async def download(self, file: File | str) -> bytes:
        """The content of a stored file, by its value or its name. Raises FileNotFound (404)."""
        return await self._conversation.fetch_file(file)

    async def file_metadata(self, file: File | str) -> dict[str, Any]:
        """What was stored beside a file; nothing where there is no such file."""
        return await self._conversation.file_metadata(file)

    async def delete_file(self, file: File | str) -> None:
        """Remove a stored file, with the master key. Raises FileNotDeleted (153)."""
        await self._conversation.delete_file(file)

    async def save_all(self, objects: Iterable[BoundObject]) -> None:
        """Store the new and the changed ones, 50 in a batch. Raises BatchFailed (600) at the end."""
        await self._conversation.save_all(objects)

    async def destroy_all(self, objects: Iterable[BoundObject]) -> None:
        """Remove objects, 50 in a batch. Raises BatchFailed (600) at the end."""
        await self._conversation.destroy_all(objects)

    async def sign_up(self, username: str, password: str, /, **fields: Any) -> Client:
        """Make an account; a client in its name. Raises UsernameTaken (202) and kin."""
        return _speaking_as(await self._conversation.sign_up(username, password, fields))

    async def log_in(self, username: str, password: str) -> Client:
        """Log in by user name or mail address; a client in the user's name. Raises ObjectNotFound (101)."""
        return _speaking_as(await self._conversation.log_in(username, password))

    async def log_in_as(self, user: ParseObject | str) -> Client:
        """Start a session of any user, with the master key; a client in the user's name."""
        user_id = user if isinstance(user, str) else user.pointer().object_id
        return _speaking_as(await self._conversation.log_in_as(user_id))

    async def become(self, session_token: str) -> Client:
        """Go on with a session: a client in its user's name. Raises InvalidSessionToken (209)."""
        return _speaking_as(await self._conversation.become(session_token))

    async def me(self) -> RemoteObject:
        """The user of the session, read anew. Raises InvalidSessionToken (209)."""
        return await self._conversation.me()

    async def log_out(self) -> None:
        """End the session; this client is of no more use."""
        await self._conversation.log_out()

    def as_user(self, session_token: str) -> Client:
        """A client in the name of a session's user, without asking whether there is such a session."""
        link = self._conversation.link
        return Client(link.under(link.authority.as_user(session_token)))

    def as_master(self) -> Client:
        """A client with the master key."""
        link = self._conversation.link
        return Client(link.under(link.authority.as_master()))

    def with_context(self, context: Mapping[str, Any]) -> Client:
        """The same client, whose calls give triggers and functions this ``context``."""
        link = self._conversation.link
        return Client(link.under(link.authority.with_context(context)), user=self._user)

    async def start_job(self, name: str, /, **params: Any) -> str:
        """Start a job, with the master key; the id of its ``_JobStatus``."""
        return await self._conversation.start_job(name, params)

    async def run_job(self, name: str, /, **params: Any) -> JobOutcome:
        """Start a job, with the master key, and wait for its end."""
        return await self._conversation.run_job(name, params)

    async def close(self) -> None:
        """Close the connections that this client opened."""
        if self._connection is not None:
            await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _speaking_as(logged_in: LoggedIn[RemoteObject]) -> Client:
    return Client(logged_in.link, user=logged_in.user)


def _over_http(url: str, keys: Mapping[str, Any]) -> Connection:
    try:
        # Here and not at the top: httpx is an extra, and a client in process has no need of it.
        from parsonage.sdk.http import ClientKeys, HttpTransport
    except ModuleNotFoundError as missing:
        if missing.name != "httpx":
            raise
        raise ModuleNotFoundError("a client over HTTP needs httpx: pip install 'parsonage[http]'") from None
    return HttpTransport(url, ClientKeys(**keys))
