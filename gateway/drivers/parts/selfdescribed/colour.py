"""The colour of a lamp: chromaticity in the profile, and chromaticity, hue and saturation, or red, green and blue on the wire."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.drivers.parts.selfdescribed.conversion import Raws, number
from gateway.thing.value import Value

_TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
_TO_RGB = ((3.2406, -1.5372, -0.4986), (-0.9689, 1.8758, 0.0415), (0.0557, -0.2040, 1.0570))
_LINEAR_TO, _LINEAR_FROM = 0.04045, 0.0031308
WHITE = (0.3127, 0.329)


@dataclass(frozen=True, slots=True)
class Colour:
    """Which of the row's keys is what: `forms` in the order they count, ("xy", index of x, index of y) or ("hs", ...) or ("rgb", ...).

    `full`: the largest saturation and the largest red, as the wire has them.
    """

    forms: tuple[tuple[str, tuple[int, ...]], ...]
    keys: int
    full: float = 100.0

    def pieces(self) -> tuple[float, ...]:
        """Return raw values of some colour, in the order of the keys."""
        found = [0.0] * self.keys
        for form, places in self.forms:
            for place in places:
                found[place] = 0.4 if form == "xy" else 0.4 * self.full
        return tuple(found)

    def told(self, raws: Raws) -> tuple[Value, ...]:
        """Return the chromaticity from the first form that is told whole."""
        for form, places in self.forms:
            found = [number(raws[place]) for place in places]
            numbers = [each for each in found if each is not None]
            if len(numbers) == len(places):
                x, y = _chromaticity(form, numbers, self.full)
                if 0 <= x <= 1 and 0 <= y <= 1:
                    return ({"x": round(x, 4), "y": round(y, 4)},)
        return (None,)

    def asked(self, values: Sequence[Value], _shown: Raws) -> tuple[Value, ...]:
        """Return the first form's numbers."""
        value = values[0]
        x, y = (number(value.get("x")), number(value.get("y"))) if isinstance(value, dict) else (None, None)
        raws: list[Value] = [None] * self.keys
        if x is None or y is None or not self.forms:
            return tuple(raws)
        form, places = self.forms[0]
        for place, raw in zip(places, _numbers(form, x, y, self.full), strict=True):
            raws[place] = raw
        return tuple(raws)


def _chromaticity(form: str, numbers: Sequence[float], full: float) -> tuple[float, float]:
    if form == "xy":
        return numbers[0], numbers[1]
    rgb = _of_hue(numbers[0], numbers[1] / full) if form == "hs" else tuple(each / full for each in numbers)
    linear = [_linear(min(max(each, 0.0), 1.0)) for each in rgb]
    x, y, z = (sum(factor * each for factor, each in zip(row, linear, strict=True)) for row in _TO_XYZ)
    total = x + y + z
    return (x / total, y / total) if total > 0 else WHITE


def _numbers(form: str, x: float, y: float, full: float) -> tuple[float, ...]:
    if form == "xy":
        return x, y
    below = max(y, 1e-6)
    xyz = (x / below, 1.0, (1 - x - y) / below)
    linear = [max(sum(factor * each for factor, each in zip(row, xyz, strict=True)), 0.0) for row in _TO_RGB]
    brightest = max(*linear, 1e-9)
    rgb = [_gamma(each / brightest) for each in linear]
    if form == "rgb":
        return tuple(round(each * full, 4) for each in rgb)
    return _hue(rgb, full)


def _of_hue(hue: float, saturation: float) -> tuple[float, ...]:
    """Return red, green and blue of a colour at full value."""
    return tuple(1 - saturation * max(0.0, min(k := (n + hue / 60) % 6, 4 - k, 1)) for n in (5, 3, 1))


def _hue(rgb: Sequence[float], full: float) -> tuple[float, float]:
    red, green, blue = rgb
    high, low = max(rgb), min(rgb)
    span = high - low
    if span <= 0 or high <= 0:
        return 0.0, 0.0
    sector = (green - blue) / span % 6 if high == red else (blue - red) / span + 2 if high == green else (red - green) / span + 4
    return round(60 * sector % 360, 2), round(span / high * full, 2)


def _linear(value: float) -> float:
    return value / 12.92 if value <= _LINEAR_TO else float(((value + 0.055) / 1.055) ** 2.4)


def _gamma(value: float) -> float:
    return 12.92 * value if value <= _LINEAR_FROM else float(1.055 * value ** (1 / 2.4) - 0.055)
