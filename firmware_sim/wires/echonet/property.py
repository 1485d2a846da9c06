"""One property of an object: how its bytes are made of what the appliance shows, and what they do to the appliance when they are set.

The makers below are for the common shapes. A property whose `needs` the appliance does not show is not there at all; one that shows no
bytes at this moment is there, and asking for it fails. Setting answers whether the board understood and the appliance did it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal

Shows = Callable[[Mapping[str, Any]], bytes | None]
Takes = Callable[[Appliance, bytes], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """`told`: a change is announced to everybody unasked."""

    code: int
    shows: Shows
    takes: Takes | None = None
    needs: tuple[str, ...] = ()
    told: bool = False


def written(appliance: Appliance, values: Mapping[str, Any]) -> bool:
    """Write what a person could have set; False when the appliance refuses."""
    try:
        appliance.write({name: value for name, value in values.items() if appliance.values().get(name) != value})
    except Refusal:
        return False
    return True


def fixed(code: int, data: bytes) -> Property:
    """Return what never changes."""
    return Property(code=code, shows=lambda _: data)


def choice(code: int, name: str, words: Mapping[Any, int], *, also: Mapping[int, Any] | None = None, told: bool = True) -> Property:
    """Return one byte for each word; `also`: further bytes that are understood as a word."""
    meant = {byte: word for word, byte in words.items()} | dict(also or {})

    def shows(values: Mapping[str, Any]) -> bytes | None:
        return bytes([words[values[name]]]) if values[name] in words else None

    def takes(appliance: Appliance, data: bytes) -> bool:
        return len(data) == 1 and data[0] in meant and written(appliance, {name: meant[data[0]]})

    return Property(code=code, shows=shows, takes=takes, needs=(name,), told=told)


def shown(code: int, name: str, words: Mapping[Any, int], *, told: bool = True) -> Property:
    """Return one byte for each word, nothing to set."""
    return Property(code=code, shows=choice(code, name, words).shows, needs=(name,), told=told)


def switch(code: int, name: str, on: int = 0x41, off: int = 0x42) -> Property:
    """Return on or off, to set."""
    return choice(code, name, {True: on, False: off})


def setting(code: int, name: str, *, signed: bool = False, size: int = 1) -> Property:
    """Return a whole number in the unit of the profile, to set."""

    def takes(appliance: Appliance, data: bytes) -> bool:
        return len(data) == size and written(appliance, {name: int.from_bytes(data, "big", signed=signed)})

    return Property(code=code, shows=measured(code, name, signed=signed, size=size).shows, takes=takes, needs=(name,), told=True)


def measured(code: int, name: str, *, signed: bool = False, size: int = 1, scale: float = 1) -> Property:
    """Return a whole number of `1 / scale` of the profile's unit; what is beyond its range is told as its end."""
    least, most = (-(1 << 8 * size - 1) + 1, (1 << 8 * size - 1) - 3) if signed else (0, (1 << 8 * size) - 3)

    def shows(values: Mapping[str, Any]) -> bytes | None:
        if values.get(name) is None:
            return None
        number: int = round(values[name] * scale)
        return min(max(number, least), most).to_bytes(size, "big", signed=signed)

    return Property(code=code, shows=shows, needs=(name,))
