"""The device classes this simulator can be: which kinds they are for, and their properties beyond what every device has.

`CLASSES` has, for each class code, a module of this folder; a kind may have several, told apart by `options.facts["class"]`, and a sensor
that senses several things is several objects of one node.
"""

from collections.abc import Callable, Sequence

from firmware_sim.refusal import SetupMistake
from firmware_sim.surface import Surface
from firmware_sim.wires.echonet.classes import (
    air_cleaner,
    air_conditioner,
    laundry,
    refrigerator,
    sensors,
    water_heater,
)
from firmware_sim.wires.echonet.property import Property

Build = Callable[[], tuple[Property, ...]]
CLASSES: dict[int, Build] = {
    0x0007: sensors.presence,
    0x000D: sensors.illuminance,
    0x0029: sensors.opening,
    0x0130: air_conditioner.properties,
    0x0135: air_cleaner.properties,
    0x026B: water_heater.properties,
    0x03B7: refrigerator.properties,
    0x03C5: laundry.washing_machine,
    0x03D3: laundry.washer_and_dryer,
}
KINDS: dict[str, tuple[int, ...]] = {
    "air-conditioner": (0x0130,),
    "air-purifier": (0x0135,),
    "electric-water-heater": (0x026B,),
    "refrigerator": (0x03B7,),
    "washing-machine": (0x03D3, 0x03C5),
}
_SENSES = {0x0007: "occupied", 0x0029: "doors", 0x000D: "illuminance"}


def classes_of(kind: str, surface: Surface, asked: int | None) -> Sequence[int]:
    """Return the classes a unit is; SetupMistake when it can be none, or not the one asked for."""
    known = KINDS.get(kind) or tuple(code for code, name in _SENSES.items() if kind == "presence-sensor" and name in surface.properties)
    if not known or (asked is not None and asked not in known):
        what = f"the class {asked:#06x}" if asked is not None else f"{kind}: only {', '.join((*KINDS, 'presence-sensor'))}"
        raise SetupMistake(f"the wire echonet has no {what}")
    if kind == "presence-sensor":
        return known if asked is None else (asked,)
    return (known[0] if asked is None else asked,)
