"""Which row an installation is: the one it names, the one with its device token, or a new one.

An app that is installed again brings the device token of a row that the earlier one left behind. Each token
shall stand in one row only, or a device gets every push twice.

Rules: reference/files-push.md, section 5.1; the numbers are those of its table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from parsonage.options.model import InstallationRules
from parsonage.protocol.errors import (
    DuplicateDeviceToken,
    ImmutablePart,
    MissingPart,
    ObjectNotFound,
)
from parsonage.query.model import Condition, Equals, HasId, Not, all_of

Row = Mapping[str, Any]
"""An installation as it is stored, as JSON of an answer."""


class Sent(msgspec.Struct, frozen=True):
    """What a write says of the installation it means; ``None`` where it says nothing."""

    object_id: str | None = None
    """The row that an update names."""
    repeated_id: str | None = None
    """An ``objectId`` in the body."""
    installation_id: str | None = None
    own_installation_id: str | None = None
    """The one in the header, if a client asks: it finds a row, and is not stored."""
    device_token: str | None = None
    device_type: str | None = None
    app_identifier: str | None = None

    @property
    def asked_id(self) -> str | None:
        """The installation that is meant."""
        return self.installation_id or self.own_installation_id

    def wanted(self) -> tuple[Condition, ...]:
        """The rows that matter: any of these conditions."""
        by_id = () if self.object_id is None else (HasId((self.object_id,)),)
        by_installation = () if self.asked_id is None else (Equals("installationId", self.asked_id),)
        by_token = () if self.device_token is None else (Equals("deviceToken", self.device_token),)
        return (*by_id, *by_installation, *by_token)


class Losers(msgspec.Struct, frozen=True):
    """Rows that give way; ``field`` is what they lose where they are kept."""

    where: Condition
    field: str


class Decision(msgspec.Struct, frozen=True):
    """The row that is written (``None``: a new one), and those that give way to it."""

    survivor: str | None = None
    losers: Losers | None = None


def decide(sent: Sent, rows: Sequence[Row], rules: InstallationRules) -> Decision:
    """Decide which of the rows that matter is meant.

    Raises ObjectNotFound (101), ImmutablePart (136), MissingPart (135) or DuplicateDeviceToken (132).
    """
    named = _one(rows, "objectId", sent.object_id)
    if sent.object_id is not None:
        if named is None:
            raise ObjectNotFound("Object not found for update.")
        _refuse_changes(sent, named)
    meant = _one(rows, "installationId", sent.asked_id) or named
    holders = [row for row in rows if sent.device_token is not None and row.get("deviceToken") == sent.device_token]
    if meant is not None:
        return _known(sent, meant, holders, rules)
    if sent.device_type is None:
        raise MissingPart("deviceType must be specified in this operation")  # 7
    return _unknown(sent, holders)


def _one(rows: Sequence[Row], field: str, value: str | None) -> Row | None:
    return next((row for row in rows if value is not None and row.get(field) == value), None)


def _refuse_changes(sent: Sent, named: Row) -> None:
    stored_id, stored_token = named.get("installationId"), named.get("deviceToken")
    if sent.installation_id and stored_id and sent.installation_id != stored_id:
        raise ImmutablePart("installationId may not be changed in this operation")  # 4
    changes_token = sent.device_token and stored_token and sent.device_token != stored_token
    if changes_token and not (sent.installation_id or stored_id):
        raise ImmutablePart("deviceToken may not be changed in this operation")  # 5
    if sent.device_type is not None and sent.device_type != named.get("deviceType"):
        raise ImmutablePart("deviceType may not be changed in this operation")  # 6


def _unknown(sent: Sent, holders: Sequence[Row]) -> Decision:
    if not holders:
        return Decision()  # 8
    if len(holders) == 1 and not (holders[0].get("installationId") and sent.asked_id):
        return Decision(holders[0]["objectId"])  # 9
    if sent.installation_id is None:
        raise DuplicateDeviceToken  # 10
    return Decision(losers=_with_the_token(sent, _not("installationId", sent.installation_id)))  # 11


def _known(sent: Sent, meant: Row, holders: Sequence[Row], rules: InstallationRules) -> Decision:
    meant_id: str = meant["objectId"]
    if len(holders) == 1 and not holders[0].get("installationId"):
        return _merged(meant_id, holders[0]["objectId"], rules)  # 12
    if sent.device_token is None or meant.get("deviceToken") == sent.device_token:
        return Decision(meant_id)  # 16
    if sent.installation_id is not None:
        return Decision(meant_id, _with_the_token(sent, _not("installationId", sent.installation_id)))  # 13
    if sent.repeated_id == meant_id:
        return Decision(meant_id, _with_the_token(sent, Not(HasId((meant_id,)))))  # 14
    return Decision(meant_id)  # 15


def _merged(meant_id: str, holder_id: str, rules: InstallationRules) -> Decision:
    if meant_id == holder_id:
        return Decision(meant_id)
    if rules.token_wins_merge:
        return Decision(holder_id, Losers(HasId((meant_id,)), "installationId"))
    return Decision(meant_id, Losers(HasId((holder_id,)), "deviceToken"))


def _with_the_token(sent: Sent, others: Condition) -> Losers:
    same_app = () if sent.app_identifier is None else (Equals("appIdentifier", sent.app_identifier),)
    return Losers(all_of(Equals("deviceToken", sent.device_token), others, *same_app), "deviceToken")


def _not(field: str, value: str) -> Condition:
    return Not(Equals(field, value))
