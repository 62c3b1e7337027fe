"""Interned ACLs: each different one is stored once, and a row names it by a whole number.

0 is no ACL. ACLs that everyone may read have negative ids, the others positive ones: so ``_acl <= 0``
is 'open to everyone', and the names have to be asked only for the rest. Ids are never given away again,
so whatever is remembered of them stays true.

Rules: reference/storage-sqlite.md, ACL filter.
"""

from __future__ import annotations

from collections.abc import Iterable

import apsw
import orjson

from parsonage.protocol.acl import ACL, EVERYONE
from parsonage.storage.json_text import to_json_text
from parsonage.storage.sqlite.connect import fetched
from parsonage.storage.sqlite.values import StoredACL

_MOST_REMEMBERED = 50_000


class StoredACLs(dict[int, StoredACL]):
    """The ACLs that rows were seen to have, by id; one that is missing is read."""

    def __init__(self) -> None:
        super().__init__()
        self.connection: apsw.Connection | None = None

    def __missing__(self, acl_id: int) -> StoredACL:
        assert self.connection is not None
        row = fetched(self.connection, 'SELECT readers, writers FROM "_Acl" WHERE id = ?', (acl_id,))
        # A row that names an ACL which nobody stored is the master key's alone.
        readers, writers = row[0] if row else ("[]", "[]")
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        stored = self[acl_id] = StoredACL(ACL(frozenset(orjson.loads(readers)), frozenset(orjson.loads(writers))))
        return stored


class InternedACLs:
    """The ids of ACLs on their way in. Belongs to the writer."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._ids: dict[ACL, int] = {}

    def intern(self, acls: Iterable[ACL]) -> None:
        """Store those that nobody stored before. Runs inside a transaction, ahead of its units."""
        for acl in acls:
            if acl not in self._ids:
                if len(self._ids) >= _MOST_REMEMBERED:
                    self._ids.clear()
                self._ids[acl] = self._stored(acl)

    def forget(self) -> None:
        """The transaction was taken back, and what it stored with it."""
        self._ids.clear()

    def id_of(self, acl: ACL | None) -> int:
        """The id of an ACL that was interned."""
        return 0 if acl is None else self._ids[acl]

    def _stored(self, acl: ACL) -> int:
        readers, writers = _names_text(acl.readers), _names_text(acl.writers)
        connection = self._connection
        found = fetched(connection, 'SELECT id FROM "_Acl" WHERE readers = ? AND writers = ?', (readers, writers))
        if found:
            return int(found[0][0])
        public = EVERYONE in acl.readers
        next_id = "min(coalesce(min(id), 0), 0) - 1" if public else "max(coalesce(max(id), 0), 0) + 1"
        [(acl_id,)] = fetched(
            connection,
            f'INSERT INTO "_Acl" (id, readers, writers) SELECT {next_id}, ?, ? FROM "_Acl" RETURNING id',
            (readers, writers),
        )
        for table, names in (("_AclRead", acl.readers), ("_AclWrite", acl.writers)):
            connection.execute(
                f'INSERT INTO "{table}" (name, acl) SELECT value, ? FROM json_each(?)',
                (acl_id, _names_text(names)),
            )
        return int(acl_id)


def _names_text(names: Iterable[str]) -> str:
    return to_json_text([*sorted(names)])
