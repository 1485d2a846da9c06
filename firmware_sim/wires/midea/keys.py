"""The two secrets of a version 3 unit: the token, which it wants to hear, and the key, which it proves to have.

A real one gets both from the make's cloud and keeps them for life; here they are told in the home file or made from the unit's id.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.midea.envelope import encrypt

TOKEN, KEY = 64, 32
"""Lengths in bytes."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Token and key of one unit."""

    token: bytes = field(repr=False)
    key: bytes = field(repr=False)

    def greeting(self) -> tuple[bytes, bytes]:
        """Return what answers the right token, and the key of the session that begins with it."""
        chance = secrets.token_bytes(KEY)
        session = bytes(one ^ other for one, other in zip(chance, self.key, strict=True))
        return encrypt(self.key, chance) + hashlib.sha256(chance).digest(), session


def keys_of(identifier: str, token: Any, key: Any) -> Keys:
    """Return a unit's secrets from hexadecimal, or from its id where they are not told; SetupMistake when they have the wrong length."""
    made_token = hashlib.sha512(f"token of {identifier}".encode()).digest()
    made_key = hashlib.sha256(f"key of {identifier}".encode()).digest()
    return Keys(
        made_token if token is None else _told("token", token, TOKEN),
        made_key if key is None else _told("key", key, KEY),
    )


def _told(name: str, text: Any, length: int) -> bytes:
    try:
        told = bytes.fromhex(text)
    except (TypeError, ValueError):
        told = b""
    if len(told) != length:
        raise SetupMistake(f"facts: `{name}` is {2 * length} hexadecimal digits in quotes")
    return told
