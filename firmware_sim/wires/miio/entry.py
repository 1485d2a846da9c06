"""One property of a model: what it shows of the simulated appliance, and what writing it presses.

is: NAME           the appliance's property; where this appliance has none, the board remembers `keeps`
keeps: VALUE       what the board remembers itself: a buzzer, a display
words: {raw: word} the wire's value to the appliance's; of several raw values for a word the first is shown, or the one last written
per, times         the wire counts in units of `per`, or of one `times`-th
digits             decimals of a measured number; whole numbers without it
range: [a, b, c]   smallest, largest and step of what may be written; others are refused
access             rw, r, or w
left: NAME         shown is what is left of a time, in seconds, of the physics
faults: {CODE: n}  the number of the first fault, `other` for one without a number
part: ID           per cent left of a consumable
instead: {NAME: {VALUE: raw}}  while the appliance's NAME is VALUE the wire shows, and takes, `raw`
presses: NAME      what the board remembers, pressed as NAME as well
then: {raw: KEY}   after this was written, press again what KEY remembers
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from firmware_sim.appliance import Appliance

FORMS = (
    "is",
    "keeps",
    "words",
    "per",
    "times",
    "digits",
    "range",
    "access",
    "left",
    "faults",
    "other",
    "part",
    "instead",
    "presses",
    "then",
)
_NEAR = 1e-6


@dataclass(frozen=True)
class Entry:
    """An entry of a model's table, under its key."""

    key: str
    spec: Mapping[str, Any]
    words: Mapping[Any, Any] = field(default_factory=dict)

    @property
    def name(self) -> str | None:
        """The appliance's property it stands for, None for what only the board knows."""
        name = self.spec.get("is", self.spec.get("presses"))
        return None if name is None else str(name)

    @property
    def readable(self) -> bool:
        """Whether it can be read."""
        return "r" in self.spec.get("access", "rw")

    @property
    def writable(self) -> bool:
        """Whether it can be written."""
        return "w" in self.spec.get("access", "rw") and "faults" not in self.spec and "part" not in self.spec

    def shown(self, appliance: Appliance, kept: Any) -> Any:
        """Return what the wire shows, None when there is nothing to show; `kept` is what the board remembers of this entry."""
        values = appliance.values()
        if "faults" in self.spec:
            return self._fault(values.get("faults") or [])
        if "part" in self.spec:
            return _part(values.get("consumables") or [], self.spec["part"])
        if self.spec.get("is") not in values:
            return kept
        return self._of(appliance, values, kept)

    def asked(self, raw: Any, schema: Mapping[str, Any]) -> Any:
        """Return the appliance's value for what was written; ValueError when there is none. A string is false, as in real ones."""
        if self.words:
            if isinstance(raw, list | dict) or raw not in self.words:
                raise ValueError(raw)
            return self.words[raw]
        if schema.get("type") == "boolean":
            return bool(raw) if isinstance(raw, bool | int) else False
        value = self.number(raw) * self._unit()
        whole = schema.get("type") == "integer" or "presses" in self.spec
        return round(value) if whole else value

    def number(self, raw: Any) -> float:
        """Return a number that may be written; ValueError outside the range or off its steps."""
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise ValueError(raw)  # noqa: TRY004 - a wrong value, whatever is wrong with it
        if "range" in self.spec:
            least, most, step = self.spec["range"]
            if not least <= raw <= most or abs((raw - least) / step - round((raw - least) / step)) > _NEAR:
                raise ValueError(raw)
        return raw

    def _of(self, appliance: Appliance, values: Mapping[str, Any], kept: Any) -> Any:
        value = values[self.spec["is"]]
        for name, instead in self.spec.get("instead", {}).items():
            if values.get(name) in instead:
                return instead[values[name]]
        if "left" in self.spec:
            return ceil(appliance.model.truth()[self.spec["left"]] / 60 / self._unit() - _NEAR)
        if self.words:
            return kept if self.words.get(kept) == value else next((raw for raw, word in self.words.items() if word == value), None)
        if isinstance(value, bool | str):
            return value
        return round(value / self._unit(), self.spec["digits"]) if "digits" in self.spec else round(value / self._unit())

    def _unit(self) -> float:
        return float(self.spec.get("per", 1)) / float(self.spec.get("times", 1))

    def _fault(self, faults: list[Mapping[str, Any]]) -> int:
        numbers: Mapping[str, int] = self.spec["faults"]
        return numbers.get(str(faults[0].get("code")), int(self.spec["other"])) if faults else 0


def _part(consumables: list[Mapping[str, Any]], wanted: str) -> int | None:
    return next((round(part["remaining"]) for part in consumables if part["id"] == wanted), None)
