"""What a check works with: the device under judgement, the ways to it, and the hands of the laboratory where there are some."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from gateway.conformance.constraint_verdict import state_objections
from gateway.conformance.control import Control
from gateway.conformance.failure import Failure, Silence, Untried
from gateway.conformance.frames import Frames
from gateway.conformance.generated import Holds, Trial
from gateway.conformance.line import Line, Request, State, Transport
from gateway.conformance.schema_verdict import reported
from gateway.conformance.thing import Thing

EXAMPLES: Final = 30
"""Inputs a generated check tries where nothing else is said."""
LONGEST_REAL: Final = 20.0
"""Seconds that are waited for in real time where nobody can advance the target's clock, unless the run says more."""
LOOK: Final = 0.05


@dataclass
class Bench:
    """`line`: the transport this check runs over; `lines`: all there are. `until`: monotonic time by which the check should end.

    `seed`: of everything that is drawn. `steps`: the recorded inputs of a capsule, tried instead of drawn ones in the `trial`-th `for_all`
    of the check; those before it try nothing.
    """

    thing: Thing
    lines: Mapping[Transport, Line]
    line: Line
    frames: Frames
    seed: int
    until: float
    control: Control | None = None
    examples: int = EXAMPLES
    real: float = LONGEST_REAL
    steps: list[Any] | None = None
    trial: int = 0
    trials: list[Trial] = field(default_factory=list)
    extras: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - drawn again from the seed, on purpose

    @staticmethod
    def new_id(what: str) -> str:
        """Return an id that no run has used: one of the seed would name a known command where the same seed was used before."""
        return f"{what}-{secrets.token_hex(6)}"

    # Generated inputs

    async def for_all(self, strategy: Any, holds: Holds, *, most: int | None = None) -> None:
        """Try `holds` on many drawn inputs (plain JSON); raise the Failure of the smallest that breaks it."""
        steps = [] if self.steps is not None and len(self.trials) != self.trial else self.steps
        trial = Trial(self.seed, most or self.examples, self.until, steps)
        self.trials.append(trial)
        await trial.run(strategy, holds)

    # Hands and time

    @property
    def hands(self) -> Control:
        """Return the control interface; raise Untried where there is none."""
        if self.control is None:
            raise Untried("it needs hands, and no control interface was named (--control)")
        return self.control

    async def pass_time(self, seconds: float) -> None:
        """Let time pass for the target: by its control interface, else really; raise Untried where that would take too long."""
        if self.control is not None and "advance" in self.control.abilities:
            await self.control.do("advance", seconds=seconds)
        elif seconds <= self.real:
            await asyncio.sleep(seconds)
        else:
            raise Untried(
                f"it takes {seconds:g} s in real time: allow it with --real-time {seconds:.0f}, or give the target a clock (--control)"
            )

    async def until_true(self, holds: Callable[[], Awaitable[bool]], patience: float, what: str) -> None:
        """Look again and again; raise Silence, which names `what`, when it does not come true in time."""
        due = time.monotonic() + patience
        while not await holds():
            if time.monotonic() > due:
                raise Silence(f"{what} within {patience:g} s")
            await asyncio.sleep(LOOK)

    # Judging

    def judge_state(self, state: State) -> None:
        """Raise Failure when a reported state breaks its schemas or its constraints."""
        values = {name: value for name, value in state.items() if name != "$"}
        for objection in (*reported(self.thing.td, values), *state_objections(self.thing.td, values)):
            raise Failure(f"a state that keeps {objection.rule}" + (f" of {objection.property}" if objection.property else ""), came=state)

    async def write(self, name: str, value: Any, line: Line | None = None) -> Mapping[str, Any]:
        """Write one property and return the terminal ack; raise Failure where it is not completed."""
        answer = await (line or self.line).ask(Request(operation="writeproperty", name=name, input=value))
        if answer.state != "completed":
            raise Failure(f"writing {name} is completed", sent=value, came=answer.last)
        return answer.last
