"""An ice maker in a freezer: it takes water from a tank, freezes it tray by tray, and stops when the bin is full or the tank is empty."""

TANK_LITRES, BIN_KILOGRAMS, TRAY_KILOGRAMS = 1.2, 1.0, 0.1
TRAY_SECONDS = 2 * 3600.0
"""To freeze a tray at -18 Cel."""
FREEZING_JOULES = 450_000.0
"""To bring a kilogram of water from 20 Cel to ice of -10 Cel."""
COLD_ENOUGH = -9.0


class IceMaker:
    """Litres in the tank, kilograms in the bin, share of the present tray that is ice."""

    def __init__(self, water: float) -> None:
        self.water = water
        self.ice = 0.0
        self.tray = 0.0

    @property
    def empty(self) -> bool:
        """Whether the tank holds less than a tray."""
        return self.water < TRAY_KILOGRAMS

    def step(self, seconds: float, *, wanted: bool, temperature: float) -> float:
        """Freeze for some time while it is wanted and the freezer (Cel) is cold enough; return the watts it gives to the freezer."""
        if not wanted or temperature > COLD_ENOUGH or self.ice >= BIN_KILOGRAMS or (self.empty and self.tray <= 0):
            return 0.0
        if self.tray <= 0:
            self.water -= TRAY_KILOGRAMS
        self.tray += seconds / TRAY_SECONDS
        if self.tray >= 1:
            self.ice, self.tray = self.ice + TRAY_KILOGRAMS, 0.0
        return TRAY_KILOGRAMS * FREEZING_JOULES / TRAY_SECONDS
