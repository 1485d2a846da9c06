"""Which appliances simple mode shows, and on which of them a number can be changed: six large buttons, the call for help among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from gateway.faces.web.look import SIMPLE, main_of, setting_of, table
from gateway.home.home import Home
from gateway.home.twin import Twin

MOST: Final = 6
"""Large buttons of a page."""
STEPS: Final = 2
"""Buttons that changing a number takes."""


@dataclass(frozen=True, slots=True)
class Shown:
    """`stepped`: the one of them whose number can be changed; `left`: how many buttons are left for scenes."""

    twins: tuple[Twin, ...]
    stepped: Twin | None
    left: int

    @classmethod
    def of(cls, home: Home) -> Self:
        """Choose among the appliances of a home."""
        return cls.among([home.twin(device) for device in home.devices()])

    @classmethod
    def among(cls, twins: Sequence[Twin]) -> Self:
        """Choose: what somebody marked goes before the two buttons, and those before an appliance or a scene more."""
        able = _able(twins)
        room = MOST - 1 - STEPS
        stepped = _stepped(able[:room]) if sum(SIMPLE in twin.tags for twin in able) <= room else None
        chosen = tuple(able[: MOST - 2 if stepped is None else room])
        return cls(chosen, stepped, MOST - 1 - len(chosen) - (0 if stepped is None else STEPS))


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
