"""What an mDNS instance says about itself, and the TXT record both ways (RFC 6763 section 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.errors import TooLarge

MAX_TXT = 400
"""Bytes of a TXT record of ours (profile 3.6)."""
MAX_KEY = 9
"""Characters of a TXT key of ours."""
MOST_PAIRS = 64
"""Pairs taken from somebody else's TXT record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one instance says now. `service` as asked for, `instance` without the type, `server` a host name.

    `addresses`: the one learned last first. `txt`: keys in lower case, first value of a repeated key, bytes that are no
    UTF-8 replaced. `gone`: it said goodbye or its records ran out. `interface`: the local address that leads to it.
    """

    service: str
    instance: str
    server: str = ""
    addresses: tuple[str, ...] = ()
    port: int = 0
    txt: Mapping[str, str] = field(default_factory=dict)
    gone: bool = False
    interface: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """One line for the doctor: at `at` (seconds since the epoch), on `interface`, `what` about `subject`."""

    at: float
    interface: str
    what: str
    subject: str


def read_txt(record: bytes) -> dict[str, str]:
    """Return the pairs of a TXT record; what makes no sense is left out."""
    pairs: dict[str, str] = {}
    at = 0
    while at < len(record) and len(pairs) < MOST_PAIRS:
        length = record[at]
        key, _, value = record[at + 1 : at + 1 + length].partition(b"=")
        at += 1 + length
        name = key.decode("ascii", "replace").lower()
        if name:
            pairs.setdefault(name, value.decode("utf-8", "replace"))
    return pairs


def check_txt(txt: Mapping[str, str]) -> dict[str, str]:
    """Return `txt` if it may be announced; raise TooLarge when a key or the whole is too long."""
    for key in txt:
        if len(key) > MAX_KEY:
            raise TooLarge(f"the TXT key {key!r} is longer than {MAX_KEY} characters")
    size = sum(2 + len(key.encode()) + len(value.encode()) for key, value in txt.items())
    if size > MAX_TXT:
        raise TooLarge(f"the TXT record has {size} bytes: at most {MAX_TXT}")
    return dict(txt)
