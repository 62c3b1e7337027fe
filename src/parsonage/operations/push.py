"""Sending a push notification.

None is sent yet. Parse Server without a push adapter says so once it has looked at who is to be reached,
and before it looks at anything else of the push.

Rules: reference/files-push.md, section 6; PC801 to PC803.
"""

from __future__ import annotations

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import Plain
from parsonage.commands.push import SendPush
from parsonage.operations.house import House
from parsonage.protocol.errors import NeedsMasterKey, OperationForbidden, PushMisconfigured


async def send_push(house: House, call: Call, caller: Caller, command: SendPush) -> Plain:
    """Raises NeedsMasterKey (403), OperationForbidden (119) for the read-only key, else PushMisconfigured (115)."""
    if not caller.is_master:
        raise NeedsMasterKey
    if caller.is_read_only:
        raise OperationForbidden(detail="read-only masterKey isn't allowed to send push notifications.")
    by_query, by_channels = "where" in command.push, "channels" in command.push
    if by_query and by_channels:
        raise PushMisconfigured("Channels and query can not be set at the same time.")
    if not by_query and not by_channels:
        raise PushMisconfigured('Sending a push requires either "channels" or a "where" query.')
    raise PushMisconfigured
