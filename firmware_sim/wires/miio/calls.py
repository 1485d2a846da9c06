"""A request in JSON, and its answer: `miIO.info`, the numbered properties of the newer dialect, the named ones of the older.

A device that is asked for more properties at once than it can carry says `user ack timeout`, as does one whose own processor is busy, and
one that does not know the method in the newer dialect: behind the radio there is a second processor, for which the radio only waits.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from firmware_sim.wires.miio.board import Board, Code
from firmware_sim.wires.miio.fault import Unreadable
from firmware_sim.wires.miio.identity import Identity
from firmware_sim.wires.miio.sheet import MIOT, Sheet

ACK_TIMEOUT = (-9999, "user ack timeout")
NO_METHOD = (-5000, "method not found")
INVALID = (-5001, "invalid_arg")


class Calls:
    """What one device answers. `busy`: every other request of a method finds its processor busy."""

    def __init__(self, board: Board, sheet: Sheet, identity: Identity, *, address: str, most: int, busy: bool = False) -> None:
        self._board = board
        self._sheet = sheet
        self._identity = identity
        self._address = address
        self._most = most
        self._busy = busy
        self._counts: Counter[str] = Counter()

    def answer(self, request: Mapping[str, Any], uptime: int) -> dict[str, Any]:
        """Return the answer to a request."""
        number, method, params = request["id"], request["method"], request.get("params", [])
        if method == "miIO.info":
            return {"id": number, "result": self._info(uptime)}
        self._counts[method] += 1
        if self._busy and self._counts[method] % 2:
            return _refused(number, ACK_TIMEOUT)
        said = self._numbered(method, params) if self._sheet.dialect == MIOT else self._named(method, params)
        return _refused(number, said) if isinstance(said, tuple) else {"id": number, "result": said, "exe_time": 20}

    def _info(self, uptime: int) -> dict[str, Any]:
        return {
            "life": uptime,
            "model": self._sheet.model,
            "fw_ver": self._sheet.firmware,
            "hw_ver": "SIM1",
            "mac": self._identity.mac,
            "token": self._identity.token.hex(),
            "ap": {"ssid": "home", "bssid": "02:00:00:00:00:01", "rssi": -48},
            "netif": {"localIp": self._address, "mask": "255.255.255.0", "gw": "0.0.0.0"},  # noqa: S104 - told, not bound
        }

    def _numbered(self, method: str, params: Any) -> Any:
        """Answer in the newer dialect: a list of results, or a code and a message."""
        if method == "action":
            return self._action(params) if isinstance(params, Mapping) else INVALID
        if method not in ("get_properties", "set_properties"):
            return ACK_TIMEOUT
        if not isinstance(params, list) or not params or not all(isinstance(one, Mapping) for one in params):
            return INVALID
        if len(params) > self._most:
            return ACK_TIMEOUT
        return [self._get(one) if method == "get_properties" else self._set(one) for one in params]

    def _get(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        code, value = self._board.get(_key(asked, "piid"))
        return _named_back(asked, "piid") | {"code": int(code)} | ({} if value is None else {"value": value})

    def _set(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        code = self._board.set(_key(asked, "piid"), asked.get("value"))
        return _named_back(asked, "piid") | {"code": int(code)}

    def _action(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        code = Code.WRONG_INPUT if asked.get("in", []) else self._board.act(_key(asked, "aiid"))
        return _named_back(asked, "aiid") | {"code": int(code)} | ({"out": []} if code is Code.OK else {})

    def _named(self, method: str, params: Any) -> Any:
        """Answer in the older dialect: values in the order of the names, or what a setting method says."""
        if not isinstance(params, list):
            return INVALID
        if method == "get_prop":
            names = [name for name in params if isinstance(name, str)]
            return INVALID if len(names) != len(params) or len(names) > self._most else [self._value(name) for name in names]
        key = self._sheet.methods.get(method)
        if key is None:
            return NO_METHOD
        return ["ok"] if len(params) == 1 and self._board.set(key, params[0]) is Code.OK else INVALID

    def _value(self, name: str) -> Any:
        code, value = self._board.get(name)
        return value if code is Code.OK else None


def read_request(payload: bytes) -> Mapping[str, Any]:
    """Return a request; Unreadable when it is none: no JSON, no number, no method."""
    try:
        request = json.loads(payload)
    except ValueError as error:
        raise Unreadable("not JSON") from error
    if not isinstance(request, dict) or type(request.get("id")) is not int or not isinstance(request.get("method"), str):
        raise Unreadable("not a request")
    return request


def write_answer(answer: Mapping[str, Any]) -> bytes:
    """Return an answer as bytes, without blanks as devices write it."""
    return json.dumps(answer, separators=(",", ":")).encode()


def _key(asked: Mapping[str, Any], part: str) -> str:
    return f"{asked.get('siid')}.{asked.get(part)}"


def _named_back(asked: Mapping[str, Any], part: str) -> dict[str, Any]:
    """Repeat who was asked: the caller's own word for it stands in `did`."""
    return {name: asked[name] for name in ("did", "siid", part) if name in asked}


def _refused(number: int, why: tuple[int, str]) -> dict[str, Any]:
    code, message = why
    return {"id": number, "error": {"code": code, "message": message}, "exe_time": 40}
