"""The sync face: the same client with plain calls, for plain ``def`` handlers, scripts and the prompt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from parsonage.protocol.objects import ParseObject
from parsonage.protocol.values import File
from parsonage.sdk.conversation import Conversation, JobOutcome, LoggedIn
from parsonage.sdk.criteria import Criteria
from parsonage.sdk.file import upload_of
from parsonage.sdk.link import Link, Maker
from parsonage.sdk.object import BoundObject, RelatedObjects
from parsonage.sdk.reading import PAGE, Counted, Reader
from parsonage.sdk.transport import Connection
from parsonage.sdk.waiting import Waiter, background_loop

T = TypeVar("T", bound=ParseObject)


class SyncQuery(Criteria, Generic[T]):
    """Criteria that can be sent to the server; each call waits for the answer."""

    def __init__(self, link: Link, waiter: Waiter, class_name: str, made: Maker[T]) -> None:
        super().__init__(class_name)
        self._reader = Reader(link, made)
        self._waiter = waiter

    def find(self) -> list[T]:
        """All that match, as far as the limit goes."""
        return self._waiter.run(self._reader.find(self))

    def first(self) -> T | None:
        """The first that matches, or ``None``."""
        return self._waiter.run(self._reader.first(self))

    def get(self, object_id: str | None) -> T:
        """The object with this id. Raises ObjectNotFound (101) if there is none that the client may read."""
        return self._waiter.run(self._reader.get(self, object_id))

    def count(self) -> int:
        """How many match."""
        return self._waiter.run(self._reader.count(self))

    def with_count(self) -> Counted[T]:
        """``(objects, total)``: what ``find`` gives, and how many match in all."""
        return self._waiter.run(self._reader.with_count(self))

    def each(self) -> Iterator[T]:
        """Go through all that match, however many, in the order of their ids.

        Raises ValueError for a query with an order, a skip or a limit.
        """
        after = None
        while page := self._waiter.run(self._reader.page(self, after)):
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].id


class SyncObject(BoundObject):
    """An object of a class on the server; each call waits for the answer."""

    def __init__(
        self, link: Link, waiter: Waiter, class_name: str, object_id: str | None = None, /, **fields: Any
    ) -> None:
        super().__init__(link, class_name, object_id, **fields)
        self._waiter = waiter

    def included(self, class_name: str, json: Mapping[str, Any]) -> ParseObject:
        """An object that stands whole in the place of a pointer to it, bound to the same client."""
        return objects_waiting_with(self._waiter)(self._link, class_name, json)

    def save(self) -> Self:
        """Store what was changed since the last save, and take what the server says.

        When it is refused, the changes stay pending. Raises ParseError.
        """
        saving = self.begin_saving()
        try:
            answer = self._waiter.run(self._link.send(saving.command))
        except BaseException:
            self.not_saved(saving)
            raise
        self.saved(saving, answer)
        return self

    def fetch(self, *include: str) -> Self:
        """Read it anew, with these pointers filled; pending changes stay. Raises ObjectNotFound (101)."""
        self.refreshed(self._waiter.run(self._link.send(self.fetching(include))))
        return self

    def destroy(self) -> None:
        """Remove it from the server. Raises ObjectNotFound (101)."""
        self._waiter.run(self._link.send(self.removal()))

    def relation(self, key: str) -> RelatedObjects[SyncQuery[SyncObject]]:
        """The objects that the relation ``key`` links to."""
        made = objects_waiting_with(self._waiter)
        return RelatedObjects(self, key, lambda class_name: SyncQuery(self._link, self._waiter, class_name, made))


def objects_waiting_with(waiter: Waiter) -> Maker[SyncObject]:
    """Makes objects out of answers whose calls wait through this waiter."""

    def made(link: Link, class_name: str, json: Mapping[str, Any]) -> SyncObject:
        item = SyncObject(link, waiter, class_name, json.get("objectId"))
        item.take(json)
        return item

    return made


class SyncClient:
    """A client whose calls wait for the answer: ``client.sync``.

    It must not be used on the event loop's own thread: there every call raises RuntimeError, with file
    and line of the caller.
    """

    def __init__(
        self,
        link: Link,
        waiter: Waiter | None = None,
        *,
        user: SyncObject | None = None,
        connection: Connection | None = None,
    ) -> None:
        self._connection = connection
        self._waiter = waiter or Waiter(link.transport.loop or background_loop())
        self._conversation = Conversation(link, objects_waiting_with(self._waiter))
        self._user = user

    @property
    def user(self) -> SyncObject:
        """The user that logged in with this client. Raises RuntimeError if nobody did."""
        if self._user is None:
            raise RuntimeError("nobody has logged in with this client")
        return self._user

    @property
    def session_token(self) -> str | None:
        """The session in whose name it speaks."""
        return self._conversation.link.authority.session_token

    def object(self, class_name: str, object_id: str | None = None, /, **fields: Any) -> SyncObject:
        """An object that is not stored yet; with an id, one that is, with changes to these fields."""
        return SyncObject(self._conversation.link, self._waiter, class_name, object_id, **fields)

    def query(self, class_name: str) -> SyncQuery[SyncObject]:
        """A query for objects of a class."""
        made = objects_waiting_with(self._waiter)
        return SyncQuery(self._conversation.link, self._waiter, class_name, made)

    def call(self, function: str, /, **params: Any) -> Any:
        """Call a Cloud function; ``None`` where it returned nothing. Raises ParseError."""
        return self._waiter.run(self._conversation.call(function, params))

    def config(self) -> dict[str, Any]:
        """The app's parameters; with the master key, the hidden ones too."""
        return self._waiter.run(self._conversation.config())

    def set_config(self, params: Mapping[str, Any], *, master_only: Collection[str] = ()) -> None:
        """Change some of the app's parameters, with the master key; clients don't see ``master_only`` ones."""
        self._waiter.run(self._conversation.set_config(params, master_only))

    def upload(
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
        file = upload_of(name, content, content_type, metadata, tags, directory)
        return self._waiter.run(self._conversation.store_file(file))

    def download(self, file: File | str) -> bytes:
        """The content of a stored file, by its value or its name. Raises FileNotFound (404)."""
        return self._waiter.run(self._conversation.fetch_file(file))

    def file_metadata(self, file: File | str) -> dict[str, Any]:
        """What was stored beside a file; nothing where there is no such file."""
        return self._waiter.run(self._conversation.file_metadata(file))

    def delete_file(self, file: File | str) -> None:
        """Remove a stored file, with the master key. Raises FileNotDeleted (153)."""
        self._waiter.run(self._conversation.delete_file(file))

    def save_all(self, objects: Iterable[BoundObject]) -> None:
        """Store the new and the changed ones, 50 in a batch. Raises BatchFailed (600) at the end."""
        self._waiter.run(self._conversation.save_all(objects))

    def destroy_all(self, objects: Iterable[BoundObject]) -> None:
        """Remove objects, 50 in a batch. Raises BatchFailed (600) at the end."""
        self._waiter.run(self._conversation.destroy_all(objects))

    def sign_up(self, username: str, password: str, /, **fields: Any) -> SyncClient:
        """Make an account; a client in its name. Raises UsernameTaken (202) and kin."""
        return self._as(self._waiter.run(self._conversation.sign_up(username, password, fields)))

    def log_in(self, username: str, password: str) -> SyncClient:
        """Log in by user name or mail address; a client in the user's name. Raises ObjectNotFound (101)."""
        return self._as(self._waiter.run(self._conversation.log_in(username, password)))

    def log_in_as(self, user: ParseObject | str) -> SyncClient:
        """Start a session of any user, with the master key; a client in the user's name."""
        user_id = user if isinstance(user, str) else user.pointer().object_id
        return self._as(self._waiter.run(self._conversation.log_in_as(user_id)))

    def become(self, session_token: str) -> SyncClient:
        """Go on with a session: a client in its user's name. Raises InvalidSessionToken (209)."""
        return self._as(self._waiter.run(self._conversation.become(session_token)))

    def me(self) -> SyncObject:
        """The user of the session, read anew. Raises InvalidSessionToken (209)."""
        return self._waiter.run(self._conversation.me())

    def log_out(self) -> None:
        """End the session; this client is of no more use."""
        self._waiter.run(self._conversation.log_out())

    def known_as(self, user: ParseObject) -> SyncClient:
        """The same client, with this user as the one that logged in."""
        same = objects_waiting_with(self._waiter)(self._conversation.link, user.class_name, user.to_json())
        return SyncClient(self._conversation.link, self._waiter, user=same, connection=self._connection)

    def as_user(self, session_token: str) -> SyncClient:
        """A client in the name of a session's user, without asking whether there is such a session."""
        link = self._conversation.link
        return SyncClient(link.under(link.authority.as_user(session_token)), self._waiter)

    def as_master(self) -> SyncClient:
        """A client with the master key."""
        link = self._conversation.link
        return SyncClient(link.under(link.authority.as_master()), self._waiter)

    def with_context(self, context: Mapping[str, Any]) -> SyncClient:
        """The same client, whose calls give triggers and functions this ``context``."""
        link = self._conversation.link
        return SyncClient(link.under(link.authority.with_context(context)), self._waiter, user=self._user)

    def start_job(self, name: str, /, **params: Any) -> str:
        """Start a job, with the master key; the id of its ``_JobStatus``."""
        return self._waiter.run(self._conversation.start_job(name, params))

    def run_job(self, name: str, /, **params: Any) -> JobOutcome:
        """Start a job, with the master key, and wait for its end."""
        return self._waiter.run(self._conversation.run_job(name, params))

    def close(self) -> None:
        """Close the connections that this client opened."""
        if self._connection is not None:
            self._waiter.run(self._connection.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _as(self, logged_in: LoggedIn[SyncObject]) -> SyncClient:
        return SyncClient(logged_in.link, self._waiter, user=logged_in.user)
