"""A transmitter and the things it speaks for, as one session.

The transmitter itself sends and learns; what it hears is cleaned where its encoding is known, and kept by the gateway, for many
transmitters keep nothing. A command for a virtual thing becomes bursts; when they were sent, and not before, the thing shows what they say.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Any

from gateway.drivers.parts.diagnosis import ACTION as DIAGNOSIS
from gateway.drivers.parts.virtual.burst import Burst, checked
from gateway.drivers.parts.virtual.codes import Codes, Order
from gateway.drivers.parts.virtual.keeping import Keep
from gateway.drivers.parts.virtual.library import codes_of, kinds, recognised
from gateway.drivers.parts.virtual.listening import Listening
from gateway.drivers.parts.virtual.notebook import Notebook, Plan, key_name
from gateway.drivers.parts.virtual.thing import UNKNOWN, VirtualThing
from gateway.drivers.parts.virtual.transmitter import Transmitter
from gateway.drivers.spi import Context
from gateway.errors import CommandError, Offline, ReadOnly, SchemaViolation, StateConflict, TimedOut, Unknown
from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.identifier import new_identifier
from gateway.thing.log import Log
from gateway.thing.report import Event, Report
from gateway.thing.session import Progress
from gateway.thing.value import Value

PAUSE = 0.12
"""Seconds between two keys of one order: remotes say a key again after about as long."""
_WAITING = 256
_PAPERS = {name: UNKNOWN[name] for name in ("faults", "safeUse", "claims")}
"""What nobody knows of a transmitter either; it has no energy label."""
_log = Log()


class RemoteSession:
    """`interval`: seconds between two questions whether the transmitter is there."""

    def __init__(self, transmitter: Transmitter, notebook: Notebook, keep: Keep, lent: Context, *, interval: float = 30.0) -> None:
        self.interval = interval
        self._transmitter = transmitter
        self._book = notebook
        self._keep = keep
        self._profiles = lent.library
        self._clock = lent.clock
        self._random = lent.random
        self._turn = asyncio.Lock()
        self._listening: dict[str, Listening] = {}
        self._doing = "idle"
        self._carrier: int | None = None
        self._measured: dict[str, Value] = {}
        self._things: dict[str, VirtualThing] = {}
        self._known: dict[str, Codes] = {}
        self._described: tuple[Description, ...] = ()
        self._reports: asyncio.Queue[Report | None] = asyncio.Queue(_WAITING)
        for plan in notebook.things.values():
            self._take(plan)
        transmitter.closed.add_done_callback(lambda _: self._say(None))

    def describe(self) -> tuple[Description, ...]:
        """Return the transmitter, and then each thing it speaks for."""
        new = (self._transmitter.describe(), *(thing.describe() for thing in self._things.values()))
        if new != self._described:
            self._described = new
        return self._described

    async def reports(self) -> AsyncIterator[Report]:
        """Yield what is known; raise ConnectionResetError when the conversation is over."""
        while (report := await self._reports.get()) is not None:
            yield report
        raise ConnectionResetError(str(self._transmitter.closed.exception()))

    async def refresh(self) -> None:
        """Ask the transmitter for what it measures, and tell what is known of all; raise TimedOut, Offline."""
        async with self._turn:
            self._measured |= await self._transmitter.ask()
        self._tell(complete=True)
        for thing in self._things.values():
            self._say(thing.report())

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        """Do it; raise a CommandError for what no code says, and when the transmitter does not answer."""
        thing = self._things.get(command.device)
        if thing is None and command.device != self._own:
            raise Unknown(f"this transmitter does not speak for {command.device}")
        stages = self._done_by_transmitter(command) if thing is None else self._done_by(thing, command)
        async for stage in stages:
            yield stage

    async def cancel(self, command_id: str) -> None:
        """Stop listening; raise StateConflict for what is over at once."""
        if command_id not in self._listening:
            raise StateConflict(f"command {command_id} cannot be stopped any more")
        self._listening[command_id].stopped.set()

    def believe(self, device: str, values: Mapping[str, Value]) -> bool:
        """Take a true reading of a virtual thing, good until something is sent to it; return whether it says anything of it."""
        thing = self._things.get(device)
        if thing is None or not thing.believe(values):
            return False
        self._say(thing.report())
        return True

    def things(self) -> tuple[Mapping[str, Value], ...]:
        """Return each virtual thing: id, kind, codes, title, and the keys that were learned for it."""
        return tuple(thing.plan.document() | {"learned": sorted(self._book.own(name))} for name, thing in self._things.items())

    async def add(self, kind: str, codes: str, title: str) -> str:
        """Speak for one more appliance; return its id. Raise a CommandError for a kind or codes there are not, or one too many."""
        codes_of(codes, kind, {}, self._profiles)
        plan = Plan(id=new_identifier(kinds()[kind]["prefix"], self._random), kind=kind, codes=codes, title=title)
        self._book.add(plan)
        await self._kept()
        self._take(plan)
        self._tell()
        self._say(self._things[plan.id].report())
        return plan.id

    async def remove(self, thing: str) -> None:
        """Speak for it no longer, and forget what was learned for it; raise Unknown."""
        self._book.remove(thing)
        await self._kept()
        self._things.pop(thing, None)
        self._known.pop(thing, None)
        self._tell()

    @property
    def _own(self) -> str:
        return self._transmitter.describe().id

    # -- the transmitter itself

    async def _done_by_transmitter(self, command: Command) -> AsyncIterator[Progress]:
        if command.operation is not Operation.INVOKE_ACTION:
            raise ReadOnly("a transmitter has nothing that can be set here", property=command.name)
        asked: Mapping[str, Any] = command.input or {}
        match command.name:
            case "send":
                await self._send_asked(asked)
                yield Progress(state=AckState.COMPLETED)
            case "learn" | "identifyBrand":
                async for stage in self._listened(command, asked):
                    yield stage
            case "forgetCode":
                del self._book.codes[self._book.code(str(asked.get("code"))).id]
                self._known.clear()
                await self._kept()
                yield Progress(state=AckState.COMPLETED)
            case name if name == DIAGNOSIS:
                yield Progress(state=AckState.COMPLETED, output=await self._diagnosed())
            case name:
                raise Unknown(f"a transmitter has no {name}")

    async def _send_asked(self, asked: Mapping[str, Any]) -> None:
        if "code" in asked:
            burst = self._book.code(str(asked["code"])).burst
        else:
            burst = Burst(tuple(int(pulse) for pulse in asked.get("raw", ())), int(asked.get("carrier", 0)))
        await self._send(checked(burst, int(asked.get("repeat", 0))), int(asked.get("repeat", 0)), repeatable=False)
        self._tell()

    async def _send(self, burst: Burst, again: int = 0, *, repeatable: bool) -> None:
        """Send, one at a time; raise StateConflict while it listens, for it would be blinded."""
        async with self._turn:
            if self._listening:
                raise StateConflict("it listens for a key of another remote: wait, or stop that", constraint="ir-send-listening")
            await self._transmitter.send(checked(burst, again), again, repeatable=repeatable)
            self._carrier = burst.carrier

    async def _listened(self, command: Command, asked: Mapping[str, Any]) -> AsyncIterator[Progress]:
        learning = command.name == "learn"
        if self._listening:
            raise StateConflict("it listens already")
        if learning:
            self._book.room()
            _check_key(asked)
        self._listening[command.id] = listening = Listening(self._transmitter, self._clock)
        self._doing = "learning" if learning else "identifying"
        try:
            self._tell()
            async for stage in listening.stages(partial(self._learned, asked) if learning else self._identified):
                yield stage
        finally:
            del self._listening[command.id]
            self._doing = "idle"
            self._tell()

    async def _learned(self, asked: Mapping[str, Any], burst: Burst) -> Value:
        heard = recognised(burst)
        code = self._book.learn(checked(heard.burst), heard.protocol, asked)
        self._known.clear()
        await self._kept()
        self._carrier = code.burst.carrier
        self._tell(Event("codeLearned", {"code": code.id, "name": code.name, "protocol": code.protocol}))
        pulses = {"carrier": code.burst.carrier, "pulses": len(code.burst.pulses)}
        return {"result": "done", "code": code.id, "protocol": code.protocol, **pulses}

    async def _identified(self, burst: Burst) -> Value:
        heard = recognised(burst)
        return {"result": "done", "protocol": heard.protocol, "candidates": [dict(each) for each in heard.candidates]}

    # -- the things it speaks for

    async def _done_by(self, thing: VirtualThing, command: Command) -> AsyncIterator[Progress]:
        if command.operation is Operation.INVOKE_ACTION and command.name == DIAGNOSIS:
            yield Progress(state=AckState.COMPLETED, output=await self._diagnosed(thing))
            return
        order = thing.order(command)
        await self._carry_out(thing, order)
        self._say(thing.report())
        yield Progress(state=AckState.COMPLETED)

    async def _carry_out(self, thing: VirtualThing, order: Order) -> None:
        """Send an order; what is not answered may have been sent."""
        try:
            for number, burst in enumerate(order.bursts):
                if number:
                    await self._clock.sleep(PAUSE)
                await self._send(burst, repeatable=order.repeatable)
        except TimedOut:
            thing.doubted(order)
            self._say(thing.report())
            raise
        thing.sent(order)
        self._book.said[thing.plan.id] = thing.said
        await self._kept()

    async def _diagnosed(self, thing: VirtualThing | None = None) -> Value:
        try:
            async with self._turn:
                await self._transmitter.ask()
            line = {"name": "connection", "result": "pass", "detail": "the transmitter answered"}
        except (TimedOut, Offline):
            line = {"name": "connection", "result": "fail", "detail": "the transmitter did not answer"}
        rest = "nothing answers over infrared" if thing else "this make's local protocol has none"
        return {"checks": [line, {"name": "self-test", "result": "notRun", "detail": rest}]}

    def _take(self, plan: Plan) -> None:
        codes = partial(self._codes, plan)
        try:
            codes()
        except CommandError as error:
            _log.error("virtual thing left out", thing=plan.id, codes=plan.codes, reason=error.detail)
            return
        self._things[plan.id] = VirtualThing(plan, codes, dict(self._book.said.get(plan.id, {})), self._profiles)

    def _codes(self, plan: Plan) -> Codes:
        """Return a thing's codes, the same until something is learned or forgotten."""
        if plan.id not in self._known:
            self._known[plan.id] = codes_of(plan.codes, plan.kind, self._book.own(plan.id), self._profiles)
        return self._known[plan.id]

    # -- telling

    def _tell(self, *events: Event, complete: bool = False) -> None:
        values: dict[str, Value] = {
            **_PAPERS,
            **self._measured,
            "operatingState": self._doing,
            "codes": [code.shown() for code in self._book.codes.values()],
            "bindsTo": list(self._things),
        }
        if self._carrier is not None:
            values["carrier"] = self._carrier
        self._say(Report(device=self._own, values=values, events=events, complete=complete))

    def _say(self, report: Report | None) -> None:
        if self._reports.full():
            self._reports.get_nowait()
        self._reports.put_nowait(report)

    async def _kept(self) -> None:
        await self._keep(self._book.document())


def _check_key(asked: Mapping[str, Any]) -> None:
    key = asked.get("key")
    if key and not key_name(str(key)):
        raise SchemaViolation("the name of a key has 1 to 32 of a-z, 0-9 and '-', such as power or cool-26", property="key")
