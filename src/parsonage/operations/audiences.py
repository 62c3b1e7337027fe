"""``/push_audiences``: stored queries of installations, for whoever sends pushes from the dashboard.

Rules: reference/files-push.md, section 6.2.
"""

from __future__ import annotations

from typing import Any

import msgspec
import orjson

from parsonage.commands.audiences import OnAudiences
from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import Created, Delete, Find, Get, Plain
from parsonage.operations.delete import delete
from parsonage.operations.find import find, get
from parsonage.operations.house import House
from parsonage.operations.save import save
from parsonage.protocol.errors import NeedsMasterKey


async def on_audiences(house: House, call: Call, caller: Caller, command: OnAudiences) -> Created | Plain:
    """Carry out a command on audiences; in what is read ``query`` is an object, not the text that is stored.

    Raises NeedsMasterKey (403), and what the command itself raises.
    """
    if not caller.is_master:
        raise NeedsMasterKey
    # The rows are looked into: they must not go out as text.
    call = msgspec.structs.replace(call, as_text=False)
    match command.command:
        case Find() as asked:
            answer = await find(house, call, caller, asked)
            for row in answer.body.get("results", ()):
                _open(row)
            return answer
        case Get() as asked:
            answer = await get(house, call, caller, asked)
            _open(answer.body)
            return answer
        case Delete() as asked:
            return await delete(house, call, caller, asked)
        case asked:
            return await save(house, call, caller, asked)


def _open(row: dict[str, Any]) -> None:
    text = row.get("query")
    if isinstance(text, str):
        try:
            row["query"] = orjson.loads(text)
        except orjson.JSONDecodeError:
            row["query"] = {}  # one row that somebody wrote otherwise must not hide the others
