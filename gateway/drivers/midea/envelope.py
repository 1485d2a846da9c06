"""The outermost layer of version 3, around the packets of version 2: what only a session's two ends can read.

Byte 0: the mark 83 70. Byte 2, big endian: how much follows from byte 8 on. Byte 4: always 20. Byte 5: below what it is, above how many
bytes the last block was filled up with. Then a number of two bytes, and what it carries. In questions and answers number, content and
filling are encrypted with the session's key, and a SHA-256 over the head and all that in clear stands behind. The greeting and its answer
are not encrypted as a whole, nor is the one word ERROR, which says that the token is wrong or the session unknown.
"""

import hashlib
import secrets
from dataclasses import dataclass

from gateway.drivers.midea.cipher import BLOCK, decrypt_blocks, encrypt_blocks
from gateway.drivers.midea.splitter import Shape
from gateway.errors import WireError

MARK = b"\x83\x70"
HEAD, NUMBER, DIGEST = 6, 2, 32
MOST = 1024
GREETING, WELCOME, ANSWER, QUESTION, OTHER = 0x0, 0x1, 0x3, 0x6, 0xF
"""What an envelope is."""
_SEALED = (ANSWER, QUESTION)
_ALWAYS = 0x20


@dataclass(frozen=True, slots=True)
class Envelope:
    """What it is, the number it carries (meaningless in what units send), and its content."""

    kind: int
    number: int
    content: bytes


def encode_envelope(envelope: Envelope, session: bytes = b"") -> bytes:
    """Return the bytes to send; questions are sealed with the key of the session."""
    inner = envelope.number.to_bytes(NUMBER, "big") + envelope.content
    if envelope.kind not in _SEALED:
        return _head(envelope.kind, len(envelope.content), 0) + inner
    fill = (BLOCK - len(inner) % BLOCK) % BLOCK
    inner += secrets.token_bytes(fill)
    head = _head(envelope.kind, len(inner) - NUMBER + DIGEST, fill)
    return head + encrypt_blocks(session, inner) + _digest(head, inner)


def decode_envelope(data: bytes, session: bytes = b"") -> Envelope:
    """Check and open one whole envelope; raise WireError for anything else, and for a sealed one when there is no session."""
    if len(data) < HEAD + NUMBER or not data.startswith(MARK) or data[4] != _ALWAYS or _length(data) != len(data):
        raise WireError("not an envelope, or not all of it")
    kind, fill = data[5] % 16, data[5] // 16
    inner = _unsealed(data, session) if kind in _SEALED else data[HEAD:]
    if kind in _SEALED:
        inner = inner[: len(inner) - fill]
    if len(inner) < NUMBER:
        raise WireError("an envelope without a number")
    return Envelope(kind, int.from_bytes(inner[:NUMBER], "big"), inner[NUMBER:])


def _unsealed(data: bytes, session: bytes) -> bytes:
    if not session:
        raise WireError("sealed, and there is no session")
    head, hidden, digest = data[:HEAD], data[HEAD:-DIGEST], data[-DIGEST:]
    inner = decrypt_blocks(session, hidden)
    if _digest(head, inner) != digest:
        raise WireError("the envelope's digest is wrong")
    return inner


def _length(head: bytes) -> int:
    return HEAD + NUMBER + int.from_bytes(head[2:4], "big")


def _head(kind: int, size: int, fill: int) -> bytes:
    return MARK + size.to_bytes(2, "big") + bytes([_ALWAYS, fill * 16 + kind])


def _digest(head: bytes, inner: bytes) -> bytes:
    return hashlib.sha256(head + inner).digest()


SHAPE = Shape(MARK, HEAD, HEAD + NUMBER, MOST, _length)
"""How envelopes are found in a stream."""
