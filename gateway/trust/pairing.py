"""How somebody new comes in, seen from the hub: two ways to agree on a secret, and one message under it.

    POST /pair                 {"do": "pin", "share"}                     -> {"session", "share", "gateway"}
                               {"do": "prove", "session", "proof"}        -> {"proof"}
    POST /.well-known/edhoc    true, message 1 -> message 2               C_R, message 3 -> message 4
    POST /pair                 {"do": "enrol", "session", "sealed"}       -> {"sealed"}

Inside the sealed message stand the client's name, its certificate request and, after EDHOC, the one-time code; inside the answer
all it needs from then on. Bytes travel as base64url texts. A message may have a `pad`, which is not read: a stranger gets no longer
words than it has sent. A session lives a minute, there are few, and the same message gets the same answer for as long: an answer
that was lost can be asked for again. Anything else that comes twice is refused.
"""

import asyncio
import hmac
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Any, Final

from gateway.errors import BadSyntax, Forbidden, HulianError, Unauthenticated
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.thing.principal import Principal, Role
from gateway.trust.access import Access
from gateway.trust.edhoc import CONNECTIONS, KeyPair, Responder, key_of, new_key
from gateway.trust.enrolment import Enrolment
from gateway.trust.extra import INSTALL
from gateway.trust.invitation import Invitation
from gateway.trust.journal import Journal
from gateway.trust.pin import PinRun
from gateway.trust.pin import is_available as pin_is_available
from gateway.trust.sessions import Session, Sessions
from gateway.trust.texts import data_of, text_of
from gateway.trust.vault import Vault
from gateway.trust.window import COMPARTMENT, MEANS, MINUTES, Ended, PairingWindow, Secrets, Window

_log = Log()
_PIN_CONNECTION_BYTES: Final = 8
_OPENING: Final = 0xF5
_KEY: Final = "edhoc"


class HubKey:
    """The hub's long-term key for EDHOC, made when pairing is opened the first time: a hub nobody pairs with needs no library for it."""

    def __init__(self, kept: Secrets) -> None:
        self._kept = kept
        self._pair: KeyPair | None = None

    @property
    def pair(self) -> KeyPair:
        """Return the key; `make` came before, in this life of the hub or in an earlier one."""
        if self._pair is None:
            self._pair = key_of(self._kept.get(_KEY) or b"")
        return self._pair

    async def make(self) -> None:
        """Make the key, if there is none; on disk when this returns."""
        if self._kept.get(_KEY) is None:
            self._pair = new_key()
            await self._kept.put(_KEY, self._pair.private)


class Pairing:
    """The hub's end. `key`: its own for EDHOC; `gateway`: its id; `addresses()`: where CoAP is reached, the best first."""

    def __init__(
        self,
        window: PairingWindow,
        enrolment: Enrolment,
        journal: Journal,
        clock: Clock,
        *,
        key: HubKey,
        gateway: str,
        addresses: Callable[[], tuple[tuple[str, int], ...]],
    ) -> None:
        self.window = window
        self.enrolment = enrolment
        self._journal = journal
        self._clock = clock
        self._key = key
        self._gateway = gateway
        self._addresses = addresses
        self._sessions = Sessions(clock)
        self._admitting = asyncio.Lock()
        self._steps: dict[str, Callable[[Mapping[str, Any], str], Awaitable[dict[str, Any]]]] = {
            "pin": self._begin_pin,
            "prove": self._prove,
            "enrol": self._enrol,
        }

    async def arrange(self, wish: Mapping[str, Any], by: Principal, *, source: str = "") -> Window:
        """Open the window as a document wishes (`role`, `minutes`, `means`); raise BadSyntax, Forbidden or StateConflict."""
        minutes, means = wish.get("minutes", MINUTES), wish.get("means", list(MEANS))
        if isinstance(minutes, bool) or not isinstance(minutes, int | float):
            raise BadSyntax("`minutes` is a number")
        if not isinstance(means, list) or not all(isinstance(each, str) for each in means):
            raise BadSyntax(f"`means` is a list of {' and '.join(MEANS)}")
        try:
            role = Role(str(wish.get("role")))
        except ValueError as error:
            raise BadSyntax(f"`role` is one of {', '.join(Role)}") from error
        await self._key.make()
        return await self.window.open(role, by, minutes=minutes, means=tuple(means), source=source)

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Return the hosts and ports at which whoever is to come in finds this hub."""
        return tuple(self._addresses())

    def offer(self, window: Window) -> dict[str, Any]:
        """Return what the one who opened the window shows to who is to come in."""
        offered: dict[str, Any] = {"gateway": self._gateway, "role": window.role.value, "by": window.by, "until": window.until}
        if "pin" in window.means:
            offered["pin"] = window.pin
        if "qr" in window.means and self._addresses():
            offered["qr"] = Invitation(self._gateway, self._key.pair.compressed, window.code, self._addresses()).text()
        return offered | {"addresses": [f"{host}:{port}" for host, port in self._addresses()]}

    async def message(self, document: Any, host: str) -> dict[str, Any]:
        """Answer one message to /pair from the address `host`; raise the CommandError that says why not."""
        step = self._steps.get(str(document.get("do"))) if isinstance(document, dict) else None
        if step is None:
            raise BadSyntax(f"`do` is one of {', '.join(self._steps)}")
        return await step(document, host)

    async def exchange(self, payload: bytes, host: str) -> bytes:
        """Answer message 1 or message 3 of EDHOC; raise the CommandError that says why not."""
        if payload[:1] == bytes([_OPENING]):
            return self._begin_exchange(payload, host)
        session = self._sessions.find(payload[:1], host, "qr")
        if (said := session.replies.get(payload)) is not None:
            return bytes(said)
        if session.responder is None:
            raise BadSyntax("this exchange is over: begin again")
        responder, session.responder = session.responder, None
        try:
            last, session.channel = responder.conclude(payload[1:])
        except BadSyntax:
            self._sessions.drop(payload[:1])
            raise
        session.replies[payload] = last
        return last

    def _begin_exchange(self, payload: bytes, host: str) -> bytes:
        window = self.window.required("qr")
        self._sessions.make_room(host)
        connection = next(each for each in CONNECTIONS[:-1] if each not in self._sessions)
        responder = Responder(self._key.pair, self._gateway, connection)
        answer = responder.answer(payload)
        self._sessions.begin(connection, "qr", host, window, responder)
        return answer

    async def _begin_pin(self, document: Mapping[str, Any], host: str) -> dict[str, Any]:
        window = self.window.required("pin")
        share = data_of(document, "share")
        self._sessions.make_room(host)
        connection = secrets.token_bytes(_PIN_CONNECTION_BYTES)
        session = self._sessions.begin(connection, "pin", host, window)
        try:
            run = await asyncio.to_thread(PinRun, window.pin, "hub")
            session.keys = await asyncio.to_thread(run.finish, share, connection, self._gateway)
        except BadSyntax:
            self._sessions.drop(connection)
            raise
        return {"session": text_of(connection), "share": text_of(run.share), "gateway": self._gateway}

    async def _prove(self, document: Mapping[str, Any], host: str) -> dict[str, Any]:
        """Count the try, on disk, then look at the proof: a session has one."""
        connection, proof = data_of(document, "session"), data_of(document, "proof")
        session = self._sessions.find(connection, host, "pin")
        if (said := session.replies.get(proof)) is not None:
            return dict(said)
        if session.keys is None:
            raise BadSyntax("this session has been proved, or is not ready")
        await self.window.count("pin")
        keys, session.keys = session.keys, None
        if keys is None:
            raise BadSyntax("this session has been proved")
        try:
            keys.check(proof)
        except Unauthenticated:
            self._sessions.drop(connection)
            await self.window.missed(host)
            raise
        session.channel = keys.channel()
        session.replies[proof] = {"proof": text_of(keys.proof)}
        return dict(session.replies[proof])

    async def _enrol(self, document: Mapping[str, Any], host: str) -> dict[str, Any]:
        connection, sealed = data_of(document, "session"), data_of(document, "sealed")
        async with self._admitting:
            session = self._sessions.find(connection, host)
            if (said := session.replies.get(sealed)) is not None:
                return dict(said)
            if session.done:
                raise Forbidden("this session is over: one client comes in through it")
            if session.channel is None:
                raise Unauthenticated("show first that you know the PIN, or the code")
            answer = await self._admit(connection, session, session.channel.open(sealed), host)
            session.done, session.replies[sealed] = True, {"sealed": text_of(session.channel.seal(answer))}
            return dict(session.replies[sealed])

    async def _admit(self, connection: bytes, session: Session, request: dict[str, Any], host: str) -> dict[str, Any]:
        """Let the client in: first all that can be wrong is looked at, then the window closes, then the client is stored."""
        window = self._same_window(session)
        wanted = self.enrolment.checked(request, window.role)
        if session.means == "qr":
            await self.window.count("qr")
            if not hmac.compare_digest(data_of(request, "code"), window.code):
                self._sessions.drop(connection)
                await self.window.missed(host)
                raise Unauthenticated("the one-time code is not the one of this window")
        await self.window.close("paired", client=wanted.id)
        self._sessions.prolong(session)
        ended = Ended("failed")
        try:
            answer = await self.enrolment.admit(wanted, window.by)
            ended = Ended("paired", wanted.id)
        except HulianError as error:
            await self._journal.record("paired", actor=window.by, target=wanted.id, source=host, result="failed", why=str(error))
            raise
        finally:
            self.window.settle(ended)
        await self._journal.record("paired", actor=window.by, target=wanted.id, source=host, role=window.role.value, means=session.means)
        return answer

    def _same_window(self, session: Session) -> Window:
        window = self.window.required(session.means)
        if window.id != session.window:
            raise Forbidden("the pairing this began in is over: begin again")
        return window


@asynccontextmanager
async def open_pairing(
    vault: Vault,
    access: Access,
    enrolment: Enrolment,
    journal: Journal,
    clock: Clock,
    *,
    gateway: str,
    addresses: Callable[[], tuple[tuple[str, int], ...]],
) -> AsyncIterator["Pairing | None"]:
    """Let clients pair for as long as the context lives; yields None, with a word in the log, where a library is missing."""
    kept = vault.compartment(COMPARTMENT)
    if not (pin_is_available() and find_spec("cryptography")):
        _log.info("nobody can pair", why=f"libraries are missing: {INSTALL}")
        yield None
        return
    async with PairingWindow(kept, access, journal, clock) as window:
        yield Pairing(window, enrolment, journal, clock, key=HubKey(kept), gateway=gateway, addresses=addresses)
