"""What a QR code says: who the hub is, by its key, and a code that only whoever stands before it can read.

    hulian:AEBAGBAF...   base32 without padding, upper or lower case (a QR code of capitals is a small one)

Inside: version (1), the hub's public key (33 bytes, compressed P-256), the one-time code (16), how many addresses (1), each address
(4 + 2 bytes), and the gateway's id. The client knows the key before it says a word, so nobody can stand in between.
"""

import secrets
from base64 import b32decode, b32encode
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Final

from gateway.errors import BadSyntax
from gateway.thing.identifier import check_identifier

PREFIX: Final = "hulian:"
KEY_BYTES: Final = 33
CODE_BYTES: Final = 16
MOST_ADDRESSES: Final = 4
LONGEST: Final = 300
_VERSION: Final = 1
_WRONG: Final = "this is no code of `hulian pair`: scan it again, or pair with the PIN"


@dataclass(frozen=True, slots=True)
class Invitation:
    """`key`: the hub's public key, compressed; `code`: one-time; `addresses`: (IPv4 address, CoAP port), the best first."""

    gateway: str
    key: bytes
    code: bytes = field(repr=False)
    addresses: tuple[tuple[str, int], ...]

    def text(self) -> str:
        """Return what the QR code holds."""
        places = b"".join(IPv4Address(host).packed + port.to_bytes(2) for host, port in self.addresses[:MOST_ADDRESSES])
        head = bytes([_VERSION]) + self.key + self.code + bytes([len(places) // 6])
        return (PREFIX + b32encode(head + places + self.gateway.encode()).decode().rstrip("=")).upper()


def new_code() -> bytes:
    """Return a fresh one-time code (128 bits)."""
    return secrets.token_bytes(CODE_BYTES)


def is_invitation(text: str) -> bool:
    """Return whether a text means to be an invitation."""
    return text.strip().lower().startswith(PREFIX)


def read_invitation(text: str) -> Invitation:
    """Return what a scanned or typed text says; raise BadSyntax when it is not whole."""
    body = text.strip()[len(PREFIX) :].upper()
    if not is_invitation(text) or len(text) > LONGEST:
        raise BadSyntax(_WRONG)
    try:
        inside = b32decode(body + "=" * (-len(body) % 8))
        return _read(inside)
    except (ValueError, IndexError) as error:
        raise BadSyntax(_WRONG) from error


def _read(inside: bytes) -> Invitation:
    start = 1 + KEY_BYTES + CODE_BYTES
    if inside[0] != _VERSION or not 1 <= inside[start] <= MOST_ADDRESSES:
        raise BadSyntax(_WRONG)
    end = start + 1 + 6 * inside[start]
    places = [inside[at : at + 6] for at in range(start + 1, end, 6)]
    if any(len(place) != 6 for place in places):  # noqa: PLR2004 - four bytes of address, two of port
        raise BadSyntax(_WRONG)
    addresses = tuple((str(IPv4Address(place[:4])), int.from_bytes(place[4:])) for place in places)
    gateway = check_identifier(inside[end:].decode("ascii"))
    return Invitation(gateway, inside[1 : 1 + KEY_BYTES], inside[1 + KEY_BYTES : start], addresses)
