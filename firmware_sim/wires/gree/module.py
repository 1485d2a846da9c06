"""Datagram in, datagram out: the network module of a unit, without any socket.

    {"t": "scan"}                                   in clear; the answer is a `dev` under the shared key
    {"t": "pack", "i": 1, "pack": ..}               under the shared key: `bind`, answered by `bindok` with the unit's own key
    {"t": "pack", "i": 0, "pack": ..}               under the unit's key: `status` asks for columns, `cmd` sets some

The answer to `cmd` repeats what was asked, whatever the board made of it. Everything else, and what is for another unit, gets no answer.

Quirks: `scan-in-v1` a version 2 unit that answers a scan as version 1 does. `scan-first` hands out its key only to a socket that has
scanned. `unprovisioned` hands it to nobody. `scan-only` answers nothing but scans. `fussy` asked for thirty columns or more, or for
one that is newer than its program, says nothing at all. `blanks` has an empty text for each column it does not know.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import orjson

from firmware_sim.wires.gree.board import Board
from firmware_sim.wires.gree.fault import Unreadable
from firmware_sim.wires.gree.identity import Identity
from firmware_sim.wires.gree.seal import SHARED_KEYS, hide, reveal

Peer = tuple[str, int]
LONGEST = 1460
"""Bytes of a datagram that fit its memory; longer ones it does not hear."""
_MANY_COLUMNS = 30
_NEWER = frozenset({"OutEnvTem", "SlpMod"})
_FRIENDS = 64


class Module:
    """The module of one unit; `unread` counts what it could not read, `obeyed` the commands it passed on."""

    def __init__(self, identity: Identity, board: Board, version: int, quirks: frozenset[str]) -> None:
        self.quirks = quirks
        self.unread = 0
        self.obeyed = 0
        self._identity = identity
        self._board = board
        self._version = version
        self._key = identity.key.encode()
        self._scanned: OrderedDict[Peer, None] = OrderedDict()

    def answer(self, data: bytes, peer: Peer) -> bytes | None:
        """Do what a datagram asks and return the answer; None when the unit stays silent."""
        try:
            return self._answer(_read(data), peer)
        except Unreadable:
            self.unread += 1
            return None

    def _answer(self, asked: Mapping[str, Any], peer: Peer) -> bytes | None:
        if asked.get("t") == "scan":
            self._remember(peer)
            version = 1 if "scan-in-v1" in self.quirks else self._version
            return self._sealed(self._identity.card(), version, SHARED_KEYS[version], 1, asked)
        if asked.get("t") != "pack" or "scan-only" in self.quirks or asked.get("tcid") not in {self._identity.mac, "", None}:
            return None
        shared = asked.get("i") == 1
        key = SHARED_KEYS[self._version] if shared else self._key
        letter = reveal(self._version, key, asked)
        answer = self._bound(letter, peer) if shared else self._told(letter)
        return None if answer is None else self._sealed(answer, self._version, key, int(shared), asked)

    def _bound(self, letter: Mapping[str, Any], peer: Peer) -> dict[str, Any] | None:
        strange = "scan-first" in self.quirks and peer not in self._scanned
        if letter.get("t") != "bind" or letter.get("mac") != self._identity.mac or strange or "unprovisioned" in self.quirks:
            return None
        return {"t": "bindok", "mac": self._identity.mac, "key": self._identity.key, "r": 200}

    def _told(self, letter: Mapping[str, Any]) -> dict[str, Any] | None:
        if letter.get("mac", self._identity.mac) != self._identity.mac:
            return None
        if letter.get("t") == "status":
            return self._status(_names(letter.get("cols")))
        if letter.get("t") == "cmd":
            return self._command(_names(letter.get("opt")), letter.get("p"))
        return None

    def _status(self, names: list[str]) -> dict[str, Any] | None:
        shown = self._identity.words() | self._board.columns()
        if "fussy" in self.quirks and (len(names) >= _MANY_COLUMNS or _NEWER.intersection(names)):
            return None
        told = names if "blanks" in self.quirks else [name for name in names if name in shown]
        return {"t": "dat", "mac": self._identity.mac, "r": 200, "cols": told, "dat": [shown.get(name, "") for name in told]}

    def _command(self, names: list[str], values: object) -> dict[str, Any]:
        if not isinstance(values, list) or len(values) != len(names):
            raise Unreadable("as many values as names")
        self.obeyed += 1
        self._board.obey(dict(zip(names, values, strict=True)))
        return {"t": "res", "mac": self._identity.mac, "r": 200, "opt": names, "p": values, "val": values}

    def _sealed(self, letter: Mapping[str, Any], version: int, key: bytes, selector: int, asked: Mapping[str, Any]) -> bytes:
        to = asked.get("cid") if isinstance(asked.get("cid"), str) else ""
        cover = {"t": "pack", "i": selector, "uid": 0, "cid": self._identity.mac, "tcid": to}
        return orjson.dumps(cover | hide(version, key, letter))

    def _remember(self, peer: Peer) -> None:
        self._scanned[peer] = None
        while len(self._scanned) > _FRIENDS:
            self._scanned.popitem(last=False)


def _read(data: bytes) -> dict[str, Any]:
    if len(data) > LONGEST:
        raise Unreadable("too long")
    try:
        asked = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Unreadable(str(error)) from error
    if not isinstance(asked, dict):
        raise Unreadable("no JSON object")
    return asked


def _names(names: object) -> list[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Unreadable("columns are a list of names")
    return names
