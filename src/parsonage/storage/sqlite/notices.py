"""Notices: what others must look at anew, as rows of ``_Events``.

``PRAGMA data_version`` moves when another connection has committed, the writer of this process included;
only then is the table looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import time
from typing import Any

import apsw

from parsonage.storage.changes import Notice, NoticeKind
from parsonage.storage.sqlite.connect import fetched

KEPT_MILLISECONDS = 3_600_000
"""An event is kept for an hour; who looks more rarely is told to look at everything anew."""


class Notices:
    """What was announced since the last call. ``connection`` is a reading one, used by the caller's thread."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._cursor = connection.cursor()
        self._version = self._data_version()
        self._seen: int = max(
            (seq for (seq,) in fetched(self._cursor, "SELECT seq FROM sqlite_sequence WHERE name = '_Events'")),
            default=0,
        )

    def since_last_call(self) -> Sequence[Notice]:
        """What was announced since the last call, in order."""
        version = self._data_version()
        if version == self._version:
            return ()
        self._version = version
        rows = fetched(self._cursor, 'SELECT seq, kind, key FROM "_Events" WHERE seq > ? ORDER BY seq', (self._seen,))
        if not rows:
            return ()
        missed = rows[0][0] > self._seen + 1
        self._seen = rows[-1][0]
        if missed:
            return [Notice(kind) for kind in NoticeKind]
        return [Notice(NoticeKind(kind), key) for _, kind, key in rows]

    def _data_version(self) -> Any:
        return fetched(self._cursor, "PRAGMA data_version")[0][0]


def sweep(connection: apsw.Connection) -> None:
    """Remove old events, the newest always apart: a gap in the numbers must stay to be seen."""
    connection.execute(
        'DELETE FROM "_Events" WHERE at < ? AND seq < (SELECT max(seq) FROM "_Events")',
        (int(time() * 1000) - KEPT_MILLISECONDS,),
    )
