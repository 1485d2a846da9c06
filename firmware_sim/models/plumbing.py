"""Water in and out of a machine: a valve on a tap, a pump on a drain, and the patience with both."""

from collections.abc import Collection

from firmware_sim.models.drum import Drum

INLET, PUMP = 10 / 60, 15 / 60
"""Litres a second."""
PATIENCE = {"inlet": 60.0, "drain": 120.0}
"""Seconds without effect until it complains."""
EFFECTS = {"inlet": "filling", "drain": "draining"}


class Plumbing:
    """`total` counts the litres of its whole life; `complaints` are the ends (inlet, drain) it has waited at for too long."""

    def __init__(self, drum: Drum, temperature: float) -> None:
        self.drum = drum
        self.temperature = temperature
        self.tap = True
        self.blocked = False
        self.total = 0.0
        self.filling = False
        self.pumping = False
        self.complaints: frozenset[str] = frozenset()
        self._vain = dict.fromkeys(PATIENCE, 0.0)

    @property
    def stuck(self) -> bool:
        """Whether it waits at either end for too long, for whatever reason."""
        return any(seconds >= PATIENCE[end] for end, seconds in self._vain.items())

    def step(self, seconds: float, *, fill: bool, drain: bool, disabled: Collection[str]) -> None:
        """Let water in and out for some time as wanted; `disabled` are effects of faults somebody else found."""
        broken = {end for end, effect in EFFECTS.items() if effect in disabled and end not in self.complaints}
        self.filling = fill and self.tap and "inlet" not in broken
        self.pumping = drain and self.drum.free > 0
        if self.filling:
            self.drum.fill(INLET * seconds, self.temperature)
            self.total += INLET * seconds
        vain = self.pumping and (self.blocked or "drain" in broken)
        if self.pumping and not vain:
            self.drum.drain(PUMP * seconds)
        self._wait("inlet", seconds, fill and not self.filling)
        self._wait("drain", seconds, vain)
        self.complaints = frozenset(end for end, waited in self._vain.items() if waited >= PATIENCE[end] and end not in broken)

    def rest(self) -> None:
        """Shut the valve and stop the pump; how long it waited is not forgotten."""
        self.filling = self.pumping = False

    def retry(self, end: str) -> None:
        """Forget that one end was waited at: somebody says it was mended."""
        self._vain[end] = 0.0
        self.complaints -= {end}

    def _wait(self, end: str, seconds: float, vain: bool) -> None:
        self._vain[end] = self._vain[end] + seconds if vain else 0.0
