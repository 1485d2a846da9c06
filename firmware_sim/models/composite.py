"""An appliance made of others that have one cord together: it counts what all of them draw."""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar, Protocol

from firmware_sim.models.model import Model
from firmware_sim.surface import Surface


class Part(Protocol):
    """What the whole can do with one of its parts: the appliance it is."""

    kind: str
    surface: Surface

    def write(self, values: Mapping[str, Any], *, confirmed: bool = False) -> None:
        """Write all or nothing; raises Refusal."""
        ...

    def invoke(self, action: str, input: Any = None, *, confirmed: bool = False) -> object:
        """Start an action; raises Refusal."""
        ...


class Composite(Model):
    """A model that has parts, known by their instance names once the home has put it together; `OWN_WATTS` is its own electronics."""

    OWN_WATTS: ClassVar[float] = 1.0

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.parts: Mapping[str, Part] = {}

    def compose(self, parts: Mapping[str, Part]) -> None:
        """Learn which parts there are."""
        self.parts = parts

    def run(self, seconds: float) -> None:
        """Draw what all draw."""
        del seconds
        self.watts = self.OWN_WATTS + sum(load() for load in self.loads) if self.powered else 0.0
