"""A unit with a defect: built as any other, then changed in one place."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from firmware_sim.plan import UnitPlan
from firmware_sim.unit import Unit
from firmware_sim.wire import Wire, WireOptions
from firmware_sim.wires.desk import Desk, desk_of

Change = Callable[[Any], None]


class TwinUnit(Unit):
    """Plants its defect before time begins; what the defect wants of the wires it does to every fresh one, also after a power cut."""

    def __init__(self, plan: UnitPlan, defect: "Defect", **options: Any) -> None:
        super().__init__(plan, **options)
        self._changes: dict[str, list[Change]] = defaultdict(list)
        defect(self)
        self.appliance.elapse(0.0)

    @property
    def desk(self) -> Desk:
        """Where the orders of all its native wires arrive."""
        return desk_of(self.appliance)

    def fresh(self, module: str, change: Change) -> None:
        """Let `change` be done to every wire of that module before it is opened."""
        self._changes[module].append(change)

    def _wired(self, module: str, options: WireOptions) -> Wire:
        wire = super()._wired(module, options)
        for change in self._changes[module]:
            change(wire)
        return wire


Defect = Callable[[TwinUnit], None]
