"""A parcel: bytes sealed with a passphrase, to be carried out of the house as a text file.

    {"hulian": "parcel-1", "salt": "...", "sealed": "..."}     base 64

The passphrase is stretched with scrypt (32 MiB, about a third of a second on a small computer); version 1 says how far, the file
does not, so that no file can ask for more. What is inside is padded: its length tells little.
"""

import base64
import binascii
import hashlib
import secrets
import unicodedata
from typing import Any, Final

import orjson

from gateway.errors import SchemaViolation
from gateway.trust.seal import KEY_BYTES, Unsealable, sealed, unsealed

SHORTEST_PASSPHRASE: Final = 12
LIMIT: Final = 4 * 1024 * 1024
_VERSION: Final = "parcel-1"
_ABOUT: Final = b"hulian parcel 1"
_SALT_BYTES: Final = 16
_BLOCK: Final = 1024
_MEMORY: Final = 64 * 1024 * 1024


def is_parcel(text: bytes) -> bool:
    """Return whether this says that it is a parcel, whole or not."""
    return text.lstrip()[:1] == b"{" and b'"hulian"' in text[:200] and b'"parcel-' in text[:200]


def checked_passphrase(passphrase: str) -> str:
    """Return a passphrase in the one form it is used in; raise SchemaViolation when it is too short to keep anybody out."""
    plain = unicodedata.normalize("NFKC", passphrase)
    if len(plain) < SHORTEST_PASSPHRASE or len(set(plain)) < SHORTEST_PASSPHRASE // 2:
        raise SchemaViolation(f"a passphrase has at least {SHORTEST_PASSPHRASE} characters, and not always the same: four words are good")
    return plain


def packed(content: bytes, passphrase: str) -> bytes:
    """Return the parcel of `content`; raise SchemaViolation for the passphrase. It takes a while: in a thread."""
    salt = secrets.token_bytes(_SALT_BYTES)
    padding = -(len(content) + 4) % _BLOCK
    inside = len(content).to_bytes(4) + content + bytes(padding)
    text = sealed(_key(checked_passphrase(passphrase), salt), inside, _ABOUT)
    document = {"hulian": _VERSION, "salt": base64.b64encode(salt).decode(), "sealed": base64.b64encode(text).decode()}
    return orjson.dumps(document) + b"\n"


def unpacked(text: bytes, passphrase: str) -> bytes:
    """Return what is in a parcel; raise SchemaViolation when the passphrase is another one, or the file was changed or cut off."""
    salt, sealed_text = _parts(text)
    try:
        inside = unsealed(_key(unicodedata.normalize("NFKC", passphrase), salt), sealed_text, _ABOUT)
    except Unsealable:
        raise SchemaViolation("the passphrase is another one, or the file was changed or cut off") from None
    length = int.from_bytes(inside[:4])
    return inside[4 : 4 + length]


def _parts(text: bytes) -> tuple[bytes, bytes]:
    try:
        document: Any = orjson.loads(text[: LIMIT + 1])
        if document["hulian"] != _VERSION:
            raise SchemaViolation("this parcel is of a version that this program does not know: update it")
        return base64.b64decode(document["salt"], validate=True), base64.b64decode(document["sealed"], validate=True)
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise SchemaViolation("this is no parcel, or only a part of one") from error


def _key(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=2**15, r=8, p=2, maxmem=_MEMORY, dklen=KEY_BYTES)
