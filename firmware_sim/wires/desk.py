"""The desk where orders of every native wire arrive: one a unit, so that MQTT and CoAP share one life of commands.

An order is refused with one terminal ack, or accepted and then followed: a write until the appliance itself reports the value (never
before), an action through its stages. The same id of the same client within ten minutes returns what became of the first and acts once. A
later write of the same property overtakes an earlier one whose value never showed. The desk outlives its wires, because a power cut or a
new address closes those: what was open when the power went has failed, and whoever comes back to ask learns that.
"""

import asyncio
import itertools
import secrets
import time
import weakref
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.clock import stamp
from firmware_sim.notice import Changed, Notice, Power, Staged
from firmware_sim.refusal import Refusal
from firmware_sim.wires.confirmation import Confirmations
from firmware_sim.wires.duration import seconds
from firmware_sim.wires.errors import error_object
from firmware_sim.wires.order import TERMINAL, Order, Run, etag

KEPT = 600.0
"""Seconds an ended run is remembered."""

_MOST_RUNS = 4096
_MOST_OPEN = 128
_GRACE = 5.0
_STATES = {"expired": "expired", "device-error": "failed", "offline": "failed", "timeout": "failed"}

Listener = Callable[[Run, dict[str, Any]], None]


class Desk:
    """The orders of one appliance. Everything is synchronous and belongs to the event loop's thread.

    `now` is the wall's time, seconds since the epoch, by which orders expire and runs are forgotten; what the appliance itself says bears
    the time of its own clock, which `advance` may have moved.
    """

    def __init__(self, appliance: Appliance, *, now: Callable[[], float] = time.time) -> None:
        self._appliance: Appliance = weakref.proxy(appliance)
        self._now = now
        self._runs: dict[str, Run] = {}
        self._confirmations = Confirmations(now)
        self._listeners: list[Listener] = []
        self.last: dict[str, Any] | None = None
        appliance.listen(self._notice)

    def listen(self, callback: Listener) -> Callable[[], None]:
        """Call `callback` with every ack from now on; return what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def runs(self) -> tuple[Run, ...]:
        """Return every run that is remembered, oldest first."""
        self._forget()
        return tuple(self._runs.values())

    def run(self, identifier: str) -> Run:
        """Return one run; Refusal `unknown`."""
        self._forget()
        if (run := self._runs.get(identifier)) is None:
            raise Refusal("unknown", f"no run {identifier} within the last ten minutes")
        return run

    def submit(self, order: Order, reply: Any = None) -> tuple[Run, bool]:
        """Take an order; return its run and whether it is new (False: its acks so far are all there is to say)."""
        self._forget()
        known = self._runs.get(order.id)
        if known is not None and known.order.client == order.client:
            known.reply = reply
            return known, False
        run = Run(order, reply)
        try:
            self._admit(run, known)
            self._check(order)
            self._start(run)
        except Refusal as refusal:
            self._refuse(run, refusal)
        return run, True

    def reject(self, order: Order, refusal: Refusal, reply: Any = None) -> Run:
        """Answer something that never was a proper order with its one ack."""
        run = Run(order, reply)
        self._refuse(run, refusal)
        return run

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

    def _admit(self, run: Run, known: Run | None) -> None:
        if known is not None:
            raise Refusal("state-conflict", "another client uses this id")
        if len(self._open()) >= _MOST_OPEN:
            raise Refusal("rate", "too many commands at once")
        self._runs[run.order.id] = run

    def _check(self, order: Order) -> None:
        if order.expires is not None and order.expires <= self._now():
            raise Refusal("expired", "its time had passed on arrival")
        if order.expected is not None and etag(self._appliance.boot, self._appliance.seq) not in order.expected:
            raise Refusal("precondition", f"the state is at boot {self._appliance.boot}, seq {self._appliance.seq}")

    def _start(self, run: Run) -> None:
        match run.order.operation:
            case "writeproperty":
                self._write(run, {run.order.name: run.order.input})
            case "writemultipleproperties":
                if not isinstance(run.order.input, dict) or not run.order.input:
                    raise Refusal("bad-syntax", "a map of property names to values")
                self._write(run, run.order.input)
            case "invokeaction":
                self._invoke(run)
            case "cancelaction":
                self._cancel(run)
            case operation:
                raise Refusal("bad-syntax", f"no operation {operation!r}")

    def _write(self, run: Run, values: Mapping[str, Any]) -> None:
        self._appliance.write(values, confirmed=self._confirmations.accept(run.order))
        run.wanted = {name: value for name, value in values.items() if not self._appliance.schema(name).get("writeOnly")}
        self._supersede(run)
        self._tell(run, "accepted")
        self._look(run)
        if run.ended is None:
            self._arm(run)

    def _invoke(self, run: Run) -> None:
        order = run.order
        invocation = self._appliance.invoke(order.name, order.input, confirmed=self._confirmations.accept(order), id=order.id)
        run.long = not invocation.last.terminal
        self._tell(run, "accepted")
        run.started = True
        self._stage(run, invocation.last)

    def _cancel(self, run: Run) -> None:
        target = self._runs.get(run.order.name)
        if target is not None and target.ended is not None:
            raise Refusal("state-conflict", f"the run is over: {target.last['state']}")
        self._appliance.cancel(run.order.name)
        self._tell(run, "accepted")
        self._complete(run)

    def _notice(self, notice: Notice) -> None:
        match notice:
            case Changed():
                for run in self._open():
                    self._look(run)
            case Staged(invocation, stage):
                if (started := self._runs.get(invocation.id)) is not None and started.started:
                    self._stage(started, stage)
            case Power(False):
                for run in self._open():
                    self._end(run, "failed", error=error_object(Refusal("device-error", "the power went")))

    def _stage(self, run: Run, stage: Any) -> None:
        facts = {"phase": stage.phase, "percent": stage.percent, "remaining": stage.remaining}
        if stage.state == "completed":
            self._complete(run, out=stage.output)
        elif stage.terminal:
            self._end(run, stage.state, out=stage.output, error=stage.error or _reason(stage.state))
        else:
            self._tell(run, stage.state, **facts)

    def _look(self, run: Run) -> None:
        """Complete a write when the appliance reports everything it asked for."""
        if run.wanted is None:
            return
        shown = self._appliance.values()
        if all(name in shown and shown[name] == value for name, value in run.wanted.items()):
            self._complete(run)

    def _arm(self, run: Run) -> None:
        """Say `delayed` when the appliance holds the write back, and look again when its time is over."""
        names = run.wanted or {}
        latency = max((seconds(self._appliance.schema(name).get("hl:latency")) for name in names), default=0.0)
        wait = max((self._wait(moment) for name, moment in self._appliance.pending().items() if name in names), default=0.0)
        if wait > latency + 1 and not run.delayed:
            self._tell(run, "delayed", remaining=round(wait))
        run.timer = asyncio.get_running_loop().call_later(max(wait, latency) + _GRACE, self._overdue, run)

    def _wait(self, moment: str | None) -> float:
        return 60.0 if moment is None else max(0.0, datetime.fromisoformat(moment).timestamp() - self._appliance.clock.now())

    def _overdue(self, run: Run) -> None:
        pending = self._appliance.pending()
        if any(self._wait(pending[name]) > 0 for name in run.wanted or () if name in pending):
            self._arm(run)
            return
        shown = self._appliance.values()
        others = {name: shown.get(name) for name, value in (run.wanted or {}).items() if shown.get(name) != value}
        self._end(run, "failed", error=error_object(Refusal("timeout", f"it still shows {others}", property=next(iter(others), None))))

    def _supersede(self, run: Run) -> None:
        for other in self._open():
            if other is not run and other.wanted is not None and run.wanted and other.wanted.keys() & run.wanted.keys():
                self._end(other, "superseded", error=error_object(Refusal("superseded", f"by {run.order.id}")))

    def _refuse(self, run: Run, refusal: Refusal) -> None:
        error = error_object(refusal)
        if refusal.code == "needs-confirm":
            error["confirm"] = self._confirmations.give(run.order)
        state = _STATES.get(refusal.code, "rejected")
        if state == "failed":
            self._tell(run, "accepted")
        self._end(run, state, error=error)

    def _complete(self, run: Run, **facts: Any) -> None:
        self._end(run, "completed", seq=self._appliance.seq, boot=self._appliance.boot, **facts)

    def _end(self, run: Run, state: str, **facts: Any) -> None:
        if run.ended is not None:
            return
        run.ended = self._now()
        if run.timer is not None:
            run.timer.cancel()
        self._tell(run, state, **facts)

    def _tell(self, run: Run, state: str, **facts: Any) -> None:
        known = {name: fact for name, fact in facts.items() if fact is not None}
        ack = {**ack_head(run.order, state), **known, "ts": stamp(self._appliance.clock.now())}
        run.acks.append(ack)
        self.last = ack
        for listener in tuple(self._listeners):
            listener(run, ack)

    def _open(self) -> list[Run]:
        return [run for run in self._runs.values() if run.ended is None]

    def _forget(self) -> None:
        """Let go of runs that ended long ago, from the oldest on; of ended ones sooner when there are too many."""
        horizon = self._now() - KEPT
        for run in tuple(itertools.takewhile(lambda run: run.ended is not None and run.ended < horizon, self._runs.values())):
            del self._runs[run.order.id]
        if len(self._runs) > _MOST_RUNS:
            del self._runs[next(run.order.id for run in self._runs.values() if run.ended is not None)]


def ack_head(order: Order, state: str) -> dict[str, Any]:
    """Return the members every ack begins with."""
    return {"id": order.id, "op": order.operation, "name": order.name, "state": state}


def fresh_identifier() -> str:
    """Return an id for an order that came without one."""
    return f"own-{secrets.token_hex(6)}"


def is_terminal(run: Run) -> bool:
    """Return whether nothing more follows."""
    return run.last["state"] in TERMINAL


def _reason(state: str) -> dict[str, Any] | None:
    return error_object(Refusal("cancelled")) if state == "cancelled" else None


_DESKS: "weakref.WeakKeyDictionary[Appliance, Desk]" = weakref.WeakKeyDictionary()


def desk_of(appliance: Appliance) -> Desk:
    """Return the appliance's one desk; all wires of a unit share it, and it lasts as long as the appliance."""
    desk = _DESKS.get(appliance)
    if desk is None:
        desk = _DESKS[appliance] = Desk(appliance)
    return desk
