"""The state machine of a kind, made from its Thing Model: rules that move a device, and what must hold after each of them.

A walk is a list of plain steps (`drawn.py`). Every walk begins at the settings the first one found, so that a shrunken one means the same
as the long one it came from. What must hold is given: one machine serves every requirement about what is shown after something was done.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.deeds import asked, missing, settled
from gateway.conformance.drawn import Step, Steps, steps
from gateway.conformance.failure import Untried
from gateway.conformance.line import TERMINAL, Answer, Hearing, Line, Refused, Request, State, Transport

_HEARD: Final = ("s", "p", "ack", "e")


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What one step did. `answer`: of what was asked; `before`, `after`: the states around it."""

    step: Step
    before: State
    after: State
    answer: Answer | None = None


@dataclass
class Walk:
    """One list of steps under way. `ears`: what each line has heard since it began."""

    bench: Bench
    line: Line
    ears: Mapping[Transport, Hearing]
    begun: list[str] = field(default_factory=list)
    past: list[Moment] = field(default_factory=list)


Invariant = Callable[[Walk, Moment], Awaitable[None]]
End = Callable[[Walk], Awaitable[None]]


@dataclass(kw_only=True)
class Machine:
    """`holds`: what must hold after each step, `at_last`: after all of them; each raises Failure."""

    bench: Bench
    holds: Invariant | None = None
    at_last: End | None = None
    heard: tuple[str, ...] = _HEARD
    baseline: dict[str, Any] | None = None

    async def run(self, most: int | None = None, drawn: Steps | None = None) -> None:
        """Try it on drawn walks (any, where none are given); raise the Failure of the smallest one that breaks something."""
        thing = self.bench.thing
        if not thing.properties:
            raise Untried("it describes nothing that could move")
        touched = self.bench.control is not None and "touch" in self.bench.control.abilities
        await self.bench.for_all(steps(thing, hands=touched) if drawn is None else drawn, self.walk, most=most)

    async def walk(self, given: list[Step]) -> None:
        """Do these steps from the beginning."""
        await self._back()
        async with self._listening() as walk:
            for step in given:
                moment = await self._moved(walk, step)
                walk.past.append(moment)
                if self.holds is not None:
                    await self.holds(walk, moment)
            if self.at_last is not None:
                await self.at_last(walk)
            await self._stopped(walk)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[Walk]:
        async with AsyncExitStack() as stack:
            ears: dict[Transport, Hearing] = {}
            for transport, line in self.bench.lines.items():
                what = [each for each in self.heard if transport is Transport.MQTT or each != "p"]
                if what:
                    ears[transport] = await stack.enter_async_context(line.hearing(*what))
            yield Walk(self.bench, self.bench.line, ears)

    async def _back(self) -> None:
        """Put the settings back where the first walk found them, as far as the device takes it."""
        state = await self.bench.line.state()
        if self.baseline is None:
            self.baseline = {name: state[name] for name in self.bench.thing.writable if name in state}
        for name in missing(state, self.baseline):
            await asked(self.bench, Request(operation="writeproperty", name=name, input=self.baseline[name]))

    async def _stopped(self, walk: Walk) -> None:
        """Cancel what still runs; a refusal says that it is over or cannot be."""
        for run in walk.begun:
            await walk.line.ask(Request(operation="cancelaction", name=run))

    async def _moved(self, walk: Walk, step: Step) -> Moment:
        before = await walk.line.state()
        answer = await _done(walk, step)
        last = {} if answer is None else answer.last
        return Moment(step=step, before=before, after=await settled(walk.line, last), answer=answer)


async def _done(walk: Walk, step: Step) -> Answer | None:
    """Do one step; a step that this target has no hands for does nothing."""
    match step:
        case {"write": str(name), "value": value}:
            return await asked(walk.bench, Request(operation="writeproperty", name=name, input=value))
        case {"several": dict(values)}:
            return await asked(walk.bench, Request(operation="writemultipleproperties", input=values))
        case {"invoke": str(name)}:
            return await _invoked(walk, Request(operation="invokeaction", name=name, input=step.get("in")))
        case {"read": str(name)}:
            await _read(walk, name)
        case {"pass": seconds}:
            await _quietly(walk, "advance", seconds=seconds)
        case {"touch": dict(values)}:
            await _quietly(walk, "touch", set=values)
    return None


async def _invoked(walk: Walk, request: Request) -> Answer:
    """Start an action; one that takes long goes on while the walk does."""
    if walk.bench.thing.actions[request.name].get("synchronous") is not False:
        return await asked(walk.bench, request)
    answer = await walk.line.begin(request)
    if answer.state not in TERMINAL:
        walk.begun.append(answer.request.id)
    return answer


async def _read(walk: Walk, name: str) -> None:
    try:
        await walk.line.read(name)
    except Refused:
        return  # a value that is not known yet, or not ours to read


async def _quietly(walk: Walk, what: str, **facts: Any) -> None:
    """Use the hands; what they cannot do (a locked button, a door that is open already) is no matter here."""
    if walk.bench.control is None:
        return
    try:
        await walk.bench.control.do(what, **facts)
    except Untried:
        return
