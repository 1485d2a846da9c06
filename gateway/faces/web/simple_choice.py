"""What simple mode shows: six large keys, the call for help among them, and a scene where there is one.

The two buttons that change a number are one wide key in halves: they belong together, and cost one place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from gateway.faces.web.look import SIMPLE, main_of, setting_of, table
from gateway.home.home import Home
from gateway.home.twin import Twin

MOST: Final = 6
"""Large keys of a page."""


@dataclass(frozen=True, slots=True)
class Shown:
    """`stepped`: the one of them whose number can be changed; `scenes`: how many keys are for scenes."""

    twins: tuple[Twin, ...]
    stepped: Twin | None
    scenes: int

    @classmethod
    def of(cls, home: Home, scenes: int) -> Self:
        """Choose among the appliances of a home that has so many scenes."""
        return cls.among([home.twin(device) for device in home.devices()], scenes)

    @classmethod
    def among(cls, twins: Sequence[Twin], scenes: int = 0) -> Self:
        """Choose: what somebody marked goes before a number, that before a scene, and one of those before an appliance more."""
        able, room = _able(twins), MOST - 1
        marked = sum(SIMPLE in twin.tags for twin in able)
        steps = int(marked < room and _stepped(able[: room - 1]) is not None)
        kept = int(scenes > 0 and marked < room - steps)
        chosen = tuple(able[: room - steps - kept])
        stepped = _stepped(chosen) if steps else None
        return cls(chosen, stepped, min(scenes, room - len(chosen) - (stepped is not None)))


def _able(twins: Sequence[Twin]) -> list[Twin]:
    """Return what can be switched and people use most, one a kind; those marked with the tag `simple` before all others."""
    order = {kind: number for number, kind in enumerate(table()["simple"])}
    able = [twin for twin in twins if main_of(twin) is not None and (SIMPLE in twin.tags or twin.description.kind in order)]
    able.sort(key=lambda twin: (SIMPLE not in twin.tags, order.get(twin.description.kind, len(order)), twin.id))
    kinds: set[str] = set()
    first = []
    for twin in able:
        if SIMPLE in twin.tags or twin.description.kind not in kinds:
            first.append(twin)
            kinds |= set() if SIMPLE in twin.tags else {twin.description.kind}
    return first


def _stepped(twins: Sequence[Twin]) -> Twin | None:
    """Return the one whose number people need to change most."""
    return next((twin for name in table()["steps"] for twin in twins if setting_of(twin) == name), None)
