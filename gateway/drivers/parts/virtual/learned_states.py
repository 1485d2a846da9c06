"""Codes learned of a remote that says its whole state: one code a state, named by what it says (`off`, `cool-26`, `dry`).

What was never learned cannot be said: a state without a code is refused, with those there are.
"""

from collections.abc import Collection, Mapping
from typing import Any

from gateway.drivers.parts.virtual.burst import Burst
from gateway.drivers.parts.virtual.codes import UNSENT, Known, Order, Terms, not_learned, out_of_reach
from gateway.errors import SchemaViolation, StateConflict

OFF = "off"
_FEATURES = {"heat": "HEAT", "auto": "AUTO"}


class LearnedStates:
    """`bursts`: by the name of the state."""

    press_action = ""
    actions: Mapping[str, frozenset[str]] = {"setComfort": frozenset({"power", "mode", "targetTemperature"})}

    def __init__(self, kind: str, bursts: Mapping[str, Burst], rules: Mapping[str, Any]) -> None:
        self.kind = kind
        self._bursts = {name: burst for name, burst in bursts.items() if name == OFF or _state(name, rules["states"])}
        self._states = [state for name in self._bursts if (state := _state(name, rules["states"]))]
        self._modes = [mode for mode in rules["states"]["modes"] if any(mode == known for known, _ in self._states)]
        self._reasons: Mapping[str, str] = rules.get("out-of-reach", {})
        self.features = tuple(_FEATURES[mode] for mode in self._modes if mode in _FEATURES)

    def narrowing(self, known: Collection[str]) -> Terms:  # noqa: ARG002 - a code says all of it
        """Return the modes and the temperatures that were learned."""
        terms = out_of_reach(self._reasons)
        degrees = sorted({degrees for _, degrees in self._states if degrees is not None})
        if not self._states or OFF not in self._bursts:
            terms |= out_of_reach({"power": "a code for off and one for a state have to be learned"})
        terms |= {"mode": {"enum": self._modes}} if self._modes else out_of_reach({"mode": "no code was learned for it"})
        if degrees:
            return terms | {"targetTemperature": {"minimum": degrees[0], "maximum": degrees[-1], "multipleOf": 1}}
        return terms | out_of_reach({"targetTemperature": "no code was learned for it"})

    def order(self, asked: Known, known: Known, true: Collection[str], *, turn: bool) -> Order:  # noqa: ARG002 - no key, no press
        """Return the one code that says all of it."""
        if strange := sorted(asked.keys() - {"power", "mode", "targetTemperature"}):
            raise SchemaViolation(f"no learned code says {strange[0]}", property=strange[0])
        values = {**known, **asked}
        if "power" not in values:
            raise StateConflict(UNSENT, property="power")
        name = self._name(values)
        if name not in self._bursts:
            raise not_learned(name, self._bursts)
        return Order(bursts=(self._bursts[name],), shows=self._shown(name, values))

    def press(self, key: str, known: Known, *, turn: bool) -> Order:  # noqa: ARG002 - likewise
        """Refuse: such a remote has no keys of its own."""
        raise SchemaViolation(f"the remote says its whole state at once, and has no key {key!r}")

    def _name(self, values: Known) -> str:
        if not values["power"]:
            return OFF
        mode = str(values.get("mode", self._modes[0] if self._modes else ""))
        degrees = values.get("targetTemperature")
        exact = f"{mode}-{degrees:g}" if isinstance(degrees, int | float) and not isinstance(degrees, bool) else mode
        own = [f"{mode}-{known:g}" for each, known in self._states if each == mode and known is not None]
        return exact if exact in self._bursts else mode if mode in self._bursts else own[0] if degrees is None and own else exact

    def _shown(self, name: str, values: Known) -> dict[str, Any]:
        if name == OFF:
            return {"power": False} | {each: values[each] for each in ("mode", "targetTemperature") if each in values}
        mode, _, degrees = name.partition("-")
        return {"power": True, "mode": mode} | ({"targetTemperature": int(degrees)} if degrees else {})


def _state(name: str, rules: Mapping[str, Any]) -> tuple[str, int | None] | None:
    """Return mode and degrees of a name, None when it is none."""
    mode, dash, degrees = name.partition("-")
    if mode not in rules["modes"] or (dash and not (degrees.isascii() and degrees.isdigit())):
        return None
    if not dash:
        return mode, None
    return (mode, int(degrees)) if rules["minimum"] <= int(degrees) <= rules["maximum"] else None
