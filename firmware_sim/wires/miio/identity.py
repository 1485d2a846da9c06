"""Who a device is: its number, its token, the address of its radio."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from firmware_sim.refusal import SetupMistake

TOKEN_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`device`: its number (32 bits); `token`: 16 bytes; `mac`: of its radio, as AA:BB:CC:DD:EE:FF."""

    device: int
    token: bytes = field(repr=False)
    mac: str


def identity_of(identifier: str, facts: Mapping[str, Any]) -> Identity:
    """Return who a unit is: `did`, `token` (32 hex digits) and `mac` of the facts, else made from its id, the same every time."""
    digest = hashlib.sha256(f"miio:{identifier}".encode()).digest()
    told = facts.get("token")
    try:
        token = digest[16:32] if told is None else bytes.fromhex(str(told))
    except ValueError as error:
        raise SetupMistake(f"`token` is 32 hexadecimal digits, not {told!r}") from error
    if len(token) != TOKEN_LENGTH:
        raise SetupMistake(f"`token` is 32 hexadecimal digits, not {told!r}")
    mac = ":".join(f"{byte:02X}" for byte in bytes([digest[0] & 0xFC | 0x02]) + digest[1:6])
    return Identity(device=int(facts.get("did", int.from_bytes(digest[6:10], "big"))), token=token, mac=str(facts.get("mac", mac)))
