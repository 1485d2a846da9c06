"""A timer that switches an appliance off: the setting `offTimer` in minutes, and the time that is left of it."""

from collections.abc import Collection
from typing import Any


class OffTimer:
    """Works on the `settings` of its appliance; it lives in RAM, so a power cut ends it."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self.left = 0.0

    def changed(self, names: Collection[str]) -> None:
        """Begin to count when it was set; end when the appliance was switched off."""
        if "offTimer" in names:
            self.left = 60.0 * self._settings["offTimer"]
        if not self._settings["power"]:
            self.end()

    def step(self, seconds: float) -> None:
        """Let physical time pass; switch off when it is over."""
        if self.left <= 0:
            return
        self.left -= seconds
        if self.left <= 0:
            self._settings["power"] = False
            self.end()

    def end(self) -> None:
        """Forget what was set."""
        self.left = 0.0
        self._settings["offTimer"] = 0
