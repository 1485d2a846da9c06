"""The mains at work: they bring every appliance of a home that is plugged into the wall the voltage of the moment.

Physical time passes here as in the appliances: `speed` times as fast as the wall's, and at once with an `advance` of the whole home.
An appliance rides through an interruption that is shorter than its power supply holds up (10 to 60 ms, its own).
"""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.mains import DAY, Mains, MainsPlan
from firmware_sim.models.model import BROWN_OUT, NOMINAL_VOLTS

LONGEST_SLEEP = 60.0
"""Wall seconds between two looks at a clock that may have been moved."""


class Supply:
    """The mains of a home; `before_change` is called so that the appliances have lived up to the moment of a change."""

    def __init__(
        self,
        plan: MainsPlan,
        appliances: Sequence[Appliance],
        *,
        speed: float = 1.0,
        before_change: Callable[[], None] = lambda: None,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self.mains = Mains(plan)
        self.at = plan.clock
        self._plan = plan
        self._hold_up = {appliance: Random(f"hold-up:{appliance.identifier}").uniform(0.01, 0.06) for appliance in appliances}  # noqa: S311
        self._speed = speed
        self._before_change = before_change
        self._wall = wall
        self._last = wall()
        self._by_hand: tuple[float, float] | None = None
        self._apart: set[Appliance] = set()
        self._stirred = asyncio.Event()

    @property
    def volts(self) -> float:
        """The voltage now."""
        return self.mains.volts(self.at) if self._by_hand is None else self._by_hand[0]

    @property
    def next_change(self) -> float:
        """When the voltage may change, in seconds as `at`; infinity for never."""
        return self.mains.next_change(self.at) if self._by_hand is None else self._by_hand[1]

    def begin(self) -> None:
        """Give the appliances the first voltage."""
        self._last = self._wall()
        self._apply()

    async def live(self) -> None:
        """Follow the plan until cancelled."""
        while True:
            self.catch_up()
            self._stirred.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(LONGEST_SLEEP, max(0.0, self.next_change - self.at) / self._speed)):
                    await self._stirred.wait()

    def catch_up(self) -> None:
        """Let as much time pass as the wall's clock says."""
        now = self._wall()
        passed, self._last = (now - self._last) * self._speed, now
        self.skip(passed, live=True)

    def skip(self, seconds: float, *, live: bool = False) -> None:
        """Let physical time pass; changes on the way come one after another. Not `live`: the appliances have lived through it already."""
        end = self.at + seconds
        while (change := self.next_change) <= end:
            if live:
                self._before_change()
            self.at = change
            if self._by_hand is not None:
                self._by_hand = None
            self._apply()
        self.at = end

    def override(self, volts: float, seconds: float | None = None) -> None:
        """Put the plan aside for some physical seconds, or until `follow`."""
        self.catch_up()
        self._by_hand = (volts, math.inf if seconds is None else self.at + seconds)
        self._change_now()

    def cut(self, appliance: Appliance, state: str, volts: float | None = None) -> None:
        """Set the mains of one appliance by hand; `on` without volts gives it back to the plan. Raises Refusal as `Appliance.mains`."""
        appliance.mains(state, volts)
        if state == "on" and volts is None:
            self._apart.discard(appliance)
            if appliance in self._hold_up and self.volts != NOMINAL_VOLTS:
                appliance.supply(self.volts)
        else:
            self._apart.add(appliance)

    def follow(self) -> None:
        """Go by the plan again."""
        self.catch_up()
        self._by_hand = None
        self._change_now()

    @property
    def watts(self) -> float:
        """The power that is drawn from the wall now."""
        return sum(appliance.model.watts for appliance in self._hold_up)

    def document(self) -> dict[str, Any]:
        """Return what the control socket says: volts, the time of day, seconds until the next change (None: never), who decides."""
        self.catch_up()
        left = self.next_change - self.at
        clock = int(self.at % DAY)
        return {
            "volts": round(self.volts, 1),
            "clock": f"{clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}",
            "nextChange": None if math.isinf(left) else round(left, 3),
            "by": "plan" if self._by_hand is None else "hand",
        }

    def _change_now(self) -> None:
        self._before_change()
        self._apply()
        self._stirred.set()

    def _apply(self) -> None:
        volts, lasting = self.volts, self.next_change - self.at
        for appliance, hold_up in self._hold_up.items():
            if appliance not in self._apart and (volts >= BROWN_OUT or lasting >= hold_up):
                appliance.supply(volts)
