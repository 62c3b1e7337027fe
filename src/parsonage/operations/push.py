"""Sending a push notification.

None is sent yet. Parse Server without a push adapter answers so before it looks at what was sent.

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
    """Raises PushMisconfigured (115) for the master key, NeedsMasterKey (403) for others."""
    if not caller.is_master:
        raise NeedsMasterKey
    if caller.is_read_only:
        raise OperationForbidden(detail="read-only masterKey isn't allowed to send push notifications.")
    raise PushMisconfigured
