"""What the boards of washing machines and dryers have in common: a program that is started, held, and shown in one long status.

Query 03 shows the status; command 02 sets power (byte 1) and starts or holds the program (byte 2), FF leaves either alone. Behind a start
stand the settings as the status has them from byte 3 on, so a start can bring other settings with it. A status is also told unasked (04).
"""

from collections.abc import Mapping
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal
from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.press import press

STATUS, COMMAND, NOTICE = 0x03, 0x02, 0x04
UNCHANGED, START, HOLD = 0xFF, 0x01, 0x00
SETTINGS = 3
"""Where the settings begin, in the status and in a start."""


class Laundry:
    """The program's switches."""

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance

    def minutes_left(self) -> int:
        """Return what the display shows, at once and not only as often as the standard has an appliance report it."""
        return round(float(self._appliance.model.readings()["remaining"]) / 60)

    def obey(self, body: bytes, wanted: Mapping[str, Any]) -> None:
        """Do what command 02 says; `wanted` are the settings a start brings. Raises Unreadable."""
        if len(body) < SETTINGS:
            raise Unreadable("a command is cut short")
        if body[1] != UNCHANGED:
            press(self._appliance, {"power": bool(body[1])})
        if body[2] == START:
            self._start(wanted)
        elif body[2] == HOLD:
            self._invoke("pause")

    def _start(self, wanted: Mapping[str, Any]) -> None:
        if self._appliance.values()["cycleState"] == "paused":
            self._invoke("resume")
            return
        have = self._appliance.values()
        press(self._appliance, {name: value for name, value in wanted.items() if name in have and have[name] != value})
        self._invoke("startProgram")

    def _invoke(self, action: str) -> None:
        """Press a button; one that does nothing now does nothing."""
        try:
            self._appliance.invoke(action)
        except Refusal:
            return


def word(codes: Mapping[Any, int], code: int) -> Any:
    """Return what a code stands for, None for one this unit does not have."""
    return next((value for value, known in codes.items() if known == code), None)


def settings(body: bytes, places: Mapping[str, tuple[int, Mapping[Any, int]]]) -> dict[str, Any]:
    """Read the settings a start brings: property to the place of its code and the codes."""
    read = {name: word(codes, body[at]) for name, (at, codes) in places.items() if at < len(body)}
    return {name: value for name, value in read.items() if value is not None}
