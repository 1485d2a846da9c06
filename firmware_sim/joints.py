"""How the units of a home hang together: cords, parts of composites, the air of a room, and remotes that speak for others."""

from collections.abc import Collection, Iterable, Mapping
from random import Random

from firmware_sim.air import Air, Airborne
from firmware_sim.appliance import Appliance
from firmware_sim.cord import Cord
from firmware_sim.models.composite import Composite
from firmware_sim.refusal import SetupMistake
from firmware_sim.thing_description import composition
from firmware_sim.unit import Unit
from firmware_sim.virtual import MISSES, Bond, ear_of

INFRARED = "ir"
"""The wire of what has no network, and obeys its remote."""


class Joints:
    """What joins the units; made once, before time begins. `roots` are the appliances that are plugged into the wall."""

    def __init__(self, units: Mapping[str, Unit]) -> None:
        self._units = units
        self._source = {unit.plan.feeds: name for name, unit in units.items() if unit.plan.feeds}
        self._source |= {name: unit.plan.part_of for name, unit in units.items() if unit.plan.part_of}
        self._airs: dict[str | None, Air] = {}
        self.bonds = tuple(self._bond(unit) for unit in units.values() if unit.plan.via is not None)
        for name, unit in units.items():
            if unit.plan.wire == INFRARED:
                self._equip(name, unit)
            elif isinstance(unit.physical.model, Airborne):
                unit.physical.model.enter(self._air(unit))
            if unit.plan.part_of is None and (parts := self._parts(name)):
                _composed(unit.physical, parts)
        self.cords = tuple(self._cord(name) for name in reversed(self.in_order(self._source)))
        self.roots: tuple[Appliance, ...] = tuple(unit.physical for name, unit in units.items() if name not in self._source)

    def _unit(self, name: str) -> Unit:
        if name not in self._units:
            raise SetupMistake(f"there is no unit {name!r} to plug in or to send with")
        return self._units[name]

    def _air(self, unit: Unit) -> Air:
        """Return the air of a unit's room."""
        if unit.plan.room not in self._airs:
            self._airs[unit.plan.room] = Air(Random(f"air:{unit.plan.room}:{len(self._airs)}"))  # noqa: S311 - jitter is no secret
        return self._airs[unit.plan.room]

    def _equip(self, name: str, unit: Unit) -> None:
        """Give an appliance without a network its ear; a model that hears by itself gets the same one, so that it may miss a frame too."""
        misses = float(unit.plan.facts.get("misses", MISSES))
        self._air(unit).listen(ear_of(unit.physical, name, misses=misses, seed=unit.plan.seed or 0).hear)

    def _bond(self, unit: Unit) -> Bond:
        misses = float(unit.plan.facts.get("misses", MISSES))
        remote = self._unit(str(unit.plan.via)).physical
        return Bond(remote, unit.appliance, unit.physical, self._air(unit), misses=misses, seed=unit.plan.seed or 0)

    def _parts(self, name: str) -> dict[str, Appliance]:
        parts = [unit.physical for unit in self._units.values() if unit.plan.part_of == name]
        return {part.identifier.removeprefix(f"{name}-"): part for part in parts}

    def _cord(self, name: str) -> Cord:
        return Cord(self._unit(self._source[name]).physical, self._unit(name).physical)

    def circuit(self, name: str) -> Collection[str]:
        """Return the units on the same cord, however long, this one included."""
        found, edge = {name}, {name}
        while edge:
            near = {self._source[one] for one in edge if one in self._source} | {
                one for one, source in self._source.items() if source in edge
            }
            edge = near - found
            found |= near
        return found

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Return names so that what draws comes before what it draws through."""
        return sorted(names, key=self._depth, reverse=True)

    def _depth(self, name: str) -> int:
        return 1 + self._depth(self._source[name]) if name in self._source else 0


def _composed(whole: Appliance, parts: Mapping[str, Appliance]) -> None:
    """Let whole and parts know one another."""
    if isinstance(whole.model, Composite):
        whole.model.compose(parts)
    for name, part in parts.items():
        whole.links.append(composition("item", part.identifier, name))
        part.links.append(composition("collection", whole.identifier, name))
