"""One unit as a transmitter: what it measures, sends and hears."""

import asyncio
from collections.abc import Mapping

from gateway.drivers.broadlink import code
from gateway.drivers.broadlink.line import NOTHING_HEARD, STATE, Line, Refused
from gateway.drivers.broadlink.models import HUNDREDTHS, TENTHS, Model
from gateway.drivers.parts.virtual.burst import Burst
from gateway.errors import WireError
from gateway.thing.description import Description
from gateway.thing.identifier import derived_identifier
from gateway.thing.log import Log
from gateway.thing.value import Value

SEND, LEARN, FETCH, CLIMATE = 0x02, 0x03, 0x04, 0x24
MADE = "made by `hulian remote add`"
ENVIRONMENT = "./mixin-environment-1.yaml#/properties/"
FAULTY = -7.0
"""Degrees that RM4 tells now and then without having measured them (home-assistant/core #42100)."""
NEAR = 3.0
_log = Log()


class BroadlinkTransmitter:
    """`key`: its MAC. What it measures is described once it has told it."""

    def __init__(self, line: Line, model: Model, key: str) -> None:
        self.closed: asyncio.Future[None] = line.closed
        self._line = line
        self._model = model
        self._key = key
        self._measured: dict[str, Value] = {}
        self._senses: tuple[str, ...] = ()
        self._described: Description | None = None

    def describe(self) -> Description:
        """Return the transmitter itself."""
        if self._described is None or bool(self._senses) != bool(self._described.additions):
            measured = {name: {"tm:ref": f"{ENVIRONMENT}{name}", "readOnly": True} for name in self._senses}
            self._described = Description(
                id=derived_identifier("ir", "broadlink", self._key),
                kind="ir-remote",
                features=("BND", "BRD"),
                narrowing={"bindsTo": {"readOnly": True, "hl:reason": MADE}},
                additions={"properties": measured} if measured else {},
                title="Infrared transmitter",
                identity={"maker": "Broadlink", "model": self._model.name},
            )
        return self._described

    async def begin(self) -> None:
        """Be let in, and learn whether it measures anything; raise DeviceFailure, TimedOut or Offline."""
        await self._line.admit()
        await self.ask()

    async def ask(self) -> Mapping[str, Value]:
        """Return what it measures, nothing where it has no sensor; every model answers something. Feed its watchdog as well."""
        self._line.feed()
        if self._model.climate == HUNDREDTHS:
            self._take(_climate(await self._line.command(CLIMATE), parts=100, names=("temperature", "humidity")))
        else:
            told = await self._line.command(STATE)
            if self._model.climate == TENTHS:
                self._take(_climate(told, parts=10, names=("temperature",)))
        return dict(self._measured)

    async def send(self, burst: Burst, again: int = 0, *, repeatable: bool = True) -> None:
        """Have a burst sent, and `again` times more."""
        await self._line.command(SEND, code.write(burst, again), once=not repeatable)

    async def learn(self) -> None:
        """Have it listen."""
        await self._line.command(LEARN)

    async def heard(self) -> Burst | None:
        """Return what it has heard, None while there is nothing, or nothing that is infrared."""
        try:
            return code.read(await self._line.command(FETCH))
        except Refused as error:
            if error.number in NOTHING_HEARD:
                return None
            raise
        except WireError as error:
            _log.info("what was learned is no infrared code", reason=str(error))
            return None

    def _take(self, told: Mapping[str, float]) -> None:
        """Take what it measures: a unit without its sensor tells zeros, and some tell minus seven degrees out of the blue."""
        if not any(told.values()):
            return
        self._senses = tuple(told)
        before = self._measured.get("temperature")
        faulty = told["temperature"] == FAULTY and (before is None or abs(before - FAULTY) > NEAR)
        self._measured |= {name: value for name, value in told.items() if not (faulty and name == "temperature")}


def _climate(data: bytes, *, parts: int, names: tuple[str, ...]) -> dict[str, float]:
    """Return what stands there: for each a byte of whole ones and one of their parts; nothing where it is cut short."""
    if len(data) < 2 * len(names):
        return {}
    pairs = ((data[2 * at], data[2 * at + 1]) for at in range(len(names)))
    return {name: round(_signed(whole) + _signed(rest) / parts, 2) for name, (whole, rest) in zip(names, pairs, strict=True)}


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte  # noqa: PLR2004 - two's complement
