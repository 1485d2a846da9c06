"""What is known of one bad twin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from firmware_sim.plan import UnitPlan
from firmware_sim.refusal import SetupMistake
from firmware_sim.twins.unit import Defect, TwinUnit
from firmware_sim.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """One defect. `wrong`: in words, by language; `caught_by`: ids of the requirements it breaks, each of which is enough to catch it.

    `kinds`: where it shows, the first is the one it is tried on; `wires`: the transports it shows on; `made`: as what its unit is built;
    `paired`: it shows only on one that was paired with a hub.
    """

    name: str
    wrong: Mapping[str, str]
    caught_by: tuple[str, ...]
    kinds: tuple[str, ...]
    wires: tuple[str, ...]
    defect: Defect
    made: Mapping[str, Any] = field(default_factory=dict)
    paired: bool = False

    def line(self) -> str:
        """Return it as a row of a list."""
        return f"{self.name:30} {','.join(self.caught_by):10} {','.join(self.kinds):28} {'+'.join(self.wires):10} {self.wrong['en']}"

    def maker(self) -> Callable[..., Unit]:
        """Return what builds a unit: with the defect where the kind is one it shows on, healthy otherwise."""

        def make(plan: UnitPlan, **options: Any) -> Unit:
            if plan.kind not in self.kinds:
                return Unit(plan, **options)
            return TwinUnit(replace(plan, made={**plan.made, **self.made}), self.defect, **options)

        return make

    def check(self, kinds: set[str]) -> None:
        """Raise SetupMistake when none of these kinds can have it."""
        if kinds.isdisjoint(self.kinds):
            raise SetupMistake(f"the twin {self.name} shows on {', '.join(self.kinds)}, not on {', '.join(sorted(kinds))}")
