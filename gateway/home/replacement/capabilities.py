"""What one appliance can do and another cannot, by the names of the standard: these are what scenes, clients and people go by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.profile.affordance import Property
from gateway.profile.instance import Instance

OF_EVERY_KIND: Final = frozenset(
    {"identity", "faults", "life", "safeUse", "claims", "operatingHours", "childLock", "remoteEnabled", "runDiagnostics", "identify"}
    | {"mains", "powerOnState", "minStartVoltage", "voltage", "current", "powerDraw", "energyLabel"}
    | {"consumables", "resetConsumable", "flexWindow"}
)
"""What any appliance may have: that two have it in common makes neither fit for the other's place."""
_BOUNDS: Final = (("minimum", "from", max), ("maximum", "up to", min))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Something the new one cannot do. `what`: property, action, event or feature; `why`: "" where it has it not at all."""

    what: str
    name: str
    why: str = ""

    def sentence(self) -> str:
        """Return it in words, after the name of the new one."""
        return f"has no {self.what} {self.name}" if not self.why else f"{self.name}: {self.why}"


def lacks(old: Instance, new: Instance) -> tuple[Lack, ...]:
    """Return what the new one cannot do of what the old one can, by name."""
    return (
        *_properties(old, new),
        *(Lack(what="action", name=name) for name in sorted(old.actions.keys() - new.actions.keys())),
        *(Lack(what="event", name=name) for name in sorted(old.events.keys() - new.events.keys())),
        *(Lack(what="feature", name=name) for name in sorted({*old.description.features} - {*new.description.features})),
    )


def gains(old: Instance, new: Instance) -> tuple[str, ...]:
    """Return the properties and actions only the new one has."""
    names = (new.properties.keys() - old.properties.keys()) | (new.actions.keys() - old.actions.keys())
    return tuple(sorted(names - OF_EVERY_KIND))


def common(old: Instance, new: Instance) -> tuple[str, ...]:
    """Return what one may ask of both; of those of which nothing can be asked, what both show."""
    same = {name for name in _settable(old) & _settable(new) if _overlap(old.properties[name].schema, new.properties[name].schema)}
    asked = same | (old.actions.keys() & new.actions.keys())
    if not asked - OF_EVERY_KIND and not (_settable(old) | old.actions.keys()) - OF_EVERY_KIND:
        asked = old.properties.keys() & new.properties.keys()
    return tuple(sorted(asked - OF_EVERY_KIND))


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether there is a value both may take: the mode of a refrigerator is none of an air conditioner."""
    if one.get("type") != other.get("type"):
        return False
    return "enum" not in one or "enum" not in other or not {*map(str, one["enum"])}.isdisjoint(map(str, other["enum"]))


def _settable(instance: Instance) -> set[str]:
    return {name for name, known in instance.properties.items() if not known.read_only}


def _properties(old: Instance, new: Instance) -> Iterator[Lack]:
    for name, known in sorted(old.properties.items()):
        other = new.properties.get(name)
        if other is None:
            yield Lack(what="property", name=name)
        elif why := "; ".join(_narrower(known, other)):
            yield Lack(what="property", name=name, why=why)


def _narrower(old: Property, new: Property) -> Iterator[str]:
    """Yield what the new one does not take, or show, of a property that both have."""
    if new.read_only and not old.read_only:
        yield f"it cannot be set{f' ({new.reason})' if new.reason else ''}"
        return
    one, other = old.schema, new.schema
    if one.get("type") != other.get("type"):
        yield f"it is of type {other.get('type')} and was {one.get('type')}"
        return
    for term, word, tighter in _BOUNDS:
        if term in other and (term not in one or (other[term] != one[term] and tighter(one[term], other[term]) == other[term])):
            yield f"only {word} {other[term]:g}"
    if gone := [value for value in one.get("enum", ()) if value not in other.get("enum", one.get("enum", ()))]:
        yield f"without {', '.join(map(str, gone))}"
    if _coarser(one, other):
        yield f"only in steps of {other['multipleOf']:g}"


def _coarser(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    step = other.get("multipleOf")
    if step is None or one.get("multipleOf") == step:
        return False
    return "multipleOf" not in one or one["multipleOf"] < step
