"""The datagrams: a JSON cover, and in it, hidden, a letter that is JSON again.

    {"t": "scan"}                                          who is there; in clear
    {"t": "pack", "i": 1, "tcid": mac, "pack": .., ..}     a letter under the key all units share: `dev`, `bind`, `bindok`
    {"t": "pack", "i": 0, ...}                             a letter under the unit's own key: `status`, `dat`, `cmd`, `res`

Nothing in it has a number, so an answer can be told from a late one only by what it repeats.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.drivers.gree.cipher import SHARED, Hidden, hide, reveal
from gateway.errors import WireError

PORT = 7000
SCAN = orjson.dumps({"t": "scan"})
_LONGEST = 4096
_KEY_SIZES = (16, 24, 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a unit wrote: `kind` (its `t`), who it is (`mac`, "" when it does not say), and in which version."""

    kind: str
    mac: str
    version: int
    body: Mapping[str, Any]

    def columns(self, names: str, *values: str) -> dict[str, Any]:
        """Return two lists as one mapping, the values from the first list that is there; raise WireError when they do not fit."""
        listed = self.body.get(names)
        told: object = next((self.body[value] for value in values if self.body.get(value)), [])
        if not isinstance(listed, list) or not isinstance(told, list) or len(listed) != len(told):
            raise WireError(f"{names} and {' or '.join(values)} do not fit")
        return {name: value for name, value in zip(listed, told, strict=True) if isinstance(name, str)}


class Tongue:
    """How to speak with one unit: its `mac`, and once it has told them its `version` and `key`."""

    def __init__(self, mac: str = "") -> None:
        self.mac = mac
        self.version = 1
        self.key: bytes | None = None

    def question(self, letter: Mapping[str, Any], *, shared_in: int | None = None) -> bytes:
        """Return a letter as it travels: under the unit's own key, or under the shared key of the version `shared_in`."""
        version, key = (self.version, self.key) if shared_in is None else (shared_in, SHARED[shared_in])
        if key is None:
            raise WireError("the unit has not told its key yet")
        pack, tag = hide(version, key, orjson.dumps({**letter, "mac": self.mac}))
        cover = {"t": "pack", "i": int(shared_in is not None), "uid": 0, "cid": "app", "tcid": self.mac, "pack": pack}
        return orjson.dumps(cover if tag is None else {**cover, "tag": tag})

    def read(self, data: bytes) -> Letter:
        """Return the letter in a datagram; raise WireError when it cannot be read, or comes from another unit."""
        if len(data) > _LONGEST:
            raise WireError("a datagram longer than any unit sends")
        cover = _json(data, "a datagram")
        pack, tag = cover.get("pack"), cover.get("tag")
        if cover.get("t") != "pack" or not isinstance(pack, str) or not isinstance(tag, str | None):
            raise WireError("not a letter of a Gree unit")
        version = 1 if tag is None else 2
        key = SHARED[version] if cover.get("i") == 1 else self.key
        if key is None:
            raise WireError("a letter under a key that was not told")
        body = _json(_unpadded(reveal(version, key, Hidden(pack, tag))), "a letter")
        mac = next((known for said in (body.get("mac"), body.get("cid"), cover.get("cid")) if (known := canonical(said))), "")
        if self.mac and mac not in {"", self.mac}:
            raise WireError("a letter from another unit")
        return Letter(kind=str(body.get("t")).lower(), mac=mac, version=version, body=body)

    def learn(self, bound: Letter) -> None:
        """Take the key a unit told in a `bindok`; raise WireError when it is none."""
        key = str(bound.body.get("key", "")).encode()
        if len(key) not in _KEY_SIZES:
            raise WireError("the unit told a key of no possible length")
        self.version, self.key = bound.version, key


def canonical(mac: object) -> str:
    """Return a radio's address as twelve small hexadecimal digits, "" when it is none."""
    text = str(mac).translate(_DASHES).lower() if isinstance(mac, str) else ""
    return text if len(text) == _DIGITS and all(digit in "0123456789abcdef" for digit in text) else ""


def keeps_order(listed: Sequence[str], asked: Sequence[str]) -> bool:
    """Whether some of the names that were asked for, and nothing else, are listed in the order of asking."""
    return list(listed) == [name for name in asked if name in set(listed)]


def _unpadded(plain: bytes) -> bytes:
    """Cut off what stands behind the letter: units pad in several ways, and all letters end in a brace."""
    return plain[: plain.rfind(b"}") + 1]


def _json(data: bytes, what: str) -> dict[str, Any]:
    try:
        document = orjson.loads(data.decode(errors="replace"))
    except orjson.JSONDecodeError as error:
        raise WireError(f"{what} that is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise WireError(f"{what} that is no JSON object")
    return document


_DIGITS = 12
_DASHES = {ord(mark): None for mark in ":-."}
