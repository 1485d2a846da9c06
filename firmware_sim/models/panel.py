"""The panel of a television: a backlight that follows its setting, the picture mode and, dimmed in zones, what is shown."""

from collections.abc import Mapping

FULL_WATTS = 106.0
PICTURES: Mapping[str, float] = {"standard": 1.0, "vivid": 1.35, "film": 0.85, "game": 1.1, "eye-care": 0.75}
"""Picture mode -> how hard it drives the light, against standard."""
HDR_DRIVE, HDR_LEAST = 1.9, 0.5
"""High dynamic range drives the light so much harder, and never from less than this."""
AVERAGE = 0.4
"""Mean picture level of broadcasts, of full white."""
DIMMED = 0.3
"""Share of the light that follows the picture level."""


class Panel:
    """`level` is the mean picture level of what is shown, 0..1; `hdr` whether it has high dynamic range."""

    def __init__(self) -> None:
        self.hdr = False
        self.level = AVERAGE

    def drive(self, backlight: float, mode: str) -> float:
        """Return the light as a share of full drive for a backlight in percent and a picture mode."""
        drive = backlight / 100 * PICTURES[mode]
        if self.hdr:
            drive = max(drive, HDR_LEAST) * HDR_DRIVE
        return min(1.0, drive) * (1 - DIMMED + DIMMED * self.level / AVERAGE)

    def watts(self, light: float) -> float:
        """Return the power of the light."""
        return FULL_WATTS * light
