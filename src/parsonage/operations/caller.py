"""Credentials → Caller: keys are proved, the session's user is looked up and remembered.

One entry for each session token holds session, user and roles; it is dropped when the database says that
one of them changed (``Storage.notices``), and its end date is looked at on every hit. Parse Server, beside us
on the database, announces no such change: so an entry is read anew after ``cacheTTL``, as it does itself.

Rules: reference/rest-core.md, section 3; reference/users-sessions.md, section 5; advisories 71, 72, 83.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

import msgspec

from parsonage.commands.caller import CLOUD_INSTALLATION, MASTER, Caller, user_caller
from parsonage.operations.schemas import Schemas
from parsonage.options.model import Keys, Options
from parsonage.policies.one_time_codes import without_secrets
from parsonage.protocol import field_operations as op
from parsonage.protocol.credentials import Credentials
from parsonage.protocol.errors import InvalidSessionToken, KeyFromElsewhere, Unauthorized
from parsonage.protocol.values import from_milliseconds, parse_date, to_milliseconds
from parsonage.query.model import Equals, HasId, LinksTo, Query
from parsonage.query.typed import typed
from parsonage.storage.changes import Notice, NoticeKind, Patch, Unit
from parsonage.storage.interface import Storage

log = logging.getLogger("parsonage.door")


class Session(msgspec.Struct):
    """What is remembered of one session token."""

    token: str
    user_id: str
    user: dict[str, Any]
    object_id: str
    expires_at: int | None
    good_until: int
    """Until when it is believed unheard, in milliseconds since 1970 UTC."""
    renewed_from: int | None
    """The moment from which a use begins its time anew; ``None`` where sessions are not extended."""
    caller: Caller
    """Its user as a caller, with its roles once somebody asked for them."""


class Callers:
    """The cache of sessions, and the way to a Caller."""

    def __init__(self, options: Options, storage: Storage, schemas: Schemas) -> None:
        self._options = options
        self._storage = storage
        self._schemas = schemas
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._tokens_of: dict[str, set[str]] = {}
        self._loading: dict[str, asyncio.Future[Session | None]] = {}
        self._drops = 0
        self.webhooks_are_stale = False
        """Whether another process changed the webhooks; the next request loads them anew."""

    def look_around(self) -> None:
        """Drop what somebody changed since the last look. Asked at every request, before anything else."""
        for notice in self._storage.notices():
            self.heed(notice)

    def heed(self, notice: Notice) -> None:
        """Drop what one notice speaks of; without a key it speaks of all of its kind."""
        self._drops += 1
        self._loading.clear()  # who comes from now on must not be given what was read before
        match notice.kind:
            case NoticeKind.SCHEMA:
                self._schemas.forget()
            case NoticeKind.USER | NoticeKind.SESSION if not notice.key:
                self._sessions.clear()
                self._tokens_of.clear()
            case NoticeKind.USER:
                for token in list(self._tokens_of.get(notice.key, ())):
                    self._drop(token)
            case NoticeKind.SESSION:
                self._drop(notice.key)
            case NoticeKind.WEBHOOKS:
                self.webhooks_are_stale = True
            case NoticeKind.ROLES:
                for session in self._sessions.values():
                    if session.caller.roles is not None:
                        session.caller = user_caller(session.user_id, session.user, session_token=session.token)

    def _drop(self, token: str) -> None:
        session = self._sessions.pop(token, None)
        if session is not None:
            tokens = self._tokens_of.get(session.user_id)
            if tokens is not None:
                tokens.discard(token)
                if not tokens:
                    del self._tokens_of[session.user_id]

    async def resolve(self, credentials: Credentials, now: int, *, ignore_session: bool = False) -> Caller:
        """Prove credentials. ``now`` is in milliseconds; ``ignore_session`` is for log-in.

        Raises Unauthorized (403) for a wrong app id, key or address, InvalidSessionToken (209) for a token
        that is unknown or expired.
        """
        keyed = self.prove_keys(credentials)
        if keyed is not None:
            if credentials.session_token is None or keyed.is_maintenance:
                return keyed
            return await self._with_session(keyed, credentials.session_token, now)
        if credentials.session_token is None or ignore_session:
            return Caller(installation_id=credentials.installation_id)
        session = await self.session(credentials.session_token, now)
        return on_installation(session.caller, credentials.installation_id)

    async def trusted(
        self, *, is_master: bool, session_token: str | None, installation_id: str | None, now: int
    ) -> Caller:
        """A caller that speaks from inside, such as Cloud Code: what it says it may is believed, no key is asked for.

        Raises InvalidSessionToken (209).
        """
        if is_master:
            return msgspec.structs.replace(MASTER, installation_id=installation_id or CLOUD_INSTALLATION)
        if session_token is None:
            return Caller(installation_id=installation_id)
        session = await self.session(session_token, now)
        return on_installation(session.caller, installation_id)

    async def _with_session(self, keyed: Caller, token: str, now: int) -> Caller:
        """The master key beside a session: master's rights, and ``/users/me`` knows who is meant."""
        try:
            session = await self.session(token, now)
        except InvalidSessionToken:
            return keyed
        return msgspec.structs.replace(
            session.caller,
            is_master=keyed.is_master,
            is_read_only=keyed.is_read_only,
            installation_id=keyed.installation_id,
        )

    async def resolve_reader(self, credentials: Credentials, now: int) -> Caller:
        """Prove who follows a link: a key counts if it is right, and no client key is asked for.

        Raises Unauthorized (403) for a right key from an address that may not use it, InvalidSessionToken (209).
        """
        keyed = self._keyed(credentials)
        if keyed is not None:
            return keyed
        if credentials.session_token is None:
            return Caller(installation_id=credentials.installation_id)
        session = await self.session(credentials.session_token, now)
        return on_installation(session.caller, credentials.installation_id)

    def prove_keys(self, credentials: Credentials) -> Caller | None:
        """The caller that a key makes; ``None`` for an ordinary client whose client key is in order.

        Raises Unauthorized.
        """
        if credentials.application_id != self._options.app.id:
            raise Unauthorized
        keyed = self._keyed(credentials)
        if keyed is not None:
            return keyed
        keys = self._options.keys
        if keys.client_keys_asked_for and not _has_client_key(credentials, keys):
            raise Unauthorized
        return None

    def _keyed(self, credentials: Credentials) -> Caller | None:
        keys = self._options.keys
        installation = credentials.installation_id or (CLOUD_INSTALLATION if credentials.key_in_header else None)
        if credentials.maintenance_key is not None and _same(credentials.maintenance_key, keys.maintenance):
            _check_address(credentials.address, keys.maintenance_ips, "maintenance key")
            return Caller(is_maintenance=True, installation_id=installation)
        if credentials.master_key is not None:
            if _same(credentials.master_key, keys.master):
                _check_address(credentials.address, keys.master_ips, "master key")
                return Caller(is_master=True, installation_id=installation)
            if _same(credentials.master_key, keys.read_only_master):
                _check_address(credentials.address, keys.read_only_master_ips, "read-only master key")
                return Caller(is_master=True, is_read_only=True, installation_id=installation)
        return None

    async def session(self, token: str, now: int) -> Session:
        """What belongs to a token. Raises InvalidSessionToken (209)."""
        session = await self.known_session(token, now)
        if session is None:
            raise InvalidSessionToken
        return session

    async def known_session(self, token: str, now: int) -> Session | None:
        """What belongs to a token, if anything does. Raises InvalidSessionToken (209) once it is expired."""
        session = self._sessions.get(token)
        if session is not None and session.good_until <= now:
            self._drop(token)
            session = None
        if session is None:
            session = await self._load_once(token, now)
        if session is None:
            return None
        if session.expires_at is not None and session.expires_at <= now:
            self._drop(token)
            raise InvalidSessionToken("Session token is expired.")
        if session.renewed_from is not None and session.renewed_from <= now:
            await self._renew(session, now)
        return session

    async def _renew(self, session: Session, now: int) -> None:
        """Let a session that is in use end later; whoever else remembers it is told."""
        session.renewed_from = None  # those who come meanwhile need not do it again
        schema = await self._schemas.get("_Session")
        if schema is None:
            return
        until = now + self._options.sessions.length * 1000
        later = Patch(schema, session.object_id, now, {"expiresAt": op.Set(from_milliseconds(until))})
        notice = Notice(NoticeKind.SESSION, session.token)
        await self._storage.write([Unit((later,), (notice,))])
        self.heed(notice)

    async def _load_once(self, token: str, now: int) -> Session | None:
        loading = self._loading.get(token)
        if loading is None:
            loading = self._loading[token] = asyncio.ensure_future(self._load(token, now))
        try:
            return await asyncio.shield(loading)
        finally:
            if self._loading.get(token) is loading:
                del self._loading[token]

    async def _load(self, token: str, now: int) -> Session | None:
        drops = self._drops
        sessions, users = await self._schemas.get("_Session"), await self._schemas.get("_User")
        if sessions is None or users is None:
            return None
        found = await self._storage.find(
            sessions, typed(Query("_Session", Equals("sessionToken", token), limit=1), sessions)
        )
        row = next(iter(found.wire()), None)
        if row is None or "user" not in row:
            return None
        user_id = row["user"]["objectId"]
        user = next(iter((await self._storage.find(users, Query("_User", HasId((user_id,)), limit=1))).wire()), None)
        if user is None:
            return None
        expires_at = parse_date(row["expiresAt"]["iso"]) if "expiresAt" in row else None
        user.pop("password", None)
        if user.get("authData"):  # handlers are given it, and what they give out of it goes to clients
            user["authData"] = without_secrets(user["authData"])
        session = Session(
            token,
            user_id,
            user,
            row["objectId"],
            None if expires_at is None else to_milliseconds(expires_at),
            now + self._options.cache.ttl,
            self._renewed_from(row) if expires_at is not None else None,
            user_caller(user_id, user, session_token=token),
        )
        if drops == self._drops:  # else a notice came in between, which may have been about this session
            self._remember(session)
        return session

    def _renewed_from(self, row: dict[str, Any]) -> int | None:
        rules = self._options.sessions
        changed = parse_date(row["updatedAt"])
        if not rules.extend_on_use or changed is None:
            return None
        return to_milliseconds(changed) + rules.length * 500

    def _remember(self, session: Session) -> None:
        self._sessions[session.token] = session
        self._tokens_of.setdefault(session.user_id, set()).add(session.token)
        while len(self._sessions) > self._options.cache.max_size:
            self._drop(next(iter(self._sessions)))

    async def with_roles(self, caller: Caller) -> Caller:
        """The caller with the names of its roles, inherited ones too."""
        if caller.user_id is None or caller.roles is not None or caller.sees_everything:
            return caller
        session = self._sessions.get(caller.session_token) if caller.session_token else None
        if session is not None and session.caller.roles is not None:
            return on_installation(session.caller, caller.installation_id)
        drops = self._drops
        roles = await self.roles_of(caller.user_id)
        if session is not None and drops == self._drops:
            session.caller = session.caller.with_roles(roles)
        return caller.with_roles(roles)

    async def roles_of(self, user_id: str) -> frozenset[str]:
        """The names of all roles of a user: those that name it, and those that hold one of these, and so on."""
        schema = await self._schemas.get("_Role")
        if schema is None:
            return frozenset()
        names: dict[str, str] = {}
        wave: Iterable[tuple[str, str]] = await self._roles_where(LinksTo("users", (user_id,)))
        while wave:
            fresh = {role_id: name for role_id, name in wave if role_id not in names}
            names.update(fresh)
            wave = await self._roles_where(LinksTo("roles", tuple(fresh))) if fresh else ()
        return frozenset(names.values())

    async def _roles_where(self, condition: LinksTo) -> list[tuple[str, str]]:
        schema = await self._schemas.get("_Role")
        assert schema is not None
        found = await self._storage.find(schema, Query("_Role", condition), fields=("name",))
        return [(row["objectId"], row["name"]) for row in found.wire() if "name" in row]


def on_installation(caller: Caller, installation_id: str | None) -> Caller:
    """The caller as it speaks from one installation."""
    if installation_id is None:
        return caller
    return msgspec.structs.replace(caller, installation_id=installation_id)


def _same(given: str, key: str | None) -> bool:
    return key is not None and hmac.compare_digest(given.encode(), key.encode())


def _has_client_key(credentials: Credentials, keys: Keys) -> bool:
    pairs = (
        (credentials.rest_api_key, keys.rest_api),
        (credentials.javascript_key, keys.javascript),
        (credentials.client_key, keys.client),
        (credentials.dot_net_key, keys.dot_net),
    )
    return any(given is not None and _same(given, key) for given, key in pairs)


def _check_address(address: str, allowed: tuple[str, ...], what: str) -> None:
    if not is_allowed(address, allowed):
        log.warning("the %s was used from %s, which its list of addresses does not allow", what, address)
        raise KeyFromElsewhere


@lru_cache(maxsize=4096)
def is_allowed(address: str, allowed: tuple[str, ...]) -> bool:
    """Whether an address stands in a list of addresses and networks, as the options of keys have them."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    for entry in allowed:
        network = {"0.0.0.0": "0.0.0.0/0", "::": "::/0", "::0": "::/0"}.get(entry, entry)
        if ip in ip_network(network, strict=False):
            return True
    return False
