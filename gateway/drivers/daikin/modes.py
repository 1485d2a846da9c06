"""What goes with a mode. The page that sets wants all of power, mode, temperature, humidity, fan and louvre, whatever is to be changed.

So what is not asked for is repeated as it stands. Only the temperature may not fit another mode: dry and fan have none (`M`, `--`), and
each other has its range. Then the unit's own memory of that mode is taken (`dt3` and so on), as its remote control does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.drivers.daikin.place import Order, Shown
from gateway.errors import DeviceFailure, SchemaViolation, StateConflict

ALWAYS: Final = ("pow", "mode", "stemp", "shum")
WHERE_SHOWN: Final = ("f_rate", "f_dir", "f_dir_ud", "f_dir_lr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """`numbers`: how it is called; `degrees`: its range, None for a mode without a temperature, which has `instead`."""

    name: str
    numbers: tuple[str, ...]
    degrees: tuple[float, float] | None
    memory: str
    instead: str

    def takes(self, text: str) -> bool:
        """Whether this can stand for the temperature."""
        if self.degrees is None:
            return text == self.instead
        return (degree := _degree(text)) is not None and self.degrees[0] <= degree <= self.degrees[1]


def modes_in(data: Mapping[str, Mapping[str, Any]]) -> tuple[Mode, ...]:
    """Return the modes that mapping data tell of."""
    return tuple(
        Mode(
            name=name,
            numbers=tuple(str(number) for number in spec["numbers"]),
            degrees=(float(spec["degrees"][0]), float(spec["degrees"][1])) if "degrees" in spec else None,
            memory=spec.get("memory", ""),
            instead=spec.get("instead", ""),
        )
        for name, spec in data.items()
    )


def whole(order: Order, modes: tuple[Mode, ...]) -> dict[str, str]:
    """Return all the words that have to be sent; raise SchemaViolation or StateConflict where the temperature does not fit the mode."""
    shown = order.shown
    if missing := [name for name in ALWAYS if name not in shown]:
        raise DeviceFailure(f"the adapter does not show {', '.join(missing)}, without which nothing can be set")
    words = {name: shown[name] for name in (*ALWAYS, *WHERE_SHOWN) if name in shown} | order.words
    mode = next((mode for mode in modes if words["mode"] in mode.numbers), None)
    if mode is None:
        return words
    if shown["mode"] in mode.numbers:
        words["mode"] = shown["mode"]  # one automatic mode has three numbers; it stays the one it is
    return words | {"stemp": _temperature(order, mode, shown)}


def _temperature(order: Order, mode: Mode, shown: Shown) -> str:
    if "stemp" not in order.words:
        return _unasked(mode, shown)
    asked = order.words["stemp"]
    if mode.degrees is None:
        raise StateConflict(f"in mode {mode.name} this appliance has no temperature to set: set another mode", property="targetTemperature")
    if not mode.takes(asked):
        low, high = mode.degrees
        raise SchemaViolation(f"in mode {mode.name} this appliance takes {low:g} to {high:g} degrees", property="targetTemperature")
    return asked


def _unasked(mode: Mode, shown: Shown) -> str:
    if shown["mode"] in mode.numbers or mode.takes(shown["stemp"]):
        return shown["stemp"]
    if mode.degrees is None:
        return mode.instead
    if mode.takes(remembered := shown.get(mode.memory, "")):
        return remembered
    raise StateConflict(
        f"this appliance does not tell its temperature for mode {mode.name}: set one together with the mode", property="mode"
    )


def _degree(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
