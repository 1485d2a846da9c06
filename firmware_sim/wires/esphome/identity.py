"""Who a node is: the address of its radio, its name, the key of its API."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from firmware_sim.refusal import SetupMistake

KEY_LENGTH = 32
SUITE = "Noise_NNpsk0_25519_ChaChaPoly_SHA256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`mac` as AA:BB:CC:DD:EE:FF; `key`: 32 bytes, None for a node that speaks in clear; `password`: of the older login, "" for none."""

    name: str
    mac: str
    key: bytes | None = field(repr=False)
    password: str = field(repr=False)

    @property
    def compact(self) -> str:
        """Return the MAC as it is announced."""
        return self.mac.replace(":", "").lower()

    @property
    def encoded(self) -> str:
        """Return the key as it stands in a node's configuration."""
        return base64.b64encode(self.key or b"").decode()


def identity_of(identifier: str, facts: Mapping[str, Any]) -> Identity:
    """Return who a unit is: of the facts, else made from its id, the same every time; `key: none` has it speak in clear."""
    digest = hashlib.sha256(f"esphome:{identifier}".encode()).digest()
    mac = ":".join(f"{byte:02X}" for byte in bytes([digest[0] & 0xFC | 0x02]) + digest[1:6])
    told = facts.get("key")
    key = None if told == "none" else hashlib.sha256(digest).digest() if told is None else _key(told)
    return Identity(
        name=str(facts.get("name", identifier)), mac=str(facts.get("mac", mac)).upper(), key=key, password=str(facts.get("password", ""))
    )


def _key(told: Any) -> bytes:
    try:
        key = base64.b64decode(str(told), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_LENGTH:
        raise SetupMistake(f"`key` of an ESPHome node is 32 bytes in base64 (44 characters), or none; not {told!r}")
    return key
