"""The control interface: what the judge's hands do to the appliance. One JSON object a line over a unix socket, one answer a line.

    {"do": "abilities"}                                  what of this is possible here
    {"do": "units"}                                      which appliances answer here
    {"do": "truth"}                                      what is so, unrounded
    {"do": "power", "state": "off|sag|on", "volts": 154} the mains
    {"do": "touch", "set": {"load": 1200}}               hands at the plug: load (W), button (true)
    {"do": "fault", "code": "THERMAL.PLUG-HOT", "clear": false}
    {"do": "network", "silent": true}                    fall silent, and come back; `loss`, `delay`, `twice`: a bad link
    {"do": "leave", "seconds": 5}                        go in good order, and be back after so many seconds
    {"do": "advance", "seconds": 3600}                   let time pass at once
    {"do": "internet", "state": "off"}                   the home's line; this plug never uses it, so there is nothing to cut
    {"do": "clock", "seconds": -86400}                   set the wall's time otherwise; nothing passes

It belongs to laboratory firmware, never to what is sold.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from plug.appliance import NOMINAL_VOLTS, Appliance
from plug.network import Network
from plug.orders import Book
from plug.refusal import Refusal

SAG = 154.0
_LONGEST_ADVANCE = 366 * 86400
_HEAVIEST = 20_000
_VOLTS = {"off": 0.0, "sag": SAG, "on": NOMINAL_VOLTS}

Request = Mapping[str, Any]


class Wires(Protocol):
    """What the hands do to every wire at once."""

    network: Network

    async def silence(self, silent: bool) -> None:
        """Fall silent as if torn off, or come back."""

    async def leave(self) -> None:
        """Go in good order."""


class Hands:
    """What can be done; `where` is what the units are told to be besides."""

    def __init__(self, appliance: Appliance, book: Book, wires: Wires, where: Mapping[str, Any]) -> None:
        self._appliance, self._book, self._wires, self._where = appliance, book, wires, where
        self._silent = False
        self._return: asyncio.Task[None] | None = None
        self.deeds: dict[str, Callable[[Request], Awaitable[dict[str, Any]]]] = {
            "abilities": self._abilities,
            "units": self._units,
            "truth": self._truth,
            "power": self._power,
            "touch": self._touch,
            "fault": self._fault,
            "network": self._network,
            "leave": self._leave,
            "advance": self._advance,
            "clock": self._clock,
            "internet": self._internet,
        }

    async def answer(self, line: bytes) -> dict[str, Any]:
        """Carry out one line."""
        try:
            return {"ok": True, **(await self._done(json.loads(line)))}
        except (ValueError, KeyError, TypeError) as error:
            return {"ok": False, "error": Refusal("bad-syntax", f"{error}").document()}
        except Refusal as refusal:
            return {"ok": False, "error": refusal.document()}

    async def _done(self, request: Any) -> dict[str, Any]:
        if not isinstance(request, dict) or request.get("do") not in self.deeds:
            raise Refusal("unknown", f"`do` is one of {', '.join(self.deeds)}")
        if request.get("unit") not in {None, self._appliance.identifier}:
            raise Refusal("unknown", f"here is {self._appliance.identifier} alone")
        return await self.deeds[request["do"]](request)

    async def _abilities(self, _: Request) -> dict[str, Any]:
        return {"abilities": sorted(self.deeds)}

    async def _units(self, _: Request) -> dict[str, Any]:
        return {"units": [{"id": self._appliance.identifier, "kind": self._appliance.model.kind, **self._where}]}

    async def _truth(self, _: Request) -> dict[str, Any]:
        return {"truth": self._appliance.truth()}

    async def _power(self, request: Request) -> dict[str, Any]:
        volts = float(request["volts"]) if request.get("volts") is not None else _VOLTS[request["state"]]
        was = self._appliance.on
        self._appliance.supply(volts)
        if was != self._appliance.on:
            await self._wires.silence(not self._appliance.on or self._silent)
        return {}

    async def _touch(self, request: Request) -> dict[str, Any]:
        for name, value in request["set"].items():
            match name, value:
                case "load", int() | float() if 0 <= value <= _HEAVIEST:
                    self._appliance.plug_in(float(value))
                case "button", True:
                    self._appliance.press()
                case _:
                    raise Refusal("unknown", "hands can set load (0 to 20000 W) and press the button (true)", property=name)
        return {}

    async def _fault(self, request: Request) -> dict[str, Any]:
        (self._appliance.clear if request.get("clear") else self._appliance.fault)(str(request["code"]))
        return {}

    async def _network(self, request: Request) -> dict[str, Any]:
        for name in request.keys() - {"do", "unit", "silent"}:
            self._wires.network.set(name, request[name])
        self._silent = bool(request.get("silent", self._silent))
        await self._wires.silence(self._silent or not self._appliance.on)
        return {}

    async def _leave(self, request: Request) -> dict[str, Any]:
        seconds = float(request.get("seconds", 5))
        await self._wires.leave()
        self._return = asyncio.create_task(self._back(seconds), name="back")
        return {"seconds": seconds}

    async def _back(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._wires.silence(self._silent or not self._appliance.on)

    async def _advance(self, request: Request) -> dict[str, Any]:
        seconds = float(request["seconds"])
        if not 0 <= seconds <= _LONGEST_ADVANCE:
            raise Refusal("schema", "`seconds` is a number up to a year", property="seconds")
        self._appliance.advance(seconds)
        self._book.elapse()
        return {"seconds": seconds}

    async def _internet(self, request: Request) -> dict[str, Any]:
        return {"internet": request["state"]}

    async def _clock(self, request: Request) -> dict[str, Any]:
        self._appliance.clock.jump(float(request["seconds"]))
        return {}


@asynccontextmanager
async def listening(hands: Hands, path: Path) -> AsyncIterator[None]:
    """Listen on a unix socket that nobody else may open."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await hands.answer(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError, asyncio.CancelledError):
            return  # it went, said what is no line, or the program ends
        finally:
            writer.close()

    server = await asyncio.start_unix_server(converse, path)
    path.chmod(0o600)
    async with server:
        yield
    path.unlink(missing_ok=True)
