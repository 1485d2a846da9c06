"""Between what our appliance has and a property of a device's state, as the files in `models/` say it.

{of: power, words: {true: "ON", false: "OFF"}}      a value of the appliance in other words; `otherwise` for all that are not named
{of: brightness, factor: 2.54, digits: 0}           a number in another measure, rounded
{of: colourTemperature, mired: true}                kelvins as millionths of their reciprocal
{of: doors, item: open, words: {...}}               a member of the first of a list
{of: mode, switch: power, words: {...}}             `off` while the appliance's switch is off
{of: sounding, member: mode, words: {...}}          a member of an object that can only be set
{kept: 0}                                           a setting the appliance knows nothing of: the device keeps it, and begins with this
{fixed: 23}                                         always the same

`sets`: words that set another value than they show (OPEN: 100). `acts`: words that are actions of the appliance (LOCK: lock).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TERMS = {"of", "words", "otherwise", "factor", "digits", "mired", "item", "switch", "member", "kept", "fixed", "sets", "acts"}
_MILLION = 1_000_000
OFF = "off"


class Unusable(Exception):
    """A value that this property of this device does not take."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One row. `of`: the appliance's property, "" for none."""

    of: str = ""
    words: Mapping[Any, Any] = field(default_factory=dict)
    otherwise: Any = None
    factor: float = 1.0
    digits: int | None = None
    mired: bool = False
    item: str = ""
    switch: str = ""
    member: str = ""
    instead: Any = None
    kept: bool = False
    sets: Mapping[str, Any] = field(default_factory=dict)
    acts: Mapping[str, str] = field(default_factory=dict)

    def raw(self, values: Mapping[str, Any], kept: Any) -> Any:
        """Return what the state says; None: nothing."""
        if not self.of:
            return kept if self.kept else self.instead
        if self.member:
            return None
        if self.switch and values.get(self.switch) is False:
            return OFF
        value = values.get(self.of)
        if self.item:
            value = value[0].get(self.item) if value else None
        if value is None:
            return None
        if self.words:
            return self.words.get(value, self.otherwise)
        return self._measured(value)

    def action(self, raw: Any) -> str | None:
        """Return the appliance's action that a word is, None: it is none."""
        return self.acts.get(raw) if isinstance(raw, str) else None

    def value(self, raw: Any) -> Any:
        """Return what the appliance's property becomes; raise Unusable."""
        if self.member:
            raw = raw.get(self.member) if isinstance(raw, dict) else None
        if self.words or self.sets:
            for value, word in (*((value, word) for word, value in self.sets.items()), *self.words.items()):
                if word == raw and type(word) is type(raw):
                    return value
            raise Unusable(f"{raw!r} is none of its words")
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise Unusable(f"{raw!r} is no number")
        if self.mired:
            if raw <= 0:
                raise Unusable("no light is that warm")
            return round(_MILLION / raw)
        return raw if self.factor == 1.0 else round(raw / self.factor)

    def _measured(self, value: Any) -> Any:
        if self.mired:
            return round(_MILLION / value)
        number = value if self.factor == 1.0 else value * self.factor
        return number if self.digits is None else round(number, self.digits) if self.digits else round(number)


def shown(spec: Mapping[str, Any]) -> Shown:
    """Return the row that a file tells of; ValueError for terms that are none."""
    if unknown := set(spec) - _TERMS:
        raise ValueError(f"unknown {', '.join(sorted(unknown))}")
    plain = {name: value for name, value in spec.items() if name not in {"fixed", "kept"}}
    return Shown(**plain, kept="kept" in spec, instead=spec.get("kept", spec.get("fixed")))
