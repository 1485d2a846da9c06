"""The control socket: what a test, a demo or a curious person does to the simulated world. One JSON object a line, one answer a line.

    {"do": "units"}                                              with the code on a screen while somebody pairs (`screen`)
    {"do": "truth", "unit": ID}                                  unrounded physics
    {"do": "power", "unit": ID, "state": "off|sag|on", "volts": 154}
    {"do": "mains"}                                              what the supply of the home brings now, when it changes, what is drawn
    {"do": "mains", "volts": 154, "seconds": 600}                something else for a while; without `seconds` until {"follow": true}
    {"do": "touch", "unit": ID, "set": {"doorOpen": true}}       what a person on site does
    {"do": "fault", "unit": ID, "code": CODE, "clear": false}
    {"do": "network", "unit": ID, "loss": 0.1, "silent": false, "delay": 0.2, "address": "127.0.0.9"}
    {"do": "network", "unit": ID, "twice": 0.1, "late": 2, "garbled": 0.1, "pieces": 7}
    {"do": "internet", "state": "off|on"}                        the home's line; what its units do without it is theirs
    {"do": "leave", "unit": ID, "seconds": 5}                    it goes in good order, with its goodbyes, and is back after so long
    {"do": "advance", "unit": ID, "seconds": 3600}               physical and wall time of the appliance
    {"do": "clock", "unit": ID, "seconds": -86400}               what it takes for the time, set forward or back; no time passes
    {"do": "abilities"}                                          which of these there are

The same words are what a vendor's own appliance may have: profiles/vendor-kit/control.md says what each means to a judge.

Answers are {"ok": true, ...} or {"ok": false, "error": {"code", "title", "detail"}}. Without `unit` a request means every unit, except that
touch, fault and a new address need one named when there are several. Power without `unit` is the wall's: what hangs on a plug has what the
plug lets through; what was set by hand stays so, whatever the mains of the home do, until it is `on` again. Only an advance without `unit`
moves the mains' own time; with one, what is on the same cord goes along. An appliance behind an infrared remote is touched, cut off and
broken in its room; its `truth` has beside it what the remote assumes (`shown`).
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Any

import orjson

from firmware_sim.home import Home
from firmware_sim.network import MOST
from firmware_sim.refusal import Refusal, SetupMistake
from firmware_sim.unit import Unit

LONGEST_LINE = 64 * 1024
LONGEST_ADVANCE = 366 * 86400.0
FARTHEST = 100 * 366 * 86400.0

Request = Mapping[str, Any]


@asynccontextmanager
async def control_socket(home: Home, path: Path) -> AsyncIterator[None]:
    """Listen on a unix socket (mode 0600) while the context lasts; SetupMistake when it is in use."""
    _clear_stale(path)
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_converse(home, reader, writer), name="control connection")
        connections.add(task)
        task.add_done_callback(connections.discard)

    try:
        server = await asyncio.start_unix_server(accept, path, limit=LONGEST_LINE)
    except OSError as error:
        raise SetupMistake(f"the control socket {path} cannot be made: {error.strerror or error}") from error
    try:
        _close_to_others(path)
        yield
    finally:
        server.close()  # and no waiting for those who are still connected, as its own context manager does since Python 3.12
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        _remove(path)


def _close_to_others(path: Path) -> None:
    path.chmod(0o600)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _clear_stale(path: Path) -> None:
    """Remove a socket that nobody listens on any more."""
    if not path.exists():
        return
    if not path.is_socket():
        raise SetupMistake(f"{path} is there already and is no socket")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(os.fspath(path))
        except OSError:
            path.unlink()
            return
    raise SetupMistake(f"another simulator listens on {path}: give this one another --control")


async def _converse(home: Home, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        try:
            while line := await _line(reader):
                writer.write(orjson.dumps(await _answered(home, line)) + b"\n")
                await writer.drain()
        finally:
            writer.close()
            await writer.wait_closed()


async def _line(reader: asyncio.StreamReader) -> bytes:
    """Return the next line; one that is too long is answered with an error and ends the conversation."""
    try:
        return await reader.readline()
    except ValueError:
        return b"\0"


async def _answered(home: Home, line: bytes) -> dict[str, Any]:
    try:
        return {"ok": True} | await answer(home, _parsed(line))
    except Refusal as refusal:
        return {"ok": False, "error": refusal.document()}


def _parsed(line: bytes) -> Request:
    try:
        request = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Refusal("bad-syntax", f"no JSON object on one line of at most {LONGEST_LINE} bytes: {error}") from error
    if not isinstance(request, dict):
        raise Refusal("bad-syntax", "a request is a JSON object")
    return request


async def answer(home: Home, request: Request) -> dict[str, Any]:
    """Carry out one request; raises Refusal."""
    name = request.get("do")
    if name == "units":
        return {"units": [unit.document() for unit in home.units.values()]}
    if name == "abilities":
        return {"abilities": ["advance", *_OF_THE_HOME, *_DEEDS]}
    if name == "advance":
        return await _advance(home, request)
    if isinstance(name, str) and name in _OF_THE_HOME:
        return _OF_THE_HOME[name](home, request)
    if not isinstance(name, str) or name not in _DEEDS:
        raise Refusal("unknown", f"`do` is one of units, advance, {', '.join(_OF_THE_HOME)}, {', '.join(_DEEDS)}")
    return _DEEDS[name](_units(home, request), request)


def _units(home: Home, request: Request) -> list[Unit]:
    named = request.get("unit")
    return list(home.units.values()) if named is None else [home.unit(str(named))]


def _only(units: list[Unit]) -> Unit:
    if len(units) > 1:
        raise Refusal("bad-syntax", "name the `unit`: there are several")
    return units[0]


def _truth(units: list[Unit], _: Request) -> dict[str, Any]:
    if len(units) == 1:
        return {"truth": units[0].truth()}
    return {"truths": {unit.appliance.identifier: unit.truth() for unit in units}}


def _power(home: Home, request: Request) -> dict[str, Any]:
    volts = _number(request, "volts", 0, 300) if request.get("volts") is not None else None
    named = request.get("unit")
    for appliance in home.roots if named is None else [home.unit(str(named)).physical]:
        home.supply.cut(appliance, str(request.get("state")), volts)
    return {}


def _mains(home: Home, request: Request) -> dict[str, Any]:
    if request.get("volts") is not None:
        seconds = _number(request, "seconds", 0.001, LONGEST_ADVANCE) if request.get("seconds") is not None else None
        home.supply.override(_number(request, "volts", 0, 300), seconds)
    elif _flag(request, "follow"):
        home.supply.follow()
    return {"mains": home.supply.document(), "watts": round(home.supply.watts, 1)}


def _touch(units: list[Unit], request: Request) -> dict[str, Any]:
    values = request.get("set")
    if not isinstance(values, dict) or not values:
        raise Refusal("bad-syntax", "`set` is an object of what to touch")
    _only(units).physical.touch(values)
    return {}


def _internet(home: Home, request: Request) -> dict[str, Any]:
    state = request.get("state")
    if state not in ("on", "off", None):
        raise Refusal("schema", f"the internet is on or off, not {state!r}", property="state")
    if state is not None:
        home.reach(state == "on")
    return {"internet": "on" if home.internet else "off", "left": [name for name, unit in home.units.items() if unit.network.left]}


def _fault(units: list[Unit], request: Request) -> dict[str, Any]:
    code, appliance = request.get("code"), _only(units).physical
    if not isinstance(code, str):
        raise Refusal("schema", f"a fault has a code, such as MAINS.OVERLOAD, not {code!r}", property="code")
    if _flag(request, "clear"):
        appliance.clear_fault(code)
    else:
        appliance.raise_fault(code)
    return {}


def _leave(units: list[Unit], request: Request) -> dict[str, Any]:
    seconds = _number(request, "seconds", 0.1, 3600)
    for unit in units:
        unit.leave(seconds)
    return {}


def _network(units: list[Unit], request: Request) -> dict[str, Any]:
    address = _address(request) if request.get("address") is not None and _only(units) else None
    numbers = {name: _number(request, name, 0, most) for name, most in MOST.items() if request.get(name) is not None}
    for unit in units:
        unit.network.set(silent=_flag(request, "silent"), address=address, **numbers)
    return {}


def _clock(units: list[Unit], request: Request) -> dict[str, Any]:
    seconds = _number(request, "seconds", -FARTHEST, FARTHEST)
    for unit in units:
        unit.set_clock(seconds)
    return {}


_OF_THE_HOME: dict[str, Callable[[Home, Request], dict[str, Any]]] = {
    "power": _power,
    "mains": _mains,
    "internet": _internet,
}
_DEEDS: dict[str, Callable[[list[Unit], Request], dict[str, Any]]] = {
    "truth": _truth,
    "touch": _touch,
    "fault": _fault,
    "network": _network,
    "leave": _leave,
    "clock": _clock,
}


async def _advance(home: Home, request: Request) -> dict[str, Any]:
    seconds, named = _number(request, "seconds", 0, LONGEST_ADVANCE), request.get("unit")
    await home.advance(seconds, None if named is None else home.unit(str(named)))
    return {"seconds": seconds}


def _number(request: Request, name: str, low: float, high: float) -> float:
    value = request.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Refusal("schema", f"`{name}` is a number from {low:g} to {high:g}", property=name)
    return float(value)


def _flag(request: Request, name: str) -> bool | None:
    value = request.get(name)
    if value is not None and not isinstance(value, bool):
        raise Refusal("schema", f"`{name}` is true or false", property=name)
    return value


def _address(request: Request) -> str:
    try:
        return str(IPv4Address(str(request["address"])))
    except AddressValueError:
        raise Refusal("schema", "`address` is an IPv4 address such as 127.0.0.9", property="address") from None
