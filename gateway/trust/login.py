"""Browsers at the door: who a visitor is, from the login it shows.

A login belongs to a client of the register and ends with it. It is a secret of 32 bytes that the browser has in a cookie (or a program
in an `Authorization: Bearer` header); the hub keeps only its hash, sealed in the vault, so that a hub that starts again still knows it.
Without a login a visitor is `local` where loopback is open (`access`), and nobody everywhere else.

    code = logins.invite(Invited(client="phone-7f3k2m9q"))      # shown by `hulian login`
    granted = await logins.redeem(code.text, source)            # the browser's cookie
    principal = logins.principal(visitor)                       # at every request, and again at every step of a long one
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any, Final, Protocol

import orjson

from gateway.errors import Forbidden, StorageDamaged, Unauthenticated
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.thing.principal import Principal, Role
from gateway.trust.access import Access
from gateway.trust.client import Client
from gateway.trust.journal import Journal
from gateway.trust.login_code import Code, Codes, Invited
from gateway.trust.roles import Permission, may

COMPARTMENT: Final = "logins"
TOKEN_BYTES: Final = 32
LONGEST_TOKEN: Final = 128
LIFE: Final = 90 * 86400.0
"""Seconds a login lives at most."""
IDLE: Final = 30 * 86400.0
"""Seconds after which a login nobody used is over."""
NOTED: Final = 86400.0
"""How old the noted time of the last use may be, in seconds: every use written down would wear out the card."""
MOST: Final = 256
OF_ONE_CLIENT: Final = 16
_log = Log()


class Kept(Protocol):
    """Where logins are kept, sealed: a compartment of the vault."""

    def names(self) -> tuple[str, ...]:
        """Return what there is a secret for."""
        ...

    def get(self, name: str) -> bytes | None:
        """Return one, None when there is none; raise StorageDamaged."""
        ...

    async def put(self, name: str, secret: bytes) -> None:
        """Store or replace one; on disk when this returns."""
        ...

    async def remove(self, name: str) -> None:
        """Remove one, if it is there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who knocks: over `local` (the hub's own loopback) or not, from the address `host`, with a `token` or none.

    `said`: it was said on purpose (in `Authorization`), and not sent along by a browser that still has an old cookie.
    """

    local: bool
    host: str = ""
    token: str | None = field(default=None, repr=False)
    said: bool = False


NOBODY: Final = Visitor(local=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One login. `id`: the hash of its token; `made`, `used`: seconds since the epoch; `source`: the address it was made from."""

    id: str
    client: str
    made: float
    used: float
    source: str = ""

    def over(self, now: float) -> bool:
        """Return whether it has run out."""
        return now >= self.made + LIFE or now >= self.used + IDLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A new login with its `token`, which nobody sees again."""

    login: Login
    client: Client
    token: str = field(repr=False)


class Logins:
    """All logins of a home; `load` before anything else."""

    def __init__(self, access: Access, kept: Kept, journal: Journal, clock: Clock) -> None:
        self._access = access
        self._kept = kept
        self._journal = journal
        self._clock = clock
        self._codes = Codes(clock)
        self._logins: dict[str, Login] = {}
        access.clients.on_change(self._changed)

    async def load(self) -> None:
        """Read what is kept; what has run out, cannot be read, or is somebody's who is out, is removed."""
        now = self._clock.now()
        for name in self._kept.names():
            login = self._read(name)
            if login is None or login.over(now) or not self._is_in(login):
                await self._kept.remove(name)
            else:
                self._logins[name] = login

    def _read(self, name: str) -> Login | None:
        try:
            text = self._kept.get(name)
        except StorageDamaged as error:
            _log.warning("a login is lost", why=str(error))
            return None
        return None if text is None else Login(**orjson.loads(text))

    @property
    def open(self) -> bool:
        """Return whether whoever sits at the hub itself is in without a login, and so at once again after logging out."""
        return self._access.open

    def invite(self, invited: Invited) -> Code:
        """Return a one-time code; raise StateConflict, Unknown for a client that is not in, or Forbidden for a role that reads nothing."""
        role = self._access.principal(invited.client).role if invited.client else invited.role
        _readers_only(role)
        return self._codes.make(invited)

    async def redeem(self, text: str, source: str) -> Granted:
        """Return the login a code gives; raise Unauthenticated or RateExceeded."""
        try:
            invited = self._codes.take(text)
        except Unauthenticated:
            await self._journal.record("login", source=source, result="refused")
            raise
        return await self.begin(invited.client or await self._new_client(invited), source)

    async def begin(self, client: str, source: str, *, means: str = "code") -> Granted:
        """Return a login for a client that has shown who it is; its oldest one makes room. Raise Unauthenticated, or Forbidden."""
        principal = self._access.principal(client)
        _readers_only(principal.role)
        known = self._access.clients.get(client)
        if known is None:
            raise Unauthenticated("this client is not in")
        await self._make_room(client)
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock.now()
        login = Login(id=digest(token), client=client, made=now, used=now, source=source)
        await self._keep(login)
        await self._journal.record("login", actor=client, source=source, role=principal.role.value, means=means)
        return Granted(login=login, client=known, token=token)

    def principal(self, visitor: Visitor) -> Principal:
        """Return who a visitor is; raise Unauthenticated, which says what to do."""
        login = None if visitor.token is None else self._find(visitor.token)
        if login is not None and not login.over(self._clock.now()) and self._is_in(login):
            return self._access.principal(login.client)
        if visitor.local and self._access.open and not visitor.said:
            return self._access.local()
        if visitor.token is not None:
            raise Unauthenticated("your login has ended: log in again, then repeat this. Nothing was changed", login="ended")
        raise Unauthenticated("log in first: `hulian login` on the hub makes a code for your browser", login="needed")

    async def used(self, visitor: Visitor) -> None:
        """Note that a login was used: at most once a day, for it is written to disk."""
        login = None if visitor.token is None else self._find(visitor.token)
        now = self._clock.now()
        if login is not None and now - login.used >= NOTED and not login.over(now):
            await self._keep(replace(login, used=now))

    async def end(self, visitor: Visitor) -> None:
        """End the visitor's login, if it has one."""
        login = None if visitor.token is None else self._find(visitor.token)
        if login is not None:
            await self._drop(login.id)
            await self._journal.record("logout", actor=login.client, source=visitor.host)

    def of(self, client: str) -> tuple[Login, ...]:
        """Return the logins of one client, the oldest first."""
        now = self._clock.now()
        mine = (login for login in self._logins.values() if login.client == client and not login.over(now))
        return tuple(sorted(mine, key=lambda login: login.made))

    async def _new_client(self, invited: Invited) -> str:
        clients = self._access.clients
        client = await clients.add(invited.name, invited.role, Principal(invited.by, Role.OWNER))
        await self._journal.record("paired", actor=invited.by, target=client.id, source="http", role=client.role.value, means="login")
        return client.id

    async def _make_room(self, client: str) -> None:
        now = self._clock.now()
        for login in [each for each in self._logins.values() if each.over(now)]:
            await self._drop(login.id)
        mine = self.of(client)
        others = sorted(self._logins.values(), key=lambda login: login.used)
        for login in (*mine[: max(0, len(mine) - OF_ONE_CLIENT + 1)], *others[: max(0, len(others) - MOST + 1)]):
            await self._drop(login.id)

    async def _changed(self, client: Client) -> None:
        """End the logins of a client that is out, and forget the codes it could still come in with."""
        if not client.valid(self._clock.now()):
            self._codes.forget(client.id)
            for login in [each for each in self._logins.values() if each.client == client.id]:
                await self._drop(login.id)

    async def _keep(self, login: Login) -> None:
        await self._kept.put(login.id, orjson.dumps(asdict(login)))
        self._logins[login.id] = login

    async def _drop(self, id: str) -> None:
        if self._logins.pop(id, None) is not None:
            await self._kept.remove(id)

    def _find(self, token: str) -> Login | None:
        return self._logins.get(digest(token)) if len(token) <= LONGEST_TOKEN else None

    def _is_in(self, login: Login) -> bool:
        client = self._access.clients.get(login.client)
        return client is not None and client.valid(self._clock.now())


def digest(token: str) -> str:
    """Return what the hub knows a token by."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def visitor_of(scope: Mapping[str, Any]) -> Visitor:
    """Return who asks, as the guard wrote it into an ASGI scope (of a request or of a WebSocket); nobody where no guard stood."""
    visitor = scope.get("hulian.visitor")
    return visitor if isinstance(visitor, Visitor) else NOBODY


def _readers_only(role: Role) -> None:
    if not may(role, Permission.READ):
        raise Forbidden(f"the role {role.value} logs in nowhere: it speaks for an appliance")
