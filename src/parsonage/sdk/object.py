"""Objects that know their way to the server.

Rules: reference/rest-core.md, sections 9 and 11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, Protocol, Self, TypeVar

import msgspec

from parsonage.commands.objects import Create, Delete, Get, NewObject, Projection, Update
from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import MissingObjectId
from parsonage.protocol.field_operations import Operation, RelationChange, merge
from parsonage.protocol.objects import ParseObject, changed_value
from parsonage.protocol.values import Pointer, Relation
from parsonage.sdk.criteria import Criteria
from parsonage.sdk.link import Link
from parsonage.sdk.query import Query

Q = TypeVar("Q", bound=Criteria)


class HasUser(Protocol):
    """A client that somebody is logged in with."""

    @property
    def user(self) -> ParseObject:
        """The user."""
        ...


class Saving(msgspec.Struct, frozen=True):
    """Changes of one object that are on their way."""

    command: Create | Update
    operations: dict[str, Operation]
    acl: ACL | None


class BoundObject(ParseObject):
    """An object with a link to a server: what ``RemoteObject`` and ``SyncObject`` have in common."""

    def __init__(self, link: Link, class_name: str, object_id: str | None = None, /, **fields: Any) -> None:
        self._link = link
        self._on_the_way: list[Saving] = []
        super().__init__(class_name, object_id, **fields)

    @classmethod
    def from_json(cls, class_name: str, json: Mapping[str, Any]) -> ParseObject:
        """An object out of an answer that is bound to no client: a plain ParseObject."""
        return ParseObject.from_json(class_name, json)

    def only_for(self, *owners: HasUser | ParseObject | str) -> Self:
        """Let nobody but these read and write it; the server learns of it with the next save.

        An owner is a client with its user, a user, a role that is stored, a user's id or ``role:NAME``.
        """
        self.acl = ACL.only(*map(_acl_name, owners))
        return self

    def begin_saving(self) -> Saving:
        """Hand over what was changed since the last save. One of the next two follows."""
        if self.id is None and self._on_the_way:
            raise RuntimeError(f"{self!r} is being saved for the first time: wait for that before you save it again")
        operations, acl = self.operations(), self.acl_change
        body = NewObject(operations, acl)
        command = Create(self.class_name, body) if self.id is None else Update(self.class_name, self.id, body)
        saving = Saving(command, operations, acl)
        self._on_the_way.append(saving)
        self._operations = {}
        return saving

    def saved(self, saving: Saving, answer: Mapping[str, Any]) -> None:
        """The changes are stored, and this is what the server says besides."""
        self._on_the_way.remove(saving)
        for root in {key.split(".", 1)[0] for key in saving.operations}:
            self._settle(root, saving.operations)
        if saving.acl is not None:
            self._stored_acl = saving.acl
            if self._acl_change is saving.acl:
                self._acl_change = None
        self.take(answer)

    def _settle(self, root: str, operations: Mapping[str, Operation]) -> None:
        value = changed_value(self._stored.get(root), root, operations)
        change = operations.get(root)
        if isinstance(change, RelationChange) and change.class_name is not None:
            value = Relation(change.class_name)
        if value is None:
            self._stored.pop(root, None)
        else:
            self._stored[root] = value

    def not_saved(self, saving: Saving) -> None:
        """The changes were refused: they count as pending again, before those made since."""
        place = self._on_the_way.index(saving)
        del self._on_the_way[place]
        following = self._on_the_way[place].operations if place < len(self._on_the_way) else self._operations
        newer = dict(following)
        following.clear()
        following.update(saving.operations)
        for key, operation in newer.items():
            before = following.pop(key, None)
            following[key] = operation if before is None else merge(before, operation)

    def take(self, json: Mapping[str, Any]) -> None:
        """Lay what an answer says over what is stored; of a user, the session token goes to the link."""
        if self.class_name == "_User":
            self._stored.pop("password", None)
            if "sessionToken" in json:
                json = dict(json)
                self._renew_session(json.pop("sessionToken"))
        super().take(json)

    def refreshed(self, answer: Mapping[str, Any]) -> None:
        """Put what an answer says in the place of what is stored; pending changes stay."""
        self.operations()  # a list that was changed in place counts as changed before the old one goes
        self._stored.clear()
        self.take(answer)

    def _renew_session(self, session_token: str) -> None:
        # A user who changes the password gets a new session; the old one is dead from then on.
        if self.id is not None and self._link.authority.session_token is not None:
            self._link.authority = self._link.authority.as_user(session_token)

    def fetching(self, include: tuple[str, ...]) -> Get:
        """The command that reads it. Raises MissingObjectId (104) while it was never saved."""
        return Get(self.class_name, self._own_id(), Projection(include=include))

    def removal(self) -> Delete:
        """The command that removes it. Raises MissingObjectId (104) while it was never saved."""
        return Delete(self.class_name, self._own_id())

    def _own_id(self) -> str:
        if self.id is None:
            raise MissingObjectId
        return self.id

    def _current(self, root: str) -> Any:
        value = self._stored.get(root)
        for saving in self._on_the_way:
            value = changed_value(value, root, saving.operations)
        return changed_value(value, root, self._operations)

    def keys(self) -> Iterator[str]:
        """The names of the fields that have a value now."""
        given = [*self._stored, *(key for saving in self._on_the_way for key in saving.operations), *self._operations]
        roots = dict.fromkeys(key.split(".", 1)[0] for key in given)
        return (root for root in roots if self._value(root) is not None)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # A list that holds included objects is copied when it is read; the objects in it stay themselves.
        return self


def _acl_name(owner: HasUser | ParseObject | str) -> str:
    if isinstance(owner, str):
        return owner
    named = owner if isinstance(owner, ParseObject) else owner.user
    if named.class_name == "_Role":
        return f"role:{named['name']}"
    return named.pointer().object_id


class RelatedObjects(Generic[Q]):
    """The objects that a relation of one object links to."""

    def __init__(self, owner: BoundObject, key: str, query: Callable[[str], Q]) -> None:
        self._owner = owner
        self._key = key
        self._query = query

    def add(self, *objects: ParseObject | Pointer) -> None:
        """Link objects, as soon as the owner is saved."""
        self._owner.link(self._key, *objects)

    def remove(self, *objects: ParseObject | Pointer) -> None:
        """Unlink objects, as soon as the owner is saved."""
        self._owner.unlink(self._key, *objects)

    def query(self) -> Q:
        """A query for the objects that are linked now. Raises ScriptFailed (141) for an unsaved owner."""
        class_name = self._class_name()
        if class_name is None:
            return self._query(self._owner.class_name).related_to(self._owner, self._key).redirected(self._key)
        return self._query(class_name).related_to(self._owner, self._key)

    def _class_name(self) -> str | None:
        marker = self._owner.get(self._key)
        if isinstance(marker, Relation):
            return marker.class_name
        change = self._owner.operations().get(self._key)
        return change.class_name if isinstance(change, RelationChange) else None


class RemoteObject(BoundObject):
    """An object of a class on the server. ``note["text"] = "hi"`` changes it here, ``save`` there."""

    @classmethod
    def of(cls, link: Link, class_name: str, json: Mapping[str, Any]) -> RemoteObject:
        """An object out of an answer, bound to a link."""
        made = cls(link, class_name, json.get("objectId"))
        made.take(json)
        return made

    def included(self, class_name: str, json: Mapping[str, Any]) -> ParseObject:
        """An object that stands whole in the place of a pointer to it, bound to the same client."""
        return RemoteObject.of(self._link, class_name, json)

    async def save(self) -> Self:
        """Store what was changed since the last save, and take what the server says.

        When it is refused, the changes stay pending. Raises ParseError.
        """
        saving = self.begin_saving()
        try:
            answer = await self._link.send(saving.command)
        except BaseException:
            self.not_saved(saving)
            raise
        self.saved(saving, answer)
        return self

    async def fetch(self, *include: str) -> Self:
        """Read it anew, with these pointers filled; pending changes stay. Raises ObjectNotFound (101)."""
        self.refreshed(await self._link.send(self.fetching(include)))
        return self

    async def destroy(self) -> None:
        """Remove it from the server. Raises ObjectNotFound (101)."""
        await self._link.send(self.removal())

    def relation(self, key: str) -> RelatedObjects[Query[RemoteObject]]:
        """The objects that the relation ``key`` links to."""
        return RelatedObjects(self, key, lambda class_name: Query(self._link, class_name, RemoteObject.of))
