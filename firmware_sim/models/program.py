"""Programs: what mixin-cycle says, once for every kind that has it (washer, dishwasher, dryer, oven ...).

Two classes. `Program` is the state machine and knows no appliance; `Programmed` is a `Model` with one in it.

A kind derives from `Programmed` and says what a program consists of and when it may begin::

    class Steriliser(Programmed):
        def plan(self):                        # read from self.settings; called when a start is accepted
            return [Step("heat", 600, left=self._heating_left), Step("hold", 900), Step("cool", 300)]

        def check_start(self):                 # also before `resume`
            if self.door_open:
                raise Refusal("state-conflict", "the door is open")

        def run(self, seconds):                # physics: ask self.program what is to be done, then let it move on
            self.program.trouble = "heating" in self.disabled
            self.heater = self.program.phase == "heat" and self.program.state == "running"
            ...
            self.program.step(seconds if self.powered else 0.0)

A `Step` lasts `seconds`, or, with `left`, as long as `left()` (physical seconds still needed, by the physics) is above 0; then `seconds`
is what is expected before it begins. `phase` is the profile's word, `task` the kind's own finer one. `skip` leaves a step out when its
turn comes (a rinse that somebody took back).

States: idle, delayed, running, paused, done as in the profile. `error` is a running program whose `trouble` is set: it stands still and
goes on by itself when the trouble is gone. `halt` ends it (`stopped` or `failed`), `forget` turns done into idle (a door was opened).
`phase` is idle or done outside a program, so a kind's `phase` enum holds both.

`begin` takes startProgram, pause, resume and stop. The appliance has settled the members of startProgram's input that name settings under
the profile's constraints, and turned `readyAt` into `readyIn`, physical seconds. `readings` adds cycleState, phase, progress and remaining
(until it is done, a delay included). At the end the event cycleDone tells result, energy, duration and, where `water` (litres in the whole
life) is counted, water.

A power cut does not end a program: `lit` lets it go on where it was, unless `powerOnState` is off. What a cut means for a step (an oven
that cooled down, an open door) is the kind's to say in `dark` or `lit`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.model import Model
from firmware_sim.models.procedure import Procedure
from firmware_sim.refusal import Refusal

BUSY = ("delayed", "running", "paused", "error")


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of a program; see the module's docstring."""

    phase: str
    seconds: float
    task: str = ""
    left: Callable[[], float] | None = None
    skip: Callable[[], bool] | None = None

    @property
    def skipped(self) -> bool:
        """Whether it is left out as things are now."""
        return self.skip is not None and self.skip()


class Program:
    """Runs through steps; `ended` is called once with done, stopped or failed."""

    def __init__(self, ended: Callable[[str], None] = lambda _: None) -> None:
        self.trouble = False
        self.elapsed = 0.0
        self._ended = ended
        self._state = "idle"
        self._steps: list[Step] = []
        self._delay = 0.0
        self._in_step = 0.0
        self._best = 0

    @property
    def state(self) -> str:
        """The profile's `cycleState`."""
        return "error" if self._state == "running" and self.trouble else self._state

    @property
    def busy(self) -> bool:
        """Whether a program is under way, also one that waits, pauses or is in trouble."""
        return self.state in BUSY

    @property
    def running(self) -> bool:
        """Whether it is moving on now."""
        return self.state == "running"

    @property
    def current(self) -> Step | None:
        """The step it is in, also while paused; None while it is delayed or over."""
        return self._steps[0] if self._steps and self._state in ("running", "paused") else None

    @property
    def phase(self) -> str:
        """The profile's `phase`."""
        if self.current is not None:
            return self.current.phase
        return "done" if self._state == "done" else "idle"

    @property
    def task(self) -> str:
        """The kind's own name of what is to be done now; empty unless it moves on."""
        return self.current.task if self.current is not None and self.running else ""

    @property
    def remaining(self) -> float:
        """Physical seconds until it is done, the delay included."""
        return self._delay + self._work_left() if self.busy else 0.0

    @property
    def progress(self) -> int:
        """Percent of the work that is behind it, 100 only when done."""
        if self._state == "done":
            return 100
        return self._best if self.busy else 0

    def start(self, steps: Sequence[Step], *, delay: float = 0.0) -> None:
        """Begin, or wait `delay` seconds first."""
        self._steps, self._delay, self._in_step, self.elapsed, self._best = list(steps), max(0.0, delay), 0.0, 0.0, 0
        self._state = "delayed" if self._delay > 0 else "running"
        self._settle()

    def pause(self) -> None:
        """Stand still until `resume`."""
        self._state = "paused" if self._state == "running" else self._state

    def resume(self) -> None:
        """Go on after `pause`."""
        self._state = "running" if self._state == "paused" else self._state

    def halt(self, result: str = "stopped") -> None:
        """End it early; nothing happens when none is under way."""
        if self.busy:
            self._close("idle", result)

    def forget(self) -> None:
        """Turn done into idle."""
        self._state = "idle" if self._state == "done" else self._state

    def insert(self, *steps: Step) -> None:
        """Put steps right behind the current one."""
        self._steps[1:1] = steps

    def advance(self) -> None:
        """End the current step now."""
        if self._steps:
            del self._steps[0]
            self._in_step = 0.0
            self._settle()

    def step(self, seconds: float) -> None:
        """Let physical time pass; what is left of it after a delay counts for the program."""
        if self._state == "delayed":
            self._delay -= seconds
            if self._delay > 0:
                return
            seconds, self._delay, self._state = -self._delay, 0.0, "running"
        if self.running:
            self.elapsed += seconds
            self._in_step += seconds
            self._settle()
            self._best = max(self._best, min(99, self._share()))

    def _settle(self) -> None:
        """Leave behind every step that is over."""
        while self._state == "running" and self._steps and (self._steps[0].skipped or self._left(self._steps[0]) <= 0):
            over = self._steps.pop(0)
            self._in_step = 0.0 if over.left is not None or over.skipped else max(0.0, self._in_step - over.seconds)
        if self._state == "running" and not self._steps:
            self._close("done", "done")

    def _left(self, step: Step) -> float:
        return step.left() if step.left is not None else step.seconds - self._in_step

    def _work_left(self) -> float:
        if not self._steps or self._state == "delayed":
            return sum(step.seconds for step in self._steps if not step.skipped)
        present = 0.0 if self._steps[0].skipped else max(0.0, self._left(self._steps[0]))
        return present + sum(step.seconds for step in self._steps[1:] if not step.skipped)

    def _share(self) -> int:
        whole = self.elapsed + self._work_left()
        return int(100 * self.elapsed / whole) if whole > 0 else 100

    def _close(self, state: str, result: str) -> None:
        self._state, self._steps, self._delay, self._best = state, [], 0.0, 0
        self._ended(result)


class Programmed(Model):
    """A model that runs programs."""

    LONGEST_DELAY: ClassVar[float] = 86400.0

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.program = Program(self._program_ended)
        self.water: float | None = None
        self._at_start = (self.energy, 0.0)

    def plan(self) -> Sequence[Step]:
        """Return the steps of the program as the settings stand."""
        raise NotImplementedError

    def check_start(self) -> None:
        """Raise Refusal when nothing can be started or resumed now."""

    def finished(self, result: str) -> None:
        """React to the end of a program: done, stopped or failed."""

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Start, pause, resume, stop a program."""
        match action:
            case "startProgram":
                self._start(input or {})
            case "pause":
                self._pause()
            case "resume":
                self._resume()
            case "stop":
                self.program.halt()
                self.program.forget()
            case _:
                return super().begin(action, input)
        return None

    def _start(self, input: Mapping[str, Any]) -> None:
        if self.program.busy:
            raise Refusal("state-conflict", "a program is under way: stop it first")
        self.check_start()
        if not 0 <= float(input.get("readyIn", 0)) <= self.LONGEST_DELAY:
            raise Refusal("schema", f"readyAt lies within {self.LONGEST_DELAY / 3600:g} hours from now", property="readyAt")
        chosen = {name: value for name, value in input.items() if name in self.settings}
        self.settings.update(chosen)
        self.changed(tuple(chosen))
        steps = self.plan()
        work = sum(step.seconds for step in steps if not step.skipped)
        delay = float(input.get("delay", 0)) if "readyIn" not in input else float(input["readyIn"]) - work
        self._at_start = (self.energy, self.water or 0.0)
        self.program.start(steps, delay=delay)

    def _pause(self) -> None:
        if self.program.state not in ("running", "error", "paused"):
            raise Refusal("state-conflict", "no program is running")
        self.program.pause()

    def _resume(self) -> None:
        if self.program.state not in ("running", "error", "paused"):
            raise Refusal("state-conflict", "no program is paused")
        if self.program.state == "paused":
            self.check_start()
            self.program.resume()

    def _program_ended(self, result: str) -> None:
        energy, water = self._at_start
        data: dict[str, Any] = {"result": result, "energy": round(self.energy - energy, 3), "duration": round(self.program.elapsed, 1)}
        if self.water is not None:
            data["water"] = round(self.water - water, 1)
        self.happen("cycleDone", **data)
        self.finished(result)

    def working(self) -> bool:
        """Whether a program is running."""
        return self.powered and self.program.running

    def readings(self) -> dict[str, Any]:
        """Where the program stands."""
        return super().readings() | {
            "cycleState": self.program.state,
            "phase": self.program.phase,
            "progress": self.program.progress,
            "remaining": self.program.remaining,
        }

    def lit(self, outage: float) -> None:
        """Go on with the program, or give it up when the appliance is to stay off."""
        super().lit(outage)
        if self.settings.get("powerOnState") == "off":
            self.program.halt()

    def truth(self) -> dict[str, Any]:
        """Where the program stands."""
        return super().truth() | {"cycleState": self.program.state, "phase": self.program.phase, "task": self.program.task}
