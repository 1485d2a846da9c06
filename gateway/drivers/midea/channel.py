"""What is between the bytes of a connection and the packets in them: nothing in version 2, a session in version 3.

A session begins with a greeting, the unit's token in clear. A unit that knows it answers with 32 bytes under its key and their SHA-256;
these bytes and the key, one laid over the other, are the session's key. Whoever overheard the token gains nothing by it. Token and key are
the unit's for life: they come from the vendor's cloud once, and nothing here ever asks it for them.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.drivers.midea.cipher import decrypt_blocks
from gateway.drivers.midea.envelope import GREETING, OTHER, QUESTION, SHAPE, WELCOME, Envelope, decode_envelope, encode_envelope
from gateway.drivers.midea.packet import SHAPE as PACKETS
from gateway.drivers.midea.splitter import Splitter
from gateway.errors import Offline, Unauthenticated, WireError

TOKEN, KEY = 64, 32
"""Lengths in bytes."""
NOT_KNOWN = (
    "the appliance does not know this token: it is another unit's, or of the time before this one was set up anew; "
    "`hulian credentials import` gives it the right one, and `hulian guide midea` tells where to get it"
)
NOT_A_PAIR = (
    "the appliance knows the token, but the key does not belong to it: `hulian credentials import` gives it the pair that belongs "
    "together, and `hulian guide midea` tells where to get it"
)
_FORGOTTEN = "the appliance does not know this session any more"
_NUMBERS = 0x1000


@dataclass(frozen=True, slots=True)
class Secrets:
    """Token and key of one unit of version 3."""

    token: bytes = field(repr=False)
    key: bytes = field(repr=False)


def secrets_of(credentials: Mapping[str, str]) -> Secrets:
    """Return a unit's secrets; raise Unauthenticated when one is missing or is no such thing."""
    return Secrets(_bytes(credentials, "token", TOKEN), _bytes(credentials, "key", KEY))


def _bytes(credentials: Mapping[str, str], name: str, length: int) -> bytes:
    try:
        told = bytes.fromhex(credentials.get(name, ""))
    except ValueError:
        told = b""
    if len(told) != length:
        raise Unauthenticated(
            f"this appliance needs its {name}, {2 * length} hexadecimal digits: `hulian credentials import` gives it, and "
            "`hulian guide midea` tells where to get it",
            property=name,
        )
    return told


class Channel(Protocol):
    """One connection's. `greeting` is what to send first; no packet before `ready`. `dropped` counts what cannot be read."""

    greeting: bytes
    dropped: int

    @property
    def ready(self) -> bool:
        """Whether packets can be sent."""
        ...

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the packets that are whole now, unchecked; raise Unauthenticated or Offline when the unit wants no more of it."""
        ...

    def wrap(self, packet: bytes) -> bytes:
        """Return a packet as it is sent."""
        ...


class Plain:
    """Version 2."""

    ready = True

    def __init__(self) -> None:
        self.greeting = b""
        self.dropped = 0
        self._splitter = Splitter(PACKETS)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the packets; see Channel."""
        yield from self._splitter.feed(piece)

    def wrap(self, packet: bytes) -> bytes:
        """Return the packet; see Channel."""
        return packet


class Keyed:
    """Version 3: `dropped` counts envelopes that could not be opened."""

    def __init__(self, secrets: Secrets) -> None:
        self.greeting = encode_envelope(Envelope(GREETING, 0, secrets.token))
        self.dropped = 0
        self._secrets = secrets
        self._session = b""
        self._number = 0
        self._splitter = Splitter(SHAPE)

    @property
    def ready(self) -> bool:
        """Whether there is a session."""
        return bool(self._session)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the packets in the session's answers; see Channel."""
        for data in self._splitter.feed(piece):
            try:
                envelope = decode_envelope(data, self._session)
            except WireError:
                self.dropped += 1
                continue
            if envelope.kind == WELCOME:
                self._begin(envelope.content)
            elif envelope.kind == OTHER:
                raise Offline(_FORGOTTEN) if self.ready else Unauthenticated(NOT_KNOWN, property="token")
            else:
                yield envelope.content

    def wrap(self, packet: bytes) -> bytes:
        """Return the packet sealed, with the next number; see Channel."""
        self._number = (self._number + 1) % _NUMBERS
        return encode_envelope(Envelope(QUESTION, self._number, packet), self._session)

    def _begin(self, welcome: bytes) -> None:
        """Take the session of the latest welcome: a unit that was greeted twice has begun twice."""
        if len(welcome) != KEY + hashlib.sha256().digest_size:
            self.dropped += 1
            return
        chance = decrypt_blocks(self._secrets.key, welcome[:KEY])
        if hashlib.sha256(chance).digest() != welcome[KEY:]:
            if not self.ready:
                raise Unauthenticated(NOT_A_PAIR, property="key")
            self.dropped += 1
            return
        self._session = bytes(ours ^ theirs for ours, theirs in zip(self._secrets.key, chance, strict=True))
