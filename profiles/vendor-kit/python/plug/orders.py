"""The life of commands, the same for both wires: one id acts once, every command ends with exactly one terminal ack.

A write is done when the state shows it, which with a relay is at once. An action with `synchronous: false` runs on: it says how far it is,
and can be stopped. What ended is remembered for ten minutes, so that a client that asks again gets the same acks. `run/{id}` is one path,
so an id belongs to one command, whoever sent it.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from plug.appliance import Appliance
from plug.memory import Memory
from plug.refusal import Refusal

KEPT = 600.0
MOST_OPEN, MOST_KEPT, MOST_STORED = 64, 4096, 32
LONGEST_ID = 128
TERMINAL = frozenset({"completed", "failed", "rejected", "expired", "cancelled", "superseded"})
_PATIENCE_WITH_A_PERSON = 60.0
_STATES = {"expired": "expired", "device-error": "failed", "timeout": "failed"}

Ack = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Order:
    """One request. `expected`: what (boot, seq) the state may have, None for any; `expires`: seconds since the epoch."""

    op: str
    name: str = ""
    input: Any = None
    id: str = ""
    expires: float | None = None
    expected: frozenset[tuple[int, int]] | None = None
    confirm: str | None = None
    bare: bool = False


@dataclass(eq=False)
class Run:
    """What became of an order: its acks, the last one terminal once it ended."""

    order: Order
    acks: list[Ack] = field(default_factory=list)
    long: bool = False
    ended: float | None = None
    ends_at: float = 0.0
    begun: float = 0.0
    next_word: float = 0.0
    hear: list[Callable[[Ack], None]] = field(default_factory=list)

    @property
    def last(self) -> Ack:
        """Return the latest ack."""
        return self.acks[-1]


class Book:
    """All runs of one appliance. Listeners are called with (run, ack)."""

    def __init__(self, appliance: Appliance, memory: Memory) -> None:
        self._appliance = appliance
        self._memory = memory
        self._runs = {acks[0]["id"]: self._remembered(acks) for acks in memory.kept.get("acks", ())}
        self._tokens: dict[str, tuple[str, float]] = {}
        self.listeners: list[Callable[[Run, Ack], None]] = []
        self.last: Ack | None = None
        appliance.listeners.append(self)

    def submit(self, order: Order, hear: Callable[[Ack], None] | None = None) -> Run:
        """Take an order; `hear` gets its acks, those of an id that was here before at once."""
        self._forget()
        if (known := self._runs.get(order.id)) is not None:
            for ack in known.acks if hear else ():
                hear(ack)
            if hear and known.ended is None:
                known.hear.append(hear)
            return known
        run = Run(order, hear=[hear] if hear else [])
        self._runs[order.id] = run
        try:
            self._may_begin(order)
            self._begin(run)
        except Refusal as refusal:
            self._refuse(run, refusal)
        return run

    def reject(self, order: Order, refusal: Refusal, hear: Callable[[Ack], None] | None = None) -> Run:
        """Give the one ack of something that never was a proper order."""
        run = Run(order, hear=[hear] if hear else [])
        self._refuse(run, refusal)
        return run

    def run(self, id: str) -> Run:
        """Return a run; Refusal `unknown`."""
        self._forget()
        if (run := self._runs.get(id)) is None:
            raise Refusal("unknown", f"there was no command {id} in the last ten minutes")
        return run

    def long_runs(self) -> list[Run]:
        """Return the runs of long actions that are remembered."""
        self._forget()
        return [run for run in self._runs.values() if run.long]

    def elapse(self) -> None:
        """Let the long actions go on: to be called every second, and after an advance."""
        now = self._appliance.clock.passed()
        for run in self._open():
            if not run.long:
                continue
            if now >= run.ends_at:
                allow = tuple((run.order.input or {}).get("allow", ()))
                self._end(run, "completed", **self._position(), out=self._appliance.diagnose(allow))
            elif now >= run.next_word:
                self._progress(run, now)

    def powered(self, on: bool) -> None:
        """Fail what was under way when the power went."""
        for run in () if on else self._open():
            self._end(run, "failed", error=Refusal("device-error", "the power went").document())

    # Inside

    def _open(self) -> list[Run]:
        return [run for run in self._runs.values() if run.ended is None]

    def _may_begin(self, order: Order) -> None:
        if order.expires is not None and order.expires <= self._appliance.clock.now():
            raise Refusal("expired", "its time had passed when it came")
        if len(self._open()) > MOST_OPEN:
            raise Refusal("rate", "too many commands at once")
        if order.expected is not None and (self._appliance.boot, self._appliance.seq) not in order.expected:
            raise Refusal("precondition", f"the state is at boot {self._appliance.boot}, seq {self._appliance.seq}")

    def _begin(self, run: Run) -> None:
        order = run.order
        match order.op:
            case "writeproperty":
                self._write(run, {order.name: order.input})
            case "writemultipleproperties":
                if not isinstance(order.input, dict):
                    raise Refusal("schema", "several properties are written as an object")
                self._write(run, order.input)
            case "invokeaction":
                self._invoke(run)
            case "cancelaction":
                self._cancel(run)
            case other:
                raise Refusal("bad-syntax", f"there is no operation {other!r}")

    def _write(self, run: Run, changes: dict[str, Any]) -> None:
        self._appliance.write(changes, confirmed=self._confirmed(run.order))
        self._tell(run, "accepted")
        self._end(run, "completed", **self._position())

    def _invoke(self, run: Run) -> None:
        order = run.order
        body = self._appliance.action(order.name, order.input)
        run.long = body.get("synchronous") is False
        if run.long and any(other.long and other.order.name == order.name for other in self._open() if other is not run):
            run.long = False
            raise Refusal("state-conflict", f"{order.name} is running already")
        self._tell(run, "accepted")
        if not run.long:
            out = self._appliance.perform(order.name, order.input)
            self._end(run, "completed", **self._position(), **({} if out is None else {"out": out}))
            return
        now = self._appliance.clock.passed()
        run.begun, run.ends_at = now, now + (20.0 if (order.input or {}).get("level") == "full" else 6.0)
        self._progress(run, now)

    def _progress(self, run: Run, now: float) -> None:
        run.next_word = now + 1.0
        percent = round(100 * (now - run.begun) / (run.ends_at - run.begun))
        self._tell(run, "running", phase="checking", percent=min(max(percent, 0), 99), remaining=round(run.ends_at - now, 1))

    def _cancel(self, run: Run) -> None:
        target = self.run(run.order.name)
        if target.ended is not None or not target.long:
            raise Refusal("state-conflict", f"it is over: {target.last['state']}")
        self._tell(run, "accepted")
        self._end(target, "cancelled", error=Refusal("cancelled", "somebody stopped it").document())
        self._end(run, "completed", **self._position())

    def _position(self) -> dict[str, int]:
        return {"seq": self._appliance.seq, "boot": self._appliance.boot}

    def _refuse(self, run: Run, refusal: Refusal) -> None:
        if refusal.code == "needs-confirm" and not run.order.bare:
            refusal.confirm = self._token(run.order)
        self._end(run, _STATES.get(refusal.code, "rejected"), error=refusal.document())

    def _tell(self, run: Run, state: str, **facts: Any) -> None:
        order = run.order
        ack = {"id": order.id, "op": order.op, "name": order.name, "state": state, **facts, "ts": self._appliance.clock.stamp()}
        run.acks.append(ack)
        self.last = ack
        if run.ended is not None and order.id in self._runs:
            self._remember()  # stored before it is said
        for hear in (*run.hear, *(lambda ack, each=each: each(run, ack) for each in self.listeners)):
            hear(ack)

    def _end(self, run: Run, state: str, **facts: Any) -> None:
        run.ended = self._appliance.clock.passed()
        self._tell(run, state, **facts)
        run.hear.clear()

    def _remembered(self, acks: list[Ack]) -> Run:
        """Return a run of an earlier life of the program: the id is answered as it was, and acts no more."""
        order = Order(op=acks[0]["op"], name=acks[0]["name"], id=acks[0]["id"])
        return Run(order, acks=acks, ended=self._appliance.clock.passed())

    def _remember(self) -> None:
        ended = [run.acks for run in self._runs.values() if run.ended is not None]
        self._memory.keep(acks=ended[-MOST_STORED:])

    def _forget(self) -> None:
        horizon = self._appliance.clock.passed() - KEPT
        for known, run in tuple(self._runs.items()):
            if run.ended is None:
                continue
            if run.ended >= horizon and len(self._runs) <= MOST_KEPT:
                break
            del self._runs[known]

    # What a person has to confirm: a token, for this very order, once, for a minute

    def _token(self, order: Order) -> str:
        token = secrets.token_urlsafe(12)
        self._tokens = {known: (what, until) for known, (what, until) in self._tokens.items() if until > self._appliance.clock.passed()}
        self._tokens[token] = (_essence(order), self._appliance.clock.passed() + _PATIENCE_WITH_A_PERSON)
        return token

    def _confirmed(self, order: Order) -> bool:
        what, until = self._tokens.pop(order.confirm or "", ("", 0.0))
        return what == _essence(order) and self._appliance.clock.passed() < until


def _essence(order: Order) -> str:
    return repr((order.op, order.name, order.input))


def own_id() -> str:
    """Return an id for an order that came without one."""
    return f"own-{secrets.token_hex(6)}"


def checked_id(text: Any) -> str:
    """Return an id that can stand in a topic and a path: 1 to 128 characters, no `/`, `+`, `#`, no control characters; Refusal."""
    if (
        not isinstance(text, str)
        or not 0 < len(text) <= LONGEST_ID
        or any(letter in "/+#" or letter < " " or letter == "\x7f" for letter in text)
    ):
        raise Refusal("bad-syntax", "an id has 1 to 128 characters, none of / + # and control characters")
    return text
