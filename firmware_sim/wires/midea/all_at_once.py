"""What the boards of air purifiers and dehumidifiers have in common: all settings travel in every command (48), and C8 shows them."""

from abc import abstractmethod
from typing import Any

from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.speech import Notices, Speech, Told
from firmware_sim.wires.press import press

QUERY, COMMAND, STATUS = 0x41, 0x48, 0xC8


class AllAtOnce(Speech):
    """What such a type says; `shortest`: bytes of a command."""

    numbered = True
    shortest: int

    @abstractmethod
    def status(self) -> bytes:
        """Return what shows everything."""

    @abstractmethod
    def wanted(self, body: bytes, have: dict[str, Any]) -> dict[str, Any]:
        """Return the settings in a command, and remember those the standard does not know; `have`: what is set now."""

    def ask(self, body: bytes) -> bytes | None:
        """Show everything."""
        return self.status() if body[0] == QUERY else None

    def obey(self, body: bytes) -> bytes | None:
        """Set everything at once; the answer shows what came of it."""
        if body[0] != COMMAND:
            return None
        if len(body) < self.shortest:
            raise Unreadable("a command is cut short")
        have = self._appliance.values()
        press(self._appliance, {name: value for name, value in self.wanted(body, have).items() if name in have and have[name] != value})
        return self.status()

    def notices(self) -> Notices:
        """Tell everything."""
        return {"status": Told(self.status())}
