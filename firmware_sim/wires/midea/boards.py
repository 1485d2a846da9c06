"""Which board stands behind the network module: frames in and out as bytes, so that each type may check its frames in its own way."""

from collections.abc import Callable
from typing import Protocol

from firmware_sim.appliance import Appliance
from firmware_sim.wires.midea.frame import decode, encode
from firmware_sim.wires.midea.unit import AIR_CONDITIONER, Unit


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


def board_of(appliance: Appliance, quirks: frozenset[str]) -> Spoken:
    """Return the board of an appliance."""
    return AirConditioner(appliance, quirks)
