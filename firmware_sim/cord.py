"""A cord: what one appliance passes on of its mains to another, and what the other draws through it.

The one that passes on is a plug, which has a relay in between, or an appliance that the other is a part of.
"""

from firmware_sim.appliance import Appliance
from firmware_sim.notice import Changed, Notice, Power, Supplied


class Cord:
    """`load` has the mains of `source` as long as both exist; it carries on at the voltage that comes out of the source."""

    def __init__(self, source: Appliance, load: Appliance) -> None:
        self.source = source
        self.load = load
        self._volts: float | None = None
        source.model.loads.append(self.watts)
        source.listen(self._heard)
        self.follow()

    def watts(self) -> float:
        """Return what is drawn, averaged over the time that last passed at the load, so that meters on both ends agree."""
        return self.load.mean_watts

    def follow(self) -> None:
        """Give the load what comes out of the source now."""
        volts = self.source.model.outlet()
        if volts != self._volts:
            self._volts = volts
            self.load.supply(volts)

    def _heard(self, notice: Notice) -> None:
        match notice:
            case Power() | Supplied():
                self.follow()
            case Changed(names) if "power" in names:
                self.follow()
