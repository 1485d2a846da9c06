"""What version 3 puts around version 2: an envelope that only who has the unit's key can open.

    offset  size
    0       2    83 70
    2       2    length of everything from byte 8 on, big endian
    4       1    20
    5       1    how many bytes were filled up (upper half), what it is (lower half)
    6       2    number of the envelope, big endian; encrypted with the rest where there is a key
    8       n    what it carries; a version 2 packet as a rule
    8+n     32   SHA-256 over head and clear text, only of what is encrypted

What is encrypted is AES-256-CBC from a zero vector, the two bytes of the number included; whoever seals fills it up to whole blocks with
chance and says in byte 5 with how much. A search answer is an envelope of kind F around a version 2 packet, with 16 bytes behind it that no
client is known to check; so is the word ERROR, which is all a unit says to who has the wrong token or no session.
"""

import hashlib
import secrets
from dataclasses import dataclass
from enum import IntEnum

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.streams import Stream

START = b"\x83\x70"
HEAD, NUMBER, SIGN, BLOCK = 6, 2, 32, 16
LONGEST = 1024
_SPECIAL = 0x20


class EnvelopeKind(IntEnum):
    """The lower half of byte 5."""

    HANDSHAKE = 0x0
    HANDSHAKE_ANSWER = 0x1
    ANSWER = 0x3
    REQUEST = 0x6
    OTHER = 0xF


HIDDEN = (EnvelopeKind.ANSWER, EnvelopeKind.REQUEST)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An opened envelope: what it is, its number, and what it carried."""

    kind: int
    number: int
    payload: bytes


def seal(envelope: Envelope, key: bytes = b"") -> bytes:
    """Return the envelope as it travels; `key` is the session's, of 32 bytes, for the kinds that are hidden."""
    if envelope.kind not in HIDDEN:
        return _head(len(envelope.payload), envelope.kind, 0) + envelope.number.to_bytes(NUMBER, "big") + envelope.payload
    filled = -(NUMBER + len(envelope.payload)) % BLOCK
    clear = envelope.number.to_bytes(NUMBER, "big") + envelope.payload + secrets.token_bytes(filled)
    head = _head(len(envelope.payload) + filled + SIGN, envelope.kind, filled)
    return head + encrypt(key, clear) + hashlib.sha256(head + clear).digest()


def unseal(data: bytes, key: bytes | None = None) -> Envelope:
    """Open one whole envelope; Unreadable when its length or its signature is wrong, or it is hidden and there is no key."""
    if len(data) < HEAD + NUMBER or data[:2] != START or data[4] != _SPECIAL or size_of(data) != len(data):
        raise Unreadable("not an envelope of this length")
    kind, filled = data[5] & 0x0F, data[5] >> 4
    if kind not in HIDDEN:
        return Envelope(kind, int.from_bytes(data[HEAD : HEAD + NUMBER], "big"), data[HEAD + NUMBER :])
    clear = _opened(data, key)
    if filled > len(clear) - NUMBER:
        raise Unreadable("more filling than there is room for")
    return Envelope(kind, int.from_bytes(clear[:NUMBER], "big"), clear[NUMBER : len(clear) - filled])


def _opened(data: bytes, key: bytes | None) -> bytes:
    hidden = data[HEAD:-SIGN]
    if key is None or not hidden or len(hidden) % BLOCK:
        raise Unreadable("nothing this unit has a key for")
    clear = decrypt(key, hidden)
    if hashlib.sha256(data[:HEAD] + clear).digest() != data[-SIGN:]:
        raise Unreadable("the envelope's signature is wrong")
    return clear


def size_of(head: bytes) -> int:
    """Return how long an envelope with this head (6 bytes at least) is altogether."""
    return HEAD + NUMBER + int.from_bytes(head[2:4], "big")


class EnvelopeStream(Stream):
    """Cuts a TCP stream into envelopes (not yet opened)."""

    def __init__(self) -> None:
        super().__init__(START, HEAD, size_of, shortest=HEAD + NUMBER, longest=LONGEST)


def encrypt(key: bytes, clear: bytes) -> bytes:
    """AES-CBC from a zero vector; `clear` is whole blocks."""
    encryptor = _cipher(key).encryptor()
    return encryptor.update(clear) + encryptor.finalize()


def decrypt(key: bytes, hidden: bytes) -> bytes:
    """Undo `encrypt`."""
    decryptor = _cipher(key).decryptor()
    return decryptor.update(hidden) + decryptor.finalize()


def _cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(bytes(BLOCK)))


def _head(length: int, kind: int, filled: int) -> bytes:
    return START + length.to_bytes(2, "big") + bytes([_SPECIAL, filled << 4 | kind])
