"""An appliance without its wires: what it reports, what it accepts, what it does.

Below it stands a `Model` with the physics; around it the wires, which read `document()`, call `write` and `invoke` and listen. Everything
here is synchronous and belongs to the event loop's thread. Physical time passes by `elapse` (the unit's ticking) and `advance` (hours in a
moment); nothing happens in between, except what a write, a touch or the mains causes at once.

A restart begins a new `boot` with `seq` at 0, as in a device that keeps only its boot counter; both together never repeat.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from firmware_sim.badge import ACTION as PROVE_KEY
from firmware_sim.badge import Badge
from firmware_sim.chronicle import Chronicle
from firmware_sim.clock import SimulatorClock, stamp
from firmware_sim.constraints import check_action, settled
from firmware_sim.diagnosis import diagnosis
from firmware_sim.faults import FaultBook, blind_property, well_formed
from firmware_sim.invocation import Invocation, Stage
from firmware_sim.memory import Memory
from firmware_sim.models.model import NOMINAL_VOLTS, Event, Model, Trouble
from firmware_sim.models.procedure import Procedure
from firmware_sim.notice import Changed, Notice, Power, Raised, Staged, Supplied
from firmware_sim.refusal import Refusal
from firmware_sim.reported import Reported
from firmware_sim.requests import as_declared, check_danger, check_fit, check_input, check_values
from firmware_sim.runs import Runs
from firmware_sim.schema import neutral, same
from firmware_sim.surface import Surface
from firmware_sim.thing_description import Forms, describe
from firmware_sim.waiting import Waiting

SAG_VOLTS = 154.0
LOOK = 30.0
"""Seconds of an `advance` between two looks at what there is to report."""
EARLIEST, LATEST = 946684800.0, 4102444800.0
"""Seconds since the epoch: what a clock can be set to, 2000 to 2099."""
SHANGHAI = 8 * 3600
"""Seconds by which the household's clock is ahead of UTC."""


class Appliance:
    """One simulated appliance."""

    def __init__(
        self,
        model: Model,
        surface: Surface,
        *,
        identifier: str,
        title: str,
        clock: SimulatorClock,
        memory: Memory,
        badge: Badge | None = None,
        readings: Mapping[str, Any] | None = None,
        unsaid: Iterable[str] = (),
    ) -> None:
        self.identifier = identifier
        self.title = title
        self.model = model
        self.surface = surface
        self.profile = surface.profile
        self.kind = surface.profile.kind
        self.features = surface.features
        self.clock = clock
        self._memory = memory
        self._badge = badge
        self._chronicle = Chronicle(surface.events, clock, memory.next_boot)
        self._waiting = Waiting(clock)
        model.time_of_day = (clock.now() + SHANGHAI) % 86400
        self._dark_seconds = 0.0
        self.mean_watts = 0.0
        self.links: list[Mapping[str, str]] = []
        self._faults = FaultBook()
        self._runs = Runs(clock, self._staged)
        self._run_count = 0
        self._qualities: dict[str, str] = {}
        self.doubts: Mapping[str, str] = {}
        self._unsaid = set(unsaid)
        self._obeyed: Counter[str] = Counter()
        for name, body in surface.properties.items():
            if name in surface.writable:
                model.settings.setdefault(name, neutral(body))
        rules = self.surface.constraints
        told = {**model.papers.readings(), **model.readings(), "faults": []}
        unknown = (name for name in surface.properties if name not in surface.writable and name not in told)
        kept = readings or {}
        self._fixed = {name: kept.get(name, neutral(surface.properties[name])) for name in unknown}
        self._reported = Reported(surface.properties, {rule["property"] for rule in rules if rule["type"] == "monotonic"})
        model.step(0.0)
        self._settle(forced=True)

    # What it shows

    @property
    def powered(self) -> bool:
        """Whether it has mains enough to run its electronics."""
        return self.model.powered

    @property
    def boot(self) -> int:
        """The count of starts."""
        return self._chronicle.boot

    @property
    def seq(self) -> int:
        """The position within this boot; grows with every change and event."""
        return self._chronicle.seq

    @property
    def timestamp(self) -> str:
        """When the state last moved, UTC with milliseconds and Z."""
        return stamp(self._chronicle.moved_at)

    def values(self) -> dict[str, Any]:
        """Return every reported value, private ones included."""
        return dict(self._reported.values)

    def pending(self) -> dict[str, str | None]:
        """Return the properties that wait for something, with the time it is expected."""
        return self._waiting.document()

    def quality(self) -> dict[str, str]:
        """Return the qualities that are not good."""
        return dict(self._qualities)

    def document(self) -> dict[str, Any]:
        """Return the public state with its `$`."""
        head: dict[str, Any] = {"boot": self.boot, "seq": self.seq, "ts": self.timestamp}
        if qualities := {name: quality for name, quality in self._qualities.items() if name not in self.surface.private}:
            head["q"] = qualities
        if pending := self.pending():
            head["pending"] = pending
        return {name: value for name, value in self._reported.values.items() if name not in self.surface.private} | {"$": head}

    def aims_at(self, name: str, value: Any) -> bool:
        """Whether a written property is still set to `value`, shown or not yet."""
        return same(self.model.settings.get(name), value)

    def is_private(self, name: str) -> bool:
        """Whether a property is never in the public state; Refusal `unknown` when there is no such property."""
        self.surface.property(name)
        return name in self.surface.private

    def schema(self, name: str) -> Mapping[str, Any]:
        """Return a property's schema as this appliance exposes it, narrowed by its features."""
        return self.surface.property(name)

    def events(self, name: str) -> tuple[Raised, ...]:
        """Return the last 32 events of that name, oldest first; Refusal `unknown`."""
        if (events := self._chronicle.events(name)) is None:
            raise Refusal("unknown", f"this appliance has no event {name!r}")
        return events

    def thing_description(self, forms: Forms, *, security: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the Thing Description with the forms of the wires; `security` replaces the open default."""
        return describe(self.surface, identifier=self.identifier, title=self.title, forms=forms, security=security, links=self.links)

    def listen(self, callback: Callable[[Notice], None]) -> Callable[[], None]:
        """Call `callback` for every notice from now on; return what ends it."""
        return self._chronicle.listen(callback)

    def tell(self, notice: Notice) -> None:
        """Pass a notice to every listener."""
        self._chronicle.tell(notice)

    # What it accepts

    def write(self, values: Mapping[str, Any], *, confirmed: bool = False) -> None:
        """Write all or nothing; the state shows it when this returns. Raises Refusal."""
        self._need_remote()
        check_values(self.surface, values, confirmed=confirmed)
        before = dict(self.model.settings)
        self._unsaid -= values.keys()
        self._apply(values, confirmed=confirmed)
        self._obeyed.update(name for name in values if self.model.settings[name] != before.get(name))

    def invoke(self, action: str, input: Any = None, *, confirmed: bool = False, id: str | None = None) -> Invocation:
        """Start an action; `id` names the run (made up when None), and the same id again gives the same run. Raises Refusal."""
        body = self.surface.action(action)
        self._need_power() if body.get("safe") else self._need_remote()
        check_danger(body, action, confirmed=confirmed)
        if id is not None and (known := self._runs.known(id)) is not None:
            return known
        check_input(body, input)
        check_action(self.surface.constraints, action, self._before(), confirmed=confirmed)
        if body.get("synchronous") is False and self._runs.busy(action):
            raise Refusal("state-conflict", f"{action} is running already")
        return self._begin(id or self._make_run_id(), action, input, confirmed=confirmed)

    def invocation(self, id: str) -> Invocation:
        """Return a run that is active or ended within the last ten minutes; Refusal `unknown` otherwise."""
        if (found := self._runs.known(id)) is None:
            raise Refusal("unknown", f"there is no run {id!r}")
        return found

    def cancel(self, id: str) -> None:
        """Cancel a run; Refusal `unknown`, or `state-conflict` when it cannot be cancelled (any more)."""
        self._need_power()
        run = self.invocation(id)
        if not self._runs.active(id):
            raise Refusal("state-conflict", f"the run is over: {run.last.state}")
        if not self.surface.action(run.action).get("hl:cancellable"):
            raise Refusal("state-conflict", f"{run.action} cannot be cancelled")
        stage = self._runs.cancel(id)
        self._settle()
        self._runs.publish([(id, stage)])

    # What happens to it

    def touch(self, values: Mapping[str, Any]) -> None:
        """Do at the appliance what a person does there: press its buttons, open its doors, change its surroundings. Raises Refusal."""
        buttons = {name: value for name, value in values.items() if name in self.surface.writable}
        hands = {name: value for name, value in values.items() if name not in buttons}
        self._check_touched(buttons, hands)
        if buttons:
            self._apply(buttons, confirmed=True)
        for name, value in hands.items():
            self.model.touch(name, value)
        self._settle()

    def mains(self, state: str, volts: float | None = None) -> None:
        """Set the mains: `on` (220 V), `sag` (154 V) or `off`; `volts` overrides. Below 90 V there is no power. Raises Refusal."""
        if state not in ("on", "sag", "off"):
            raise Refusal("schema", f"the mains is on, sag or off, not {state!r}")
        level = 0.0 if state == "off" else volts if volts is not None else SAG_VOLTS if state == "sag" else NOMINAL_VOLTS
        if not 0 <= level <= 300:  # noqa: PLR2004 - above this nothing survives
            raise Refusal("schema", "volts lie between 0 and 300")
        self.supply(level)

    def supply(self, volts: float) -> None:
        """Let the mains bring `volts` from now on; what it cannot run at leaves it without power."""
        if not self.model.runs_at(volts):
            self._darken()
            return
        self.model.volts = float(volts)
        if self.model.powered:
            self._settle()
            self.tell(Supplied(self.model.volts))
        else:
            self._restart()

    def raise_fault(self, code: str) -> None:
        """Let a fault happen; a code the catalogue does not have travels as the vendor's own. Raises Refusal."""
        if not well_formed(code):
            raise Refusal("schema", f"{code!r} is no fault code")
        measured = {name: value for name, value in self._reported.values.items() if isinstance(value, float)}
        self.model.trouble(code, freeze=measured)
        self._settle()

    def clear_fault(self, code: str) -> None:
        """Repair it; Refusal `unknown` when it is not present."""
        if code not in self._faults.codes():
            raise Refusal("unknown", f"the fault {code!r} is not present")
        self.model.repaired(code)
        self.model.trouble(code, on=False)
        self._settle()

    def elapse(self, seconds: float) -> None:
        """Let physical time pass while the wall clock runs by itself."""
        before = self.model.energy
        self._pass(seconds)
        self.mean_watts = (self.model.energy - before) * 3.6e6 / seconds if seconds > 0 else self.model.watts
        self._settle()

    def advance(self, seconds: float) -> None:
        """Let physical and wall time pass at once, reporting on the way."""
        while seconds > 0:
            piece = min(LOOK, seconds)
            self.clock.shift(piece)
            self.elapse(piece)
            seconds -= piece

    def set_clock(self, seconds: float) -> None:
        """Set its clock forward or back; what is to happen later happens after as long as before. Refusal where no date is left."""
        if not EARLIEST <= self.clock.now() + seconds <= LATEST:
            raise Refusal("schema", "a clock shows a day between 2000 and 2099", property="seconds")
        self.clock.jump(seconds)
        self._settle()

    def remember(self, *, last: bool = False) -> None:
        """Store what outlives the program: settings, meters."""
        self._memory.keep(self.model, last=last)

    def truth(self) -> dict[str, Any]:
        """Return the unrounded physical truth; `obeyed`: how often each setting was changed from afar, not by hand."""
        told = {"settings": dict(self.model.settings), "faults": list(self._faults.codes()), "boot": self.boot}
        return self.model.truth() | told | {"obeyed": dict(self._obeyed)}

    # Inside

    def _check_touched(self, buttons: Mapping[str, Any], hands: Mapping[str, Any]) -> None:
        possible = self.model.hands()
        for name in hands:
            if name not in possible:
                detail = f"nobody can touch {name!r} of this appliance; there are {', '.join(sorted({*possible, *self.surface.writable}))}"
                raise Refusal("unknown", detail, property=name)
            check_fit(possible[name], name, hands[name])
        for name, value in buttons.items():
            check_fit(self.surface.properties[name], name, value)
        if buttons:
            self._need_power()
        if self.model.settings.get("childLock") and set(buttons) - {"childLock"}:
            raise Refusal("state-conflict", "the buttons are locked", property="childLock")

    def _need_remote(self) -> None:
        self._need_power()
        if self._reported.values.get("remoteEnabled", True) is False:
            raise Refusal("state-conflict", "remote control is switched off at the appliance", property="remoteEnabled")

    def _need_power(self) -> None:
        if not self.model.powered:
            raise Refusal("offline", "the mains is off")

    def _apply(self, values: Mapping[str, Any], *, confirmed: bool) -> None:
        """Take over checked values with all that the constraints drag along."""
        clean = {name: as_declared(self.surface.properties[name], value) for name, value in values.items()}
        changes = settled(self.surface.constraints, self.surface.properties, self._before(), clean, confirmed=confirmed)
        self.model.veto(changes)
        self.model.settings.update(changes)
        self.model.changed(tuple(changes))
        self._settle()

    def _begin(self, id: str, action: str, input: Any, *, confirmed: bool) -> Invocation:
        run = self._runs.enter(id, action)
        try:
            begun = self._start(action, input, confirmed=confirmed)
        except Refusal:
            self._runs.drop(id)
            raise
        if isinstance(begun, Procedure):
            self._runs.start(id, begun)
            self._settle()
        else:
            self._settle()
            self._runs.end(id, Stage("completed", output=begun))
        return run

    def _start(self, action: str, input: Any, *, confirmed: bool) -> Procedure | Any:
        if action == "runDiagnostics":
            return diagnosis(self.model, self._faults, input or {})
        if action == PROVE_KEY and self._badge is not None:
            return self._badge.prove(self.identifier, input["challenge"])
        if action == "startProgram":
            return self.model.begin(action, self._settled_input(input, confirmed=confirmed))
        if self.surface.actions[action].get("hl:atomic"):
            self.write(input or {}, confirmed=confirmed)
            return None
        return None if action in self.surface.added else self.model.begin(action, input)

    def _settled_input(self, input: Any, *, confirmed: bool) -> dict[str, Any]:
        """Return what starts a program: its settings with all that the constraints drag along, `readyAt` as physical seconds from now."""
        given = dict(input or {})
        if "delay" in given and "readyAt" in given:
            raise Refusal("schema", "delay and readyAt exclude each other: give one", property="readyAt")
        if "readyAt" in given:
            given["readyIn"] = (datetime.fromisoformat(given.pop("readyAt")).timestamp() - self.clock.now()) * self.clock.speed
        written = {name: as_declared(self.surface.properties[name], given[name]) for name in given if name in self.surface.writable}
        check_values(self.surface, written, confirmed=confirmed)
        changes = settled(self.surface.constraints, self.surface.properties, self._before(), written, confirmed=confirmed)
        self.model.veto(changes)
        return given | changes

    def _make_run_id(self) -> str:
        self._run_count += 1
        return f"run-{self.boot}-{self._run_count}"

    def _before(self) -> dict[str, Any]:
        return {**self._reported.values, **self._settings()}

    def _settings(self) -> dict[str, Any]:
        return {name: self.model.settings[name] for name in self.surface.writable}

    def _pass(self, seconds: float) -> None:
        while seconds > 0:
            piece = min(self.model.STEP, seconds)
            self.model.step(piece)
            if self.model.powered:
                self._runs.step(piece)
            else:
                self._dark_seconds += piece
            seconds -= piece

    def _settle(self, *, forced: bool = False) -> None:
        """Tell what has come of the last steps: faults enter the book, values are reported, then events and stages follow."""
        if not self.model.powered:
            self._enter_faults()
            return
        raised = self._enter_faults()
        stages = self._runs.collect()
        raised += self._enter_faults()
        self._report(forced=forced)
        for name, data in raised:
            self._chronicle.raise_event(name, data)
        if raised:
            self.tell(Changed(()))  # an event counts too: who conditions a write on the state must have heard its number
        self._runs.publish(stages)

    def _enter_faults(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Empty the model's happenings; return the events to raise for them."""
        happenings, self.model.happenings = self.model.happenings, []
        events: list[tuple[str, Mapping[str, Any]]] = []
        for happening in happenings:
            if isinstance(happening, Event):
                events.append((happening.name, happening.data))
            elif (fault := self._enter(happening)) is not None:
                events.append(("faultRaised" if happening.on else "faultCleared", fault))
        self.model.disabled = self._faults.effects()
        return events

    def _enter(self, trouble: Trouble) -> dict[str, Any] | None:
        if trouble.on:
            return self._faults.add(trouble.code, stamp(self.clock.now()), trouble.freeze)
        return self._faults.remove(trouble.code)

    def _report(self, *, forced: bool) -> None:
        blind = self._blind()
        silent = {*blind, *self.model.unknown(), *self._unsaid}
        fresh = {name: value for name, value in self._fresh().items() if name not in silent}
        names = self._reported.offer(fresh, self.clock.steady(), forced=forced)
        qualities = {**self.model.qualities(), **self.doubts, **dict.fromkeys(blind, "invalid")}
        moved = self._waiting.renew(self._shown(self.model.waits())) or qualities != self._qualities
        self._qualities = qualities
        if names or moved:
            self._chronicle.move()
            self.tell(Changed(names))

    def _blind(self) -> set[str]:
        """Return the properties whose sensor is broken; their last value stays."""
        return {name for code in self._faults.codes() if (name := blind_property(code)) in self._reported.values}

    def _fresh(self) -> dict[str, Any]:
        told = {**self._fixed, **self.model.papers.readings(), **self._settings(), **self.model.readings()}
        return told | {"faults": self._faults.document()}

    def _shown(self, named: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in named.items() if name in self.surface.properties}

    def _staged(self, run: Invocation, stage: Stage) -> None:
        self.tell(Staged(run, stage))

    def _darken(self) -> None:
        if not self.model.powered:
            return
        self.model.powered = False
        self._dark_seconds = 0.0
        self.model.dark()
        self._waiting.renew({})
        self.tell(Power(False))
        self._runs.abort("the mains went off")
        self.model.happenings.clear()

    def _restart(self) -> None:
        """Boot: a new count, everything told anew; `powerRestored` follows with the first time that passes."""
        self._chronicle.restart()
        self.model.powered = True
        self._reported.forget(keep=self._blind())
        self.model.lit(self._dark_seconds)
        self.model.step(0.0)
        later, self.model.happenings = self.model.happenings, []
        self._settle(forced=True)
        self.tell(Power(True))
        self.model.happen("powerRestored", outage=round(self._dark_seconds, 1), boot=self.boot)
        self.model.happenings.extend(later)
