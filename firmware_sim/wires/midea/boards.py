"""Which board stands behind the network module: frames in and out as bytes, so that each type may check its frames in its own way."""

from collections.abc import Callable, Mapping
from typing import Protocol

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.midea.air_purifier import AirPurifier
from firmware_sim.wires.midea.clothes_dryer import ClothesDryer
from firmware_sim.wires.midea.dehumidifier import Dehumidifier
from firmware_sim.wires.midea.frame import decode, encode
from firmware_sim.wires.midea.older_hood import OlderHood
from firmware_sim.wires.midea.range_hood import RangeHood
from firmware_sim.wires.midea.refrigerator import Refrigerator
from firmware_sim.wires.midea.speaking import Speaking
from firmware_sim.wires.midea.speech import Speech
from firmware_sim.wires.midea.top_loader import TopLoader
from firmware_sim.wires.midea.unit import AIR_CONDITIONER, Unit
from firmware_sim.wires.midea.washing_machine import WashingMachine
from firmware_sim.wires.midea.water_heater import WaterHeater


class Spoken(Protocol):
    """A board as its network module knows it; `type` is the make's number for what it is."""

    type: int

    def answer(self, data: bytes) -> bytes | None:
        """Do what a frame asks and return the answer; None when the board stays silent. Raises Unreadable."""
        ...

    def listen(self, send: Callable[[bytes], None]) -> Callable[[], None]:
        """Pass on the frames it says unasked from now on; return what ends it."""
        ...


class AirConditioner:
    """The air conditioner's board: every frame carries a message number and a CRC."""

    type = AIR_CONDITIONER

    def __init__(self, appliance: Appliance, quirks: frozenset[str]) -> None:
        self._unit = Unit(appliance, quirks)

    def answer(self, data: bytes) -> bytes | None:
        """Do what a frame asks; see Spoken."""
        answer = self._unit.answer(decode(data))
        return None if answer is None else encode(answer)

    def listen(self, send: Callable[[bytes], None]) -> Callable[[], None]:
        """Pass on notices; see Spoken."""
        return self._unit.listen(lambda frame: send(encode(frame)))


SPEECHES: Mapping[str, Callable[[Appliance, frozenset[str]], Speech]] = {
    "air-purifier": AirPurifier,
    "clothes-dryer": ClothesDryer,
    "electric-water-heater": WaterHeater,
    "humidifier": Dehumidifier,
    "range-hood": RangeHood,
    "refrigerator": Refrigerator,
    "washing-machine": WashingMachine,
}
"""Kind to the speech of its type; the air conditioner has a board of its own."""
OTHERS: Mapping[tuple[str, str], Callable[[Appliance, frozenset[str]], Speech]] = {
    ("washing-machine", "top-loader"): TopLoader,
    ("range-hood", "older"): OlderHood,
}
"""Kind and quirk to another speech of that kind."""


def board_of(appliance: Appliance, quirks: frozenset[str]) -> Spoken:
    """Return the board of an appliance; SetupMistake for a kind this make's LAN does not know."""
    if appliance.kind == "air-conditioner":
        return AirConditioner(appliance, quirks)
    if appliance.kind not in SPEECHES:
        known = ", ".join(sorted({"air-conditioner", *SPEECHES}))
        raise SetupMistake(f"a Midea unit cannot be a {appliance.kind}; it can be: {known}")
    others = (speech for (kind, quirk), speech in OTHERS.items() if kind == appliance.kind and quirk in quirks)
    return Speaking(next(others, SPEECHES[appliance.kind])(appliance, quirks), appliance)
