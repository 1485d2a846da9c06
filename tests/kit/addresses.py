"""Loopback addresses that no other test process uses."""

import itertools
import os

_PLACES = itertools.count(1)


def address() -> str:
    """Return a fresh address of 127/8, from a block of this process (127.128.0.0 to 127.255.253.255)."""
    process = os.getpid() & 0x3FFF
    return f"127.{128 + (process >> 7)}.{(process & 0x7F) * 2}.{1 + next(_PLACES) % 250}"
