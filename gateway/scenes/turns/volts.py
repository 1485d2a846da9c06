"""The volts of the mains as a home's devices show them: nobody's single word, but what lies in the middle."""

from collections.abc import Collection
from statistics import median
from typing import Final

from gateway.home.twin import Twin
from gateway.scenes.house import House, heard
from gateway.scenes.power import shown

VOLTS: Final = "voltage"
LEAST: Final = 50.0
"""Volts under which what a device measures is no mains: it is off, or behind a plug that is."""


def volts_of(house: House) -> float | None:
    """Return the volts in the middle of all that are shown now, None where nobody measures them."""
    seen = [volts for device in house.devices() if (volts := _measured(house.twin(device))) is not None]
    return median(seen) if seen else None


def volts_at(twin: Twin, house: House) -> float | None:
    """Return the volts a device has: its own word, else the home's."""
    own = _measured(twin)
    return volts_of(house) if own is None else own


def is_sagging(house: House) -> bool | None:
    """Return whether more devices than not say that their mains are low; None where nobody says anything."""
    said = [twin.values["mains"] for twin in _heard(house.devices(), house) if "mains" in twin.values]
    return sum(word == "sag" for word in said) * 2 > len(said) if said else None


def _heard(devices: Collection[str], house: House) -> list[Twin]:
    return [twin for twin in map(house.twin, devices) if heard(twin)]


def _measured(twin: Twin) -> float | None:
    volts = shown(twin, VOLTS) if heard(twin) else None
    return volts if volts is not None and volts >= LEAST else None
