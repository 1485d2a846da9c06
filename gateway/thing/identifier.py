"""Identifiers: `[a-z0-9-]{1,64}`, stable over address changes, never a serial number."""

import hashlib
import re
from base64 import b32encode
from random import Random

from gateway.errors import BadSyntax

_PATTERN = re.compile(r"[a-z0-9-]{1,64}\Z")
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
RESERVED = frozenset({"c", "$"})
"""Names that have a meaning of their own in the topic tree (profile decision 1)."""


def check_identifier(text: str) -> str:
    """Return `text` if it may name a gateway, device or client; raise BadSyntax otherwise."""
    if not _PATTERN.match(text) or text in RESERVED:
        raise BadSyntax(f"{text!r} cannot be an identifier: use 1 to 64 of a-z, 0-9 and '-'")
    return text


def derived_identifier(kind_prefix: str, scope: str, secret: str) -> str:
    """Make a stable device id such as `ac-7f3k2m9q` from what a vendor identifies its unit by, without showing it."""
    digest = hashlib.sha256(f"{scope}:{secret}".encode()).digest()
    return f"{kind_prefix}-{b32encode(digest[:5]).decode().lower()}"


def new_identifier(prefix: str, random: Random) -> str:
    """Make a fresh id such as `hub-7f3k2m`."""
    return f"{prefix}-{''.join(random.choices(_LETTERS, k=6))}"
