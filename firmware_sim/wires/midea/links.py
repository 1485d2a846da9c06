"""What stands between a client's bytes and the packets in them: nothing (version 2), or a session that begins with the token (version 3).

A session that was begun anew replaces the one before. The unit numbers its own envelopes, and takes a request that carries the number of
the one before it for a repetition, which it leaves alone. What it cannot open it answers with ERROR, as it does the wrong token.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import Protocol

from firmware_sim.wires.midea.envelope import Envelope, EnvelopeKind, EnvelopeStream, seal, unseal
from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.keys import Keys
from firmware_sim.wires.midea.packet import PacketStream

ERROR = b"ERROR"
Say = Callable[[bytes], None]


class Link(Protocol):
    """One client's."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes, say what the link itself has to say, and return the packets that are whole now."""
        ...

    def wrap(self, packet: bytes) -> bytes | None:
        """Return a packet as it travels to this client, None when there is no way to tell it."""
        ...


class Plain:
    """Version 2: packets as they are."""

    def __init__(self) -> None:
        self._stream = PacketStream()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the packets; see Link."""
        return self._stream.feed(data)

    def wrap(self, packet: bytes) -> bytes | None:
        """Return the packet; see Link."""
        return packet


class Keyed:
    """Version 3. `forgets`: after how many seconds a session is no longer known; `drowsy`: the first request of one goes unheard."""

    def __init__(self, keys: Keys, say: Say, misread: Callable[[str], None], *, forgets: float | None = None, drowsy: bool = False) -> None:
        self._keys = keys
        self._say = say
        self._misread = misread
        self._forgets = forgets
        self._drowsy = drowsy
        self._stream = EnvelopeStream()
        self._session: bytes | None = None
        self._since = 0.0
        self._last: int | None = None
        self._number = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Shake hands, open what is for the board; see Link."""
        opened = [self._take(envelope) for envelope in self._stream.feed(data)]
        return [packet for packet in opened if packet is not None]

    def wrap(self, packet: bytes) -> bytes | None:
        """Seal a packet for the session; see Link."""
        if self._session is None:
            return None
        sealed = seal(Envelope(EnvelopeKind.ANSWER, self._number, packet), self._session)
        self._number = (self._number + 1) & 0xFFFF
        return sealed

    def _take(self, data: bytes) -> bytes | None:
        if self._session is not None and self._forgets is not None and _now() - self._since >= self._forgets:
            self._session = None
        try:
            envelope = unseal(data, self._session)
        except Unreadable as fault:
            self._misread(str(fault))
            self._refuse()
            return None
        if envelope.kind == EnvelopeKind.HANDSHAKE:
            self._greet(envelope.payload)
        elif envelope.kind == EnvelopeKind.REQUEST and not self._repeated(envelope.number):
            return envelope.payload
        return None

    def _greet(self, token: bytes) -> None:
        if not secrets.compare_digest(token, self._keys.token):
            self._refuse()
            return
        greeting, self._session = self._keys.greeting()
        self._since, self._last, self._number = _now(), None, 0
        self._say(seal(Envelope(EnvelopeKind.HANDSHAKE_ANSWER, 0, greeting)))

    def _repeated(self, number: int) -> bool:
        """Whether a request goes unheard: it was heard before, or it is the first one of a drowsy unit."""
        before, self._last = self._last, number
        return number == before or (before is None and self._drowsy)

    def _refuse(self) -> None:
        self._say(seal(Envelope(EnvelopeKind.OTHER, 0, ERROR)))


def _now() -> float:
    return asyncio.get_running_loop().time()
