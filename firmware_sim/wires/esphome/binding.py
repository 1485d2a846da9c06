"""What a field of an entity's state has to do with the appliance behind it, as a node's file says it.

{of: roomTemperature, scale: 1}        the number (or word, or yes and no) of a property; scale: what it is multiplied by to be shown
{cases: [{shows: COOL, when: {power: true, mode: cool}, sets: {...}, does: {stop: null}}, ...]}
                                        the first whose `when` holds is shown; asked for, its `sets` is pressed (else its `when`), or
                                        an action done
{held: 0.5}                             the node's own: it shows what it was last told (a template entity)
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from firmware_sim.refusal import SetupMistake

Values = Mapping[str, Any]
_KINDS: Final = {"of", "cases", "held"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asked for, in the appliance's words: settings to press, actions to do."""

    settings: dict[str, Any] = field(default_factory=dict)
    actions: dict[str, Any] = field(default_factory=dict)


class Held:
    """The node's own; `needs`: properties of the appliance, here none."""

    needs: frozenset[str] = frozenset()

    def __init__(self, value: Any) -> None:
        self._value = value

    def shown(self, _values: Values) -> Any:
        """Return what the field shows while the appliance is like this."""
        return self._value

    def ask(self, value: Any, _wish: Wish) -> None:
        """Add to the wish what has to be done so that the field shows it."""
        self._value = value


class Mirrored:
    """A property's value as it is, or times `scale` plus `offset`."""

    def __init__(self, name: str, scale: float = 1.0, offset: float = 0.0) -> None:
        self._name, self._scale, self._offset = name, scale, offset
        self.needs = frozenset({name})

    def shown(self, values: Values) -> Any:
        """Return what the field shows while the appliance is like this."""
        value = values.get(self._name)
        return value if value is None or isinstance(value, bool | str) else value * self._scale + self._offset

    def ask(self, value: Any, wish: Wish) -> None:
        """Add to the wish what has to be done so that the field shows it."""
        if value is None:
            return
        if isinstance(value, bool | str):
            wish.settings[self._name] = value
        elif math.isfinite(value):
            number = round((value - self._offset) / self._scale, 3)
            wish.settings[self._name] = int(number) if number == int(number) else number


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """See the module's docstring."""

    shows: Any
    when: Values
    sets: Values
    does: Values


class Cased:
    """One of several cases; `otherwise` where none holds."""

    def __init__(self, cases: tuple[Case, ...], otherwise: Any = None) -> None:
        self._cases, self._otherwise = cases, otherwise
        self.needs = frozenset(name for case in cases for name in (*case.when, *case.sets))

    def shown(self, values: Values) -> Any:
        """Return what the field shows while the appliance is like this."""
        holding = (case.shows for case in self._cases if all(values.get(name) == value for name, value in case.when.items()))
        return next(holding, self._otherwise)

    def ask(self, value: Any, wish: Wish) -> None:
        """Add to the wish what has to be done so that the field shows it."""
        for case in self._cases:
            if case.shows == value:
                wish.settings.update(case.sets)
                wish.actions.update(case.does)
                return


Binding = Held | Mirrored | Cased


def binding_of(spec: Mapping[str, Any], where: str) -> Binding:
    """Return what a row of a node's file says; raise SetupMistake for one that says nothing known."""
    kinds = _KINDS & spec.keys()
    if len(kinds) != 1:
        raise SetupMistake(f"{where}: one of {', '.join(sorted(_KINDS))}")
    if "held" in spec:
        return Held(spec["held"])
    if "of" in spec:
        return Mirrored(spec["of"], float(spec.get("scale", 1)), float(spec.get("offset", 0)))
    return Cased(tuple(_case(row) for row in spec["cases"]), spec.get("otherwise"))


def _case(row: Mapping[str, Any]) -> Case:
    does = row.get("does", {})
    when = row.get("when", {})
    return Case(shows=row["shows"], when=when, sets=row.get("sets", {} if does else when), does=does)
