"""What stands between the text of a message and the raw value of a feature: both ways, and None for what says nothing."""

import colorsys
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import orjson

from gateway.errors import SchemaViolation
from gateway.thing.value import Value

_LARGEST = 1e15
_TEXT = 4096
_HUE, _PERCENT, _BYTE = 360.0, 100.0, 255.0


Hints: TypeAlias = Mapping[str, Value]
"""What else a template of a command may use, by name."""


class Codec(Protocol):
    """One way to read and to say a value."""

    def told(self, text: str) -> Value:
        """Return what a message says, None for nothing."""
        ...

    def said(self, value: Value) -> Value:
        """Return what a command has to say; raise SchemaViolation where there is no word for it."""
        ...


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes and no: the words they are told by and said with."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    say_yes: str = ""
    say_no: str = ""

    def told(self, text: str) -> Value:
        """Return whether it is so."""
        if text in self.yes:
            return True
        return False if text in self.no else None

    def said(self, value: Value) -> Value:
        """Return the word."""
        if not isinstance(value, bool):
            raise SchemaViolation(f"{value!r} is neither true nor false")
        word = self.say_yes if value else self.say_no
        if not word:
            raise SchemaViolation(f"{value!r} cannot be said to this device")
        return word


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is, or of a range of the device's that is told from 0 to 100."""

    low: float = 0.0
    high: float = 0.0
    whole: bool = False

    def told(self, text: str) -> Value:
        """Return the number."""
        number = number_of(text)
        if number is None:
            return None
        if self.high != self.low:
            number = min(max((number - self.low) / (self.high - self.low), 0.0), 1.0) * _PERCENT
            return round(number) if self.whole else tidy(round(number, 6))
        return tidy(number)

    def said(self, value: Value) -> Value:
        """Return the number as the device counts."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SchemaViolation(f"{value!r} is no number")
        if self.high != self.low:
            value = self.low + value / _PERCENT * (self.high - self.low)
        return round(value) if self.whole else tidy(round(value, 6))


@dataclass(frozen=True, slots=True)
class Words:
    """One of several words: as told (theirs, ours) and as said (ours, theirs). `more`: other words are told as they are."""

    told_by: tuple[tuple[str, str], ...]
    said_with: tuple[tuple[str, str], ...]
    more: bool = False

    def told(self, text: str) -> Value:
        """Return our word."""
        found = next((ours for theirs, ours in self.told_by if theirs == text), None)
        return text[:_TEXT] if found is None and self.more else found

    def said(self, value: Value) -> Value:
        """Return theirs."""
        for ours, theirs in self.said_with:
            if ours == value:
                return theirs
        raise SchemaViolation(f"{value!r} cannot be said to this device")


@dataclass(frozen=True, slots=True)
class Text:
    """Any text."""

    def told(self, text: str) -> Value:
        """Return it, cut where it is too long."""
        return text[:_TEXT]

    def said(self, value: Value) -> Value:
        """Return it."""
        if not isinstance(value, str):
            raise SchemaViolation(f"{value!r} is no text")
        return value


@dataclass(frozen=True, slots=True)
class Pair:
    """A place in a colour space as `one,two`: hue and saturation, or x and y."""

    names: tuple[str, str]

    def told(self, text: str) -> Value:
        """Return the object with both."""
        found = numbers_of(text, 2)
        return None if found is None else dict(zip(self.names, map(tidy, found), strict=True))

    def said(self, value: Value) -> Value:
        """Return both as a text."""
        return ",".join(str(tidy(each)) for each in members(value, self.names))


@dataclass(frozen=True, slots=True)
class Rgb:
    """A colour as `red,green,blue` of 0 to 255, told as hue (degrees) and saturation (percent); how bright it is, brightness tells."""

    def told(self, text: str) -> Value:
        """Return hue and saturation."""
        found = numbers_of(text, 3)
        return None if found is None else hues_of(found[0], found[1], found[2])

    def said(self, value: Value) -> Value:
        """Return the three parts of the colour at its brightest."""
        return ",".join(map(str, parts_of(value)))


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A place in a colour space as an object of the device's own members, of which ours are named otherwise."""

    ours: tuple[str, str]
    theirs: tuple[str, str]

    def told(self, text: str) -> Value:
        """Return our object."""
        shown = object_of(text)
        found = [number_of(str(shown.get(name))) for name in self.theirs]
        return None if None in found else dict(zip(self.ours, [tidy(each) for each in found if each is not None], strict=True))

    def said(self, value: Value) -> Value:
        """Return theirs."""
        return {name: tidy(each) for name, each in zip(self.theirs, members(value, self.ours), strict=True)}


@dataclass(frozen=True, slots=True)
class RgbObject:
    """A colour as an object of `r`, `g` and `b`."""

    def told(self, text: str) -> Value:
        """Return hue and saturation."""
        shown = object_of(text)
        red, green, blue = (number_of(str(shown.get(name))) for name in "rgb")
        return None if red is None or green is None or blue is None else hues_of(red, green, blue)

    def said(self, value: Value) -> Value:
        """Return the three parts of the colour at its brightest."""
        return dict(zip("rgb", parts_of(value), strict=True))


def object_of(text: str) -> Mapping[str, Any]:
    """Return the JSON object a text is, an empty one for another."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


HUES: Final = ("hue", "saturation")
XY: Final = ("x", "y")


def members_of(codec: Codec) -> tuple[str, ...]:
    """Return the members of the object a codec tells, none for a plain value."""
    if isinstance(codec, Pair):
        return codec.names
    if isinstance(codec, Coordinates):
        return codec.ours
    return HUES if isinstance(codec, Rgb | RgbObject) else ()


def hues_of(red: float, green: float, blue: float) -> dict[str, Value]:
    """Return hue and saturation of a colour."""
    hue, saturation, _ = colorsys.rgb_to_hsv(*(min(max(part / _BYTE, 0.0), 1.0) for part in (red, green, blue)))
    return {"hue": tidy(round(hue * _HUE, 1)), "saturation": tidy(round(saturation * _PERCENT, 1))}


def parts_of(value: Value) -> tuple[int, ...]:
    """Return red, green and blue of hue and saturation; raise SchemaViolation for what is no such object."""
    hue, saturation = members(value, HUES)
    return tuple(round(part * _BYTE) for part in colorsys.hsv_to_rgb(hue / _HUE % 1.0, min(max(saturation / _PERCENT, 0.0), 1.0), 1.0))


def hints_of(codec: Codec, value: Value) -> Hints:
    """Return what a template of a command may use besides what is said: the value in Home Assistant's words, under its names for it."""
    if isinstance(codec, Rgb):
        return dict(zip(("red", "green", "blue"), parts_of(value), strict=True))
    if isinstance(codec, Pair):
        names = ("hue", "sat") if codec.names == HUES else codec.names
        return dict(zip(names, members(value, codec.names), strict=True))
    if isinstance(codec, Number):
        return {"position": value, "tilt_position": value}
    said = codec.said(value)
    return {"action": said, "state": said}


def members(value: Value, names: tuple[str, ...]) -> list[float]:
    """Return these numbers of an object; raise SchemaViolation where one is missing."""
    given: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
    found = [given.get(name) for name in names]
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in found):
        raise SchemaViolation(f"a colour here is {' and '.join(names)}")
    return [float(each) for each in found if each is not None]


def number_of(text: str) -> float | None:
    """Return the finite number a text is, None for another; words Python takes for numbers are none."""
    if not text.isascii() or "_" in text or not any(sign.isdigit() for sign in text):
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) <= _LARGEST else None


def numbers_of(text: str, count: int) -> list[float] | None:
    """Return as many numbers, with commas between, as there have to be."""
    found = [number_of(part.strip()) for part in text[:_TEXT].split(",")]
    return None if len(found) != count or None in found else [each for each in found if each is not None]


def tidy(number: float) -> int | float:
    """Return a whole float as an int."""
    return int(number) if isinstance(number, float) and number.is_integer() else number
