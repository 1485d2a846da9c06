"""What the network module of a unit finds behind it: a board that shows whole numbers under short names, its columns, and takes some."""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from firmware_sim.appliance import Appliance
from firmware_sim.wires.gree.air_conditioner import AirConditioner
from firmware_sim.wires.gree.dehumidifier import Dehumidifier

Columns = dict[str, int]


class Board(Protocol):
    """The board of one unit; it refuses nothing: what it cannot do it leaves out, and its columns show what it did."""

    MID: ClassVar[str]
    """The number under which the make knows this sort of unit."""

    def columns(self) -> Columns:
        """Return everything it shows now."""
        ...

    def obey(self, asked: Mapping[str, Any]) -> None:
        """Do what it can of what is asked."""
        ...


def board_of(appliance: Appliance, quirks: frozenset[str]) -> Board:
    """Return the board for the kind of appliance; an air conditioner's for what the make does not build."""
    return Dehumidifier(appliance, quirks) if appliance.kind == "humidifier" else AirConditioner(appliance, quirks)
