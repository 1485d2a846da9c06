"""Who may come back of those that were switched off: the dearest the line has room for, those that came before counted in full."""

from collections.abc import Sequence

from gateway.scenes.house import House, heard, shows
from gateway.scenes.power import line_limit
from gateway.scenes.turns.draws import SWITCH, loads_of, refresh
from gateway.scenes.turns.room import Load, first_that_fits, no_room


class Returning:
    """`limit`: watts the line bears, as the run was told; None: as a meter of the home says, or nobody."""

    def __init__(self, house: House, limit: float | None) -> None:
        self._house = house
        self._said = limit
        self._limit: float | None = None
        self._loads: dict[str, Load] = {}
        self._back: set[str] = set()

    async def next(self, waiting: Sequence[str]) -> str | None:
        """Return who comes back now, of these in the order in which they are dear; None where there is room for nobody."""
        if not self._loads:
            self._limit = self._said if self._said is not None else line_limit(self._house)
            self._loads = await loads_of(self._house, self._limit)
        refresh(self._loads, self._house)
        self._back = {device for device in self._back if self._is_on(device)}
        known = [device for device in waiting if device in self._loads]
        return first_that_fits(self._loads, self._back, known, self._limit) or next((each for each in waiting if each not in known), None)

    def came(self, device: str) -> None:
        """Count a device with the most it draws from now on, until it shows that it is off."""
        self._back.add(device)

    def why_not(self, device: str) -> str:
        """Return why there is no room for a device."""
        return no_room(self._loads, self._back, device, self._limit or 0.0)

    def _is_on(self, device: str) -> bool:
        if device not in self._house.devices():
            return False
        twin = self._house.twin(device)
        return not heard(twin) or shows(twin, {SWITCH: True})
