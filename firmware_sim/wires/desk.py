"""The desk where orders of every native wire arrive: one a unit, so that MQTT and CoAP share one life of commands.

An order is refused with one terminal ack, or accepted and then followed: a write until the appliance itself reports the value (never
before) or gives it up, an action through its stages. The same id of the same client within ten minutes returns what became of the first
and acts once. A later write of the same property overtakes an earlier one whose value never showed. The desk outlives its wires, because
a power cut or a new address closes those: what was open when the power went has failed, and whoever comes back to ask learns that.
"""

import asyncio
import secrets
import time
import weakref
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.invocation import Stage
from firmware_sim.notice import Changed, Notice, Power, Staged
from firmware_sim.refusal import Refusal
from firmware_sim.wires.confirmation import Confirmations
from firmware_sim.wires.duration import seconds
from firmware_sim.wires.errors import error_object
from firmware_sim.wires.ledger import Ledger
from firmware_sim.wires.order import Order, Run, etag

_GRACE = 5.0
_UNKNOWN_WAIT = 60.0
_STATES = {"expired": "expired", "device-error": "failed", "offline": "failed", "timeout": "failed"}


class Desk:
    """The orders of one appliance, and the `ledger` of what became of them. Everything is synchronous and belongs to the loop's thread.

    `now` is the wall's time, seconds since the epoch, by which orders expire and runs are forgotten; what the appliance itself says bears
    the time of its own clock, which `advance` may have moved.
    """

    def __init__(self, appliance: Appliance, *, now: Callable[[], float] = time.time) -> None:
        self._appliance: Appliance = weakref.proxy(appliance)
        self._now = now
        self._confirmations = Confirmations(appliance.clock.steady)
        self.ledger = Ledger(wall=now, clock=appliance.clock.now)
        self._being_written: frozenset[str] = frozenset()
        appliance.listen(self._notice)

    def submit(self, order: Order, reply: Any = None) -> tuple[Run, bool]:
        """Take an order; return its run and whether it is new (False: its acks so far are all there is to say)."""
        known = self.ledger.known(order.id)
        if known is not None and known.order.client == order.client:
            known.reply = reply
            return known, False
        run = Run(order, reply)
        try:
            self.ledger.enter(run)
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

    def _refuse(self, run: Run, refusal: Refusal) -> None:
        error = error_object(refusal)
        if refusal.code == "needs-confirm" and run.order.client:  # a bare topic is nobody's, and no person stands behind it
            error["confirm"] = self._confirmations.give(run.order)
        state = _STATES.get(refusal.code, "rejected")
        if state == "failed":
            self.ledger.tell(run, "accepted")
        self.ledger.end(run, state, error=error)

    def _complete(self, run: Run, **facts: Any) -> None:
        self.ledger.end(run, "completed", seq=self._appliance.seq, boot=self._appliance.boot, **facts)

    def _notice(self, notice: Notice) -> None:
        match notice:
            case Changed():
                for run in self.ledger.open():
                    self._look(run)
            case Staged(invocation, stage):
                started = self.ledger.known(invocation.id)
                if started is not None and started.started:
                    self._stage(started, stage)
            case Power(False):
                for run in self.ledger.open():
                    self.ledger.end(run, "failed", error=error_object(Refusal("device-error", "the power went")))

    # Actions

    def _invoke(self, run: Run) -> None:
        order = run.order
        invocation = self._appliance.invoke(order.name, order.input, confirmed=self._confirmations.accept(order), id=order.id)
        run.long = not invocation.last.terminal
        self.ledger.tell(run, "accepted")
        run.started = True
        self._stage(run, invocation.last)

    def _cancel(self, run: Run) -> None:
        target = self.ledger.known(run.order.name)
        if target is not None and target.ended is not None:
            raise Refusal("state-conflict", f"the run is over: {target.last['state']}")
        self._appliance.cancel(run.order.name)
        self.ledger.tell(run, "accepted")
        self._complete(run)

    def _stage(self, run: Run, stage: Stage) -> None:
        if stage.state == "completed":
            self._complete(run, out=stage.output)
        elif stage.terminal:
            error = stage.error or error_object(Refusal(stage.state))
            self.ledger.end(run, stage.state, out=stage.output, error=error)
        else:
            self.ledger.tell(run, stage.state, phase=stage.phase, percent=stage.percent, remaining=stage.remaining)

    # Writes, and the evidence for them

    def _write(self, run: Run, values: Mapping[str, Any]) -> None:
        self._being_written = frozenset(values)
        try:
            self._appliance.write(values, confirmed=self._confirmations.accept(run.order))
        finally:
            self._being_written = frozenset()
        run.wanted = {name: value for name, value in values.items() if not self._appliance.schema(name).get("writeOnly")}
        run.aims = frozenset(name for name, value in run.wanted.items() if self._appliance.aims_at(name, value))
        self._supersede(run)
        self.ledger.tell(run, "accepted")
        self._look(run)
        missing = {} if run.ended is not None else self._missing(run.wanted)
        if (overruled := sorted(missing.keys() - run.aims)) and missing.keys() < run.wanted.keys():  # by another member of the same write
            self._give_up(run, overruled[0], missing)
        elif run.ended is None:
            self._arm(run)

    def _supersede(self, run: Run) -> None:
        for other in self.ledger.open():
            if other is not run and other.wanted is not None and run.wanted and other.wanted.keys() & run.wanted.keys():
                self.ledger.end(other, "superseded", error=error_object(Refusal("superseded", f"by {run.order.id}")))

    def _look(self, run: Run) -> None:
        """Complete a write when the appliance reports all it asked for; fail one that it gave up, as a curtain stopped midway does."""
        if run.wanted is None:
            return
        missing = self._missing(run.wanted)
        if not missing:
            self._complete(run)
            return
        for name in run.aims & missing.keys() - self._being_written:
            if not self._appliance.aims_at(name, run.wanted[name]):
                self._give_up(run, name, missing)
                return

    def _give_up(self, run: Run, name: str, missing: Mapping[str, Any]) -> None:
        why = f"{name} shows {missing[name]!r} where {(run.wanted or {}).get(name)!r} was asked"
        self.ledger.end(run, "failed", error=error_object(Refusal("device-error", why, property=name)))

    def _missing(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the appliance shows instead of what was asked for."""
        shown = self._appliance.values()
        return {name: shown.get(name) for name, value in wanted.items() if name not in shown or shown[name] != value}

    def _arm(self, run: Run) -> None:
        """Say `delayed` when the appliance holds the write back, and look again when its time is over."""
        names = run.wanted or {}
        latency = max((seconds(self._appliance.schema(name).get("hl:latency")) for name in names), default=0.0)
        wait = self._wait(names)
        if wait > latency + 1 and not run.delayed:
            self.ledger.tell(run, "delayed", remaining=round(wait))
        run.timer = asyncio.get_running_loop().call_later(max(wait, latency) + _GRACE, self._overdue, run)

    def _wait(self, names: Mapping[str, Any]) -> float:
        """Return how many seconds the appliance still means to hold these back."""
        moments = [moment for name, moment in self._appliance.pending().items() if name in names]
        now = self._appliance.clock.now()
        return max(
            (_UNKNOWN_WAIT if moment is None else datetime.fromisoformat(moment).timestamp() - now for moment in moments), default=0.0
        )

    def _overdue(self, run: Run) -> None:
        wanted = run.wanted or {}
        if self._wait(wanted) > 0:
            self._arm(run)
            return
        others = self._missing(wanted)
        late = Refusal("timeout", f"it still shows {others}", property=next(iter(others), None))
        self.ledger.end(run, "failed", error=error_object(late))


def fresh_identifier() -> str:
    """Return an id for an order that came without one."""
    return f"own-{secrets.token_hex(6)}"


_DESKS: "weakref.WeakKeyDictionary[Appliance, Desk]" = weakref.WeakKeyDictionary()


def desk_of(appliance: Appliance) -> Desk:
    """Return the appliance's one desk; all wires of a unit share it, and it lasts as long as the appliance."""
    desk = _DESKS.get(appliance)
    if desk is None:
        desk = _DESKS[appliance] = Desk(appliance)
    return desk
