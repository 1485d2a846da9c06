"""What the boards of washing machines and dryers have in common: a program that is started, held, and shown in one long status.

Query 03 shows the status; command 02 sets power (byte 1) and starts or holds the program (byte 2), FF leaves either alone. Behind a start
stand the settings as the status has them from byte 3 on, so a start can bring other settings with it. A status is also told unasked (04).
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias

from firmware_sim.refusal import Refusal
from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.speech import Notices, Speech, Told
from firmware_sim.wires.press import press

STATUS, COMMAND, NOTICE = 0x03, 0x02, 0x04
UNCHANGED, START, HOLD = 0xFF, 0x01, 0x00
SETTINGS = 3
"""Where the settings begin, in the status and in a start."""
Places: TypeAlias = Mapping[str, tuple[int, Mapping[Any, int]]]
"""Setting to the place of its code, and the codes."""


class Laundry(Speech):
    """What such a type says; `places`: of the settings a start brings."""

    places: ClassVar[Places] = {}

    @abstractmethod
    def status(self, first: int) -> bytes:
        """Return the status behind this first byte."""

    def ask(self, body: bytes) -> bytes | None:
        """Show the status."""
        return self.status(STATUS) if body[0] == STATUS else None

    def obey(self, body: bytes) -> bytes | None:
        """Switch, start, hold; the answer is the status."""
        if body[0] != COMMAND:
            return None
        self._do(body)
        return self.status(COMMAND)

    def notices(self) -> Notices:
        """Tell the status."""
        return {"status": Told(self.status(NOTICE))}

    def brought(self, body: bytes) -> dict[str, Any]:
        """Return the settings a start brings that differ from those the machine shows."""
        shown = self.status(COMMAND)
        read = {name: word(codes, body[at]) for name, (at, codes) in self.places.items() if at < len(body) and body[at] != shown[at]}
        return {name: value for name, value in read.items() if value is not None}

    def minutes_left(self) -> int:
        """Return what the display shows, at once and not only as often as the standard has an appliance report it."""
        return round(float(self._appliance.model.readings()["remaining"]) / 60)

    def _do(self, body: bytes) -> None:
        if len(body) < SETTINGS:
            raise Unreadable("a command is cut short")
        wanted = self.brought(body)  # beside what is shown before it is switched on
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
