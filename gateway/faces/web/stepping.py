"""Changing a number by presses: they are gathered before anything is asked, so that three presses are one command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from nicegui import background_tasks

from gateway.faces.web.control import Control
from gateway.faces.web.sheet import Sheet
from gateway.thing.value import Value

SETTLE_SECONDS: Final = 0.7
"""How long the next press is waited for."""
MOST_PRESSES: Final = 40
"""More presses than that from one end to the other, and a press moves several steps."""


class Steps:
    """`present`: the value as the appliance shows it; `ask` gets what is wanted; `look` shows what has been pressed so far."""

    def __init__(
        self, page: Sheet, control: Control, present: Callable[[], Value], ask: Callable[[Value], Awaitable[Any]], look: Callable[[], None]
    ) -> None:
        self._page = page
        self._control = control
        self._present = present
        self._ask = ask
        self._look = look
        self._ahead: float | None = None

    @property
    def ahead(self) -> int | float | None:
        """Return where the presses lead that nobody has been asked for yet; None where there are none."""
        return None if self._ahead is None else self._control.exact(self._ahead)

    def press(self, way: int) -> bool:
        """Go up (1) or down (-1); return False at the end, where nothing is asked."""
        present = self._ahead if self._ahead is not None else self._present()
        if not isinstance(present, int | float) or isinstance(present, bool):
            present = self._control.minimum if self._control.minimum is not None else 0
        moved = self._within(present + way * _stride(self._control))
        if moved == present and self._ahead is None:
            return False
        self._ahead = moved
        self._look()
        background_tasks.create(self._settle(moved), name="pages: step", context=self._page.client)
        return moved != present

    def _within(self, number: float) -> float:
        low, high = self._control.minimum, self._control.maximum
        number = number if low is None else max(low, number)
        return number if high is None else min(high, number)

    async def _settle(self, mine: float) -> None:
        await asyncio.sleep(SETTLE_SECONDS)
        if self._ahead == mine:
            self._ahead = None
            await self._ask(self._control.exact(mine))


def _stride(control: Control) -> float:
    """Return what one press moves: a step, or so many that the whole range takes few presses."""
    step = control.step or 1
    if control.minimum is None or control.maximum is None:
        return step
    steps = (control.maximum - control.minimum) / step
    return step if steps <= MOST_PRESSES else step * max(1, round(2 * steps / MOST_PRESSES))
