"""C9, C10: how clients and a device talk: answers find whoever asked, and every way of talking leads to the same states."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

from hypothesis import strategies as st

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.checks.sequence import BOTH
from gateway.conformance.checks.state import can_be_set, shows_something
from gateway.conformance.deeds import asked, missing, objections, same, settled
from gateway.conformance.drawn import quick, several, writes
from gateway.conformance.failure import Failure, Gone, NotAsked
from gateway.conformance.line import TERMINAL, Heard, Line, Request, Transport
from gateway.conformance.lines.mqtt import MqttLine
from gateway.conformance.setting import setting
from gateway.protocol.mqtt import Message, Properties

EXAMPLES: Final = 12
LULL: Final = 0.3
"""Seconds in which an answer that goes astray would have arrived."""
PATIENCE: Final = 5.0
LONGEST: Final = 64


def _line(bench: Bench) -> MqttLine:
    line = bench.lines[Transport.MQTT]
    if not isinstance(line, MqttLine):
        raise NotAsked("there is no MQTT line")
    return line


# C9


@check("C9", "correlation", on=Transport.MQTT, applies=shows_something, seconds=0.5)
async def correlation_comes_back(bench: Bench) -> None:
    """MQTT 5 Correlation Data comes back byte for byte, on the Response Topic in the client's own branch."""
    async with AsyncExitStack() as stack:
        line: MqttLine = await _entered(stack, bench)
        data = st.binary(min_size=1, max_size=LONGEST).map(bytes.hex)
        for given in ("00ff80", "c3280a22", "00" * LONGEST):
            await _echoed(bench, line, given)
        await bench.for_all(data, lambda given: _echoed(bench, line, given), most=EXAMPLES)


async def _entered(stack: AsyncExitStack, bench: Bench) -> MqttLine:
    """Return a line of MQTT 5; raise NotAsked where the broker does not speak it."""
    try:
        return await stack.enter_async_context(_line(bench).another("5"))
    except Gone as gone:
        raise NotAsked(f"the broker speaks no MQTT 5: {gone.came}") from gone


async def _echoed(bench: Bench, line: MqttLine, given: str) -> None:
    """Raise Failure unless every answer bears the very bytes, where it was asked to go."""
    name = bench.thing.public[0]
    request = Request(operation="readproperty", name=name, id=bench.new_id("echo"))
    wanted = Properties(response_topic=f"{line.branch}/here/answers", correlation=bytes.fromhex(given))
    async with line.answers() as hearing:
        await line.send(request, wanted)
        heard = await hearing.until(lambda each: _about(each, request.id), PATIENCE, f"an answer with the Correlation Data {given}")
    if heard.properties.correlation != bytes.fromhex(given):
        came = heard.properties.correlation
        raise Failure("the Correlation Data comes back byte for byte", sent=given, came=None if came is None else came.hex())
    if heard.name != "here/answers":
        raise Failure(
            "the answer comes on the Response Topic, which is in the client's own branch", sent=wanted.response_topic, came=heard.name
        )


def _about(heard: Heard, id: str) -> bool:
    return isinstance(heard.value, dict) and heard.value.get("id") == id


@check("C9", "write", on=Transport.MQTT, applies=can_be_set, seconds=0.5)
async def correlation_comes_back_with_every_ack(bench: Bench) -> None:
    """Every ack of a write bears the Correlation Data of its request."""
    async with AsyncExitStack() as stack:
        line: MqttLine = await _entered(stack, bench)
        found = await setting(bench, line)
        data = bench.random.randbytes(LONGEST)
        request = Request(operation="writeproperty", name=found.name, input=found.other, id=bench.new_id("echo"))
        async with line.answers() as hearing:
            await line.send(request, Properties(response_topic=f"{line.branch}/here", correlation=data))
            await hearing.until(
                lambda each: _about(each, request.id) and each.value.get("state") in TERMINAL, found.patience, "a terminal ack of a write"
            )
        stages = [each for each in hearing.items if _about(each, request.id)]
        if odd := [each.value for each in stages if each.properties.correlation != data]:
            raise Failure("every ack bears the Correlation Data of its request", sent=data.hex(), came=odd)


@check("C9", "branch", on=Transport.MQTT, applies=shows_something, seconds=1.5)
async def answers_stay_in_their_branch(bench: Bench) -> None:
    """A Response Topic outside the client's own branch is ignored, and so is a `reply` that leads there."""
    async with AsyncExitStack() as stack:
        line: MqttLine = await _entered(stack, bench)
        above = line.branch.removesuffix(f"/c/{line.client_id}")
        for topic in (
            f"{above}/c/somebody-else/ack",
            f"{line.branch}-else/ack",
            f"{line.root}/s",
            "elsewhere/judge",
        ):
            await _astray(bench, line, topic)


async def _astray(bench: Bench, line: MqttLine, topic: str) -> None:
    """Raise Failure where an answer goes to a topic that is not the client's."""
    name, went = bench.thing.public[0], []
    request = Request(operation="readproperty", name=name, id=bench.new_id("astray"))

    def take(message: Message) -> None:
        if request.id.encode() in message.payload:
            went.append(message.payload.decode(errors="replace"))

    await line.client.subscribe(topic, take)
    try:
        async with line.answers() as hearing:
            await line.send(request, Properties(response_topic=topic, correlation=b"judge"))
            await asyncio.sleep(LULL)
            here = [each for each in hearing.items if _about(each, request.id)]
    finally:
        await line.client.unsubscribe(topic, take)
    if went:
        raise Failure("nothing is answered outside the client's own branch", sent={"Response Topic": topic}, came=went)
    if not here:
        raise Failure("a request whose Response Topic is ignored is answered in the client's own branch", sent={"Response Topic": topic})


# C10


@check("C10", on=BOTH, applies=can_be_set, seconds=2)
async def every_way_leads_to_the_same_states(bench: Bench) -> None:
    """The same session over MQTT 3.1.1, MQTT 5 and CoAP goes through the same states."""
    async with AsyncExitStack() as stack:
        lines: dict[str, Line] = {"coap": bench.lines[Transport.COAP]}
        for version in ("3.1.1", "5"):
            try:
                lines[f"mqtt {version}"] = await stack.enter_async_context(_line(bench).another(version))
            except Gone as gone:
                raise NotAsked(f"the broker speaks no MQTT {version}: {gone.came}") from gone
        state = await bench.line.state()
        start = {name: state[name] for name in bench.thing.writable if name in state}
        soon = quick(bench.thing)
        together = several(bench.thing, least=2, names=soon) if len(soon) > 1 else writes(bench.thing, soon)
        script = st.lists(st.one_of(writes(bench.thing, soon), together), min_size=1, max_size=5)
        await bench.for_all(script, lambda steps: _alike(bench, lines, start, steps), most=EXAMPLES)


async def _alike(bench: Bench, lines: Mapping[str, Line], start: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> None:
    """Raise Failure where two ways of talking end a step differently; what moves by itself meanwhile is tried once more."""
    for last in (False, True):
        told = {}
        for way, line in lines.items():
            await settled(line, (await lines["coap"].state())["$"])  # what a session before it left has reached this client too
            told[way] = await _session(bench, line, start, steps)
        first, *rest = told.items()
        odd = next((each for each in rest if not same(each[1], first[1])), None)
        if odd is None:
            return
        if last:
            at = next(at for at, (one, other) in enumerate(zip(first[1], odd[1], strict=True)) if not same(one, other))
            raise Failure("the same session leads to the same states", sent=steps, came={first[0]: first[1][at], odd[0]: odd[1][at]})


async def _session(bench: Bench, line: Line, start: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what became of each step, from the same beginning."""
    await _back(bench, line, start)
    came = []
    for step in steps:
        if "several" in step:
            request = Request(operation="writemultipleproperties", input=step["several"])
        else:
            request = Request(operation="writeproperty", name=step["write"], input=step["value"])
        answer = await asked(bench, request, line)
        state = await settled(line, answer.last)
        shown = {name: state.get(name) for name in start if answer.state in TERMINAL}
        # whether a refusal came before the try or after it is not told by a response over CoAP
        ended = "refused" if answer.state in ("rejected", "failed") else answer.state
        came.append({"state": ended, "error": answer.refused, "shown": shown})
    return came


async def _back(bench: Bench, line: Line, start: Mapping[str, Any]) -> None:
    """Write the settings of the beginning again, until nothing more can be."""
    for _ in range(3):
        state = await line.state()
        open_ones = list(missing(state, start))
        for name in open_ones:
            request = Request(operation="writeproperty", name=name, input=start[name])
            if next(objections(bench.thing, await line.state(), request), None) is None:
                answer = await asked(bench, request, line)
                await settled(line, answer.last)
        if not open_ones:
            return
