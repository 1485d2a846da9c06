"""The OSCORE option (RFC 8613 section 6.1), read strictly before any key is looked for: bytes in, Envelope or WireError out.

The library's own reader raises whatever Python raises on a short value, and knows group flags that mean nothing here.
"""

from dataclasses import dataclass

from gateway.errors import WireError

_LENGTH, _KID, _CONTEXT = 0b111, 0b1000, 0b10000
_KNOWN = _LENGTH | _KID | _CONTEXT
MOST_NUMBER, MOST_KID, MOST_CONTEXT = 5, 7, 32
"""Bytes of a partial IV, of a kid (a nonce of 13 has room for 7) and of an id context."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands outside: the sender's number (empty in most responses), its id, and the id context."""

    number: bytes
    kid: bytes | None
    kid_context: bytes | None


def read_envelope(option: bytes) -> Envelope:
    """Return an OSCORE option's content; raise WireError for one that RFC 8613 does not have."""
    if not option:
        return Envelope(b"", None, None)
    flags = option[0]
    length = flags & _LENGTH
    if flags & ~_KNOWN or flags == 0 or length > MOST_NUMBER:
        raise WireError("reserved OSCORE flags")
    number, rest = option[1 : 1 + length], option[1 + length :]
    if len(number) < length or (length > 1 and number[0] == 0):
        raise WireError("OSCORE number cut off or padded")
    kid_context: bytes | None = None
    if flags & _CONTEXT:
        kid_context, rest = _context(rest)
    if not flags & _KID and rest:
        raise WireError("OSCORE option too long")
    if len(rest) > MOST_KID:
        raise WireError("OSCORE kid too long")
    return Envelope(number, rest if flags & _KID else None, kid_context)


def request_envelope(option: bytes) -> Envelope:
    """Return the envelope of a request, which must have a number and a kid."""
    envelope = read_envelope(option)
    if not envelope.number or envelope.kid is None:
        raise WireError("OSCORE request without number or kid")
    return envelope


def _context(rest: bytes) -> tuple[bytes, bytes]:
    if not rest or len(rest) - 1 < rest[0] or rest[0] > MOST_CONTEXT:
        raise WireError("OSCORE id context cut off or too long")
    return rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
