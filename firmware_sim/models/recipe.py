"""What a washing program asks of the drum."""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Recipe:
    """Times in minutes for a full and a half-full (or emptier) drum, free water in litres, speeds in turns a minute."""

    full: float
    half: float
    level: float
    rinse_level: float = 10.0
    rinse: float = 10.0
    between: int = 800
    spin: float = 6.0
    vigour: float = 1.0

    def minutes(self, share: float) -> float:
        """Return how long it washes with the drum filled to `share` (0..1)."""
        return self.half + (self.full - self.half) * min(1.0, max(0.0, 2 * share - 1))


RECIPES: dict[str, Recipe] = {
    "cotton": Recipe(full=60, half=50, level=6),
    "eco": Recipe(full=147, half=109, level=6, rinse_level=11, rinse=12, spin=9),
    "quick": Recipe(full=15, half=12, level=7, rinse=4, spin=4),
    "wool": Recipe(full=15, half=15, level=16, rinse_level=16, rinse=5, between=400, spin=3, vigour=0.3),
    "synthetics": Recipe(full=35, half=35, level=9, rinse=7, between=600, spin=4, vigour=0.7),
    "baby": Recipe(full=65, half=55, level=8, rinse_level=12, rinse=8),
    "rinse-spin": Recipe(full=0, half=0, level=0),
    "drum-clean": Recipe(full=60, half=60, level=14, rinse_level=14, rinse=5, spin=2),
    "custom": Recipe(full=45, half=40, level=7),
}
"""Program -> what it does."""

ECO_TEMPERATURES = ((0.25, 22.0), (0.5, 34.0), (1.0, 39.0))
"""Share of the drum -> Cel that eco heats to: the warmest the laundry became in the fiche of a real machine (EPREL 807354)."""


def eco_temperature(share: float) -> float:
    """Return how warm eco washes a drum filled to `share`."""
    points = ECO_TEMPERATURES
    if share <= points[0][0]:
        return points[0][1]
    for (left, low), (right, high) in pairwise(points):
        if share <= right:
            return low + (high - low) * (share - left) / (right - left)
    return points[-1][1]
