"""The book of an appliance's commands: every run with its acks, who listens to them, and for how long each is remembered."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from firmware_sim.clock import stamp
from firmware_sim.refusal import Refusal
from firmware_sim.wires.order import TERMINAL, Order, Run

KEPT = 600.0
"""Seconds an ended run is remembered."""

_MOST_RUNS = 4096
_MOST_OPEN = 128

Listener = Callable[[Run, dict[str, Any]], None]


class Ledger:
    """Runs by id, oldest first. `wall`: seconds since the epoch, by which runs are forgotten; `clock`: the appliance's own, for stamps."""

    def __init__(self, *, wall: Callable[[], float], clock: Callable[[], float]) -> None:
        self._wall = wall
        self._clock = clock
        self._runs: dict[str, Run] = {}
        self._listeners: list[Listener] = []
        self.last: dict[str, Any] | None = None

    def listen(self, callback: Listener) -> Callable[[], None]:
        """Call `callback` with every ack from now on; return what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def runs(self) -> tuple[Run, ...]:
        """Return every run that is remembered, oldest first."""
        self._forget()
        return tuple(self._runs.values())

    def open(self) -> list[Run]:
        """Return the runs that have not ended."""
        return [run for run in self._runs.values() if run.ended is None]

    def known(self, identifier: str) -> Run | None:
        """Return a run, if it is remembered."""
        self._forget()
        return self._runs.get(identifier)

    def run(self, identifier: str) -> Run:
        """Return a run; Refusal `unknown`."""
        if (run := self.known(identifier)) is None:
            raise Refusal("unknown", f"no run {identifier} within the last ten minutes")
        return run

    def enter(self, run: Run) -> None:
        """Begin to remember a run; Refusal `rate` when too many are open, `state-conflict` when its id is taken."""
        if self.known(run.order.id) is not None:
            raise Refusal("state-conflict", "another client uses this id")
        if len(self.open()) >= _MOST_OPEN:
            raise Refusal("rate", "too many commands at once")
        self._runs[run.order.id] = run

    def tell(self, run: Run, state: str, **facts: Any) -> None:
        """Add an ack to a run and tell everybody; facts that are None are left out."""
        known = {name: fact for name, fact in facts.items() if fact is not None}
        ack = {**ack_head(run.order, state), **known, "ts": stamp(self._clock())}
        run.acks.append(ack)
        self.last = ack
        for listener in tuple(self._listeners):
            listener(run, ack)

    def end(self, run: Run, state: str, **facts: Any) -> None:
        """Give a run its one terminal ack; a second one is not given."""
        if run.ended is not None:
            return
        run.ended = self._wall()
        if run.timer is not None:
            run.timer.cancel()
        self.tell(run, state, **facts)

    async def until(self, run: Run, enough: Callable[[Run], bool], patience: float) -> None:
        """Return once `enough` holds or `patience` seconds have passed."""
        moved = asyncio.Event()
        stop = self.listen(lambda told, _: moved.set() if told is run else None)
        try:
            async with asyncio.timeout(patience):
                while not enough(run):
                    moved.clear()
                    await moved.wait()
        except TimeoutError:
            return
        finally:
            stop()

    def _forget(self) -> None:
        """Let go of runs that ended long ago, from the oldest on; of ended ones sooner when there are too many."""
        horizon = self._wall() - KEPT
        for run in tuple(itertools.takewhile(lambda run: run.ended is not None and run.ended < horizon, self._runs.values())):
            del self._runs[run.order.id]
        if len(self._runs) > _MOST_RUNS:
            del self._runs[next(run.order.id for run in self._runs.values() if run.ended is not None)]


def ack_head(order: Order, state: str) -> dict[str, Any]:
    """Return the members every ack begins with."""
    return {"id": order.id, "op": order.operation, "name": order.name, "state": state}


def is_terminal(run: Run) -> bool:
    """Return whether nothing more follows."""
    return run.last["state"] in TERMINAL
