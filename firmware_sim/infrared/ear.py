"""The receiver in an appliance: it does what its own remote says, when it has power and does not miss it.

An air conditioner's frames carry the whole state; televisions, boxes and fans have a code for each key. What an appliance cannot do at the
moment it leaves, without a word.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from firmware_sim.air import Burst
from firmware_sim.appliance import Appliance
from firmware_sim.infrared.code_sets import CODE_SETS
from firmware_sim.infrared.handhelds import HANDHELDS
from firmware_sim.refusal import Refusal, SetupMistake

STEP = 20
"""Percent by which a key makes a fan faster or slower."""
WINDS = ("normal", "natural", "sleep")


class Ear:
    """`misses`: the share of frames it does not catch."""

    def __init__(self, appliance: Appliance, *, misses: float, random: Random) -> None:
        self._appliance = appliance
        self._misses = misses
        self._random = random
        self._understood = _understander(appliance)

    def hear(self, burst: Burst) -> None:
        """Obey, or leave it."""
        if not self._appliance.powered or self._random.random() < self._misses:
            return
        try:
            self._understood(burst)
        except Refusal:
            return


def _understander(appliance: Appliance) -> Callable[[Burst], None]:
    """Return what an appliance of this kind makes of a burst; SetupMistake when it has no remote."""
    if appliance.kind in CODE_SETS:
        return lambda burst: _take_over(appliance, CODE_SETS[appliance.kind].decode(burst))
    if appliance.kind not in HANDHELDS:
        known = ", ".join([*CODE_SETS, *HANDHELDS])
        raise SetupMistake(f"no infrared codes are known for the kind {appliance.kind!r}; wire `ir` works for {known}")
    press = _press_fan if appliance.kind == "fan" else lambda there, key: there.touch({"key": key})
    return lambda burst: _pressed(appliance, HANDHELDS[appliance.kind].decode(burst), press)


def _take_over(appliance: Appliance, values: Mapping[str, Any] | None) -> None:
    if values is not None:
        appliance.write({name: value for name, value in values.items() if name in appliance.surface.writable}, confirmed=True)


def _pressed(appliance: Appliance, key: str | None, press: Callable[[Appliance, str], None]) -> None:
    if key is not None:
        press(appliance, key)


def _press_fan(fan: Appliance, key: str) -> None:
    now = fan.values()
    changes: Mapping[str, Mapping[str, Any]] = {
        "power": {"power": not now["power"]},
        "on": {"power": True},
        "off": {"power": False},
        "faster": {"fanPercent": min(100, now["fanPercent"] + STEP)},
        "slower": {"fanPercent": max(STEP, now["fanPercent"] - STEP)},
        "swing": {"swing": not now["swing"]},
        "wind": {"mode": WINDS[(WINDS.index(now.get("mode", WINDS[0])) + 1) % len(WINDS)]},
    }
    fan.write(changes[key], confirmed=True)
