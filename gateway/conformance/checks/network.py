"""R2, R3, R9: what must hold on a bad network, when the link to the broker breaks, and without the internet."""

import asyncio
import time
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.deeds import same
from gateway.conformance.failure import Failure, Gone, NotAsked, Silence, Untried
from gateway.conformance.laboratory import BACK, bad_network, without_internet, without_network
from gateway.conformance.line import TERMINAL, Answer, Hearing, Line, Request, Transport
from gateway.conformance.lines.coap import CoapLine
from gateway.conformance.lines.mqtt import MqttLine
from gateway.conformance.relay import relayed
from gateway.conformance.settings import movable

LOSS, DELAY, TWICE = 0.1, 0.2, 0.01
"""R2's network: share lost, seconds late, share that comes twice."""
CONVERGE: Final = 60.0
"""Seconds until everybody knows the state again."""
FEW: Final = 3
"""Commands of one trial: each may take many seconds on such a network. Odd, so that the last value is not the one it began with."""


@check("R2", "relay", on=Transport.COAP, seconds=5.0)
async def commands_end_once_through_a_bad_network(bench: Bench) -> None:
    """Through a network that loses, delays, reorders and repeats datagrams, every command still has one end and the state follows.

    Judged over CoAP through a relay of the judge's own, so that no hands are needed: 10 % lost each way, up to 200 ms late, 1 % twice, in
    an order of its own. Each write ends within 60 s, asked again with its id where no answer came, as clients do; the state read without
    the relay is what was written; the same id asked once more is answered alike.
    """
    name, first, second = await movable(bench)
    line = bench.line
    if not isinstance(line, CoapLine):
        raise Untried("it is reached otherwise than by CoAP")
    try:
        async with relayed(line.base, bench.random, loss=LOSS, delay=DELAY, twice=TWICE) as base:
            bad = CoapLine(line.client, base, bench.frames, bench.random, peer=line.peer)
            for at in range(FEW):
                await _ends_once(line, bad, name, second if at % 2 == 0 else first, bench.new_id("r2"))
    finally:
        await _put_back(bench, name, first)


async def _ends_once(good: Line, bad: Line, name: str, value: Any, id: str) -> None:
    request = Request(operation="writeproperty", name=name, input=value, id=id)
    answer = await _insisted(bad, request)
    if answer.state != "completed":
        raise Failure("a valid write is completed, however bad the network", sent={name: value}, came=answer.last)
    if not same((await good.state()).get(name), value):
        raise Failure("a completed write is shown", sent={name: value}, came=(await good.state()).get(name))
    if (again := await good.ask(request)).state != answer.state:
        raise Failure("the same id is answered as before", sent=id, came=[answer.last, again.last])


async def _insisted(line: Line, request: Request) -> Answer:
    """Ask until there is an answer, always with the same id; raise Silence when there is none in time."""
    due = time.monotonic() + CONVERGE
    while True:
        try:
            return await line.ask(request, patience=max(1.0, due - time.monotonic()))
        except Gone as gone:
            if time.monotonic() > due:
                raise Silence(f"one terminal ack within {CONVERGE:g} s", sent=request.input) from gone


RELAYED: Final = "its hands cannot lose packets, and over CoAP R2.relay judges the same"


@check("R2", "hands", each=True, hands=("network",), spared={Transport.COAP: RELAYED}, seconds=8.0)
async def commands_end_once_while_its_own_network_is_bad(bench: Bench) -> None:
    """While the target's own link loses 10 %, is 200 ms late and repeats 1 %, every command has one end; then everybody knows the state.

    Judged: one terminal ack for each write within 60 s; nobody hears a second one; who listened all the while (observer, subscriber of `s`
    and of `p/{name}`) and who asks anew know what was written last within 60 s of the end of the trouble.
    """
    if bench.line.transport is Transport.COAP and not await _can_lose(bench):
        raise NotAsked(RELAYED)
    name, first, second = await movable(bench)
    try:
        ears = ("s", "p") if bench.line.transport is Transport.MQTT else ("s",)
        async with bench.line.hearing(*ears) as hearing:
            async with bad_network(bench, loss=LOSS, delay=DELAY, twice=TWICE):
                for at in range(FEW):
                    value = first if at % 2 else second
                    await _one_end(bench, name, value)
                last = value
            wanted = lambda heard: isinstance(heard.value, dict) and same(heard.value.get(name), last)  # noqa: E731 - one look
            await _known(bench, hearing, wanted, name, last)
    finally:
        await _put_back(bench, name, first)


async def _can_lose(bench: Bench) -> bool:
    """Return whether the hands can do more to the network than cut it."""
    try:
        await bench.hands.do("network", loss=0, delay=0, twice=0)
    except Untried:
        return False
    return True


async def _known(bench: Bench, hearing: Hearing, wanted: Any, name: str, value: Any) -> None:
    """Wait until the newest that was heard, and what is read now, show the value."""

    async def shown() -> bool:
        told, alone = hearing.of("s"), hearing.values("p", name)[-1:]
        return (
            bool(told)
            and wanted(told[-1])
            and all(same(each, value) for each in alone)
            and same((await bench.line.state()).get(name), value)
        )

    await bench.until_true(shown, CONVERGE, f"{name} = {value!r} is known to who listened and who asks")


async def _one_end(bench: Bench, name: str, value: Any) -> None:
    line, request = bench.line, Request(operation="writeproperty", name=name, input=value, id=bench.new_id("r2"))
    if not isinstance(line, MqttLine):
        answer = await _insisted(line, request)
    else:
        async with line.answers() as own:
            answer = await line.ask(request, patience=CONVERGE)
            await asyncio.sleep(2 * DELAY)
            ends = [heard.value for heard in own.items if _is_end(heard.value, request.id)]
        if len(ends) > 1:
            raise Failure("one terminal ack", sent={name: value}, came=ends)
    if answer.state != "completed":
        raise Failure("a valid write is completed, however bad the network", sent={name: value}, came=answer.last)


def _is_end(value: Any, id: str) -> bool:
    return isinstance(value, dict) and value.get("id") == id and value.get("state") in TERMINAL


async def _put_back(bench: Bench, name: str, value: Any) -> None:
    try:
        await bench.line.ask(Request(operation="writeproperty", name=name, input=value))
    except Failure:
        return  # the check has said what is wrong


@check("R3", "link", on=Transport.MQTT, hands=("network",), seconds=4.0)
async def a_lost_link_is_told_and_everything_is_there_again(bench: Bench) -> None:
    """When its link to the broker breaks it is offline by its will; when it is back, what is kept and what it listens to is, too.

    Judged: within 30 s `avail` says offline with a reason; the broker's memory is emptied meanwhile, as a restarted broker's is; within
    30 s of the link's return `avail` is online and `td`, `s` and every `p/{name}` of `s` are kept again, not older than before, and a
    command is carried out. Where the broker does not let the judge empty its memory, only what comes anew counts.
    """
    line = _mqtt(bench)
    name, first, second = await movable(bench)
    before = (await line.state())["$"]
    try:
        async with line.hearing("td", "avail", "s", "p") as hearing:
            await hearing.until(lambda heard: _is(heard.value, "online"), BACK, "avail online before anything happens")
            since = len(hearing.items)  # before the deed: it may be offline before its hands have answered
            async with without_network(bench):
                await hearing.until(lambda heard: heard.what == "avail" and _is(heard.value, "offline"), BACK, "avail offline", since=since)
                await _forgotten(line)
                since = len(hearing.items)
            await hearing.until(lambda heard: heard.what == "avail" and _is(heard.value, "online"), BACK, "avail online again", since=since)
            await hearing.until(lambda heard: heard.what == "td" and heard.payload != b"", BACK, "td again", since=since)
            await hearing.until(lambda heard: heard.what == "s" and heard.payload != b"", BACK, "s again", since=since)
            await _all_kept(bench, hearing, since)
        await _not_older(line, before)
        await bench.write(name, second)
    finally:
        await _put_back(bench, name, first)


def _mqtt(bench: Bench) -> MqttLine:
    if not isinstance(bench.line, MqttLine):
        raise Untried("it is reached otherwise than by MQTT")
    return bench.line


def _is(value: Any, state: str) -> bool:
    return isinstance(value, dict) and value.get("state") == state


async def _forgotten(line: MqttLine) -> None:
    """Empty what the broker keeps of the target, as far as it lets us."""
    async with line.hearing("td", "s", "p") as kept:
        topics = {f"{heard.what}/{heard.name}".rstrip("/") for heard in kept.items if heard.payload}
    for topic in sorted(topics):
        await line.publish(f"{line.root}/{topic}", b"", retain=True)
    await asyncio.sleep(0.1)


async def _all_kept(bench: Bench, hearing: Hearing, since: int) -> None:
    """Wait until every public property that the new state has is told, too."""

    async def told() -> bool:
        fresh = hearing.items[since:]
        state = next((heard.value for heard in reversed(fresh) if heard.what == "s" and isinstance(heard.value, dict)), {})
        there = {heard.name for heard in fresh if heard.what == "p" and heard.payload}
        return bool(state) and not {name for name in state if name != "$" and name in bench.thing.public} - there

    await bench.until_true(told, BACK, "every property of the state on its own topic again")


async def _not_older(line: MqttLine, before: Any) -> None:
    after = (await line.state())["$"]
    if (after["boot"], after["seq"]) < (before["boot"], before["seq"]):
        raise Failure("a state that is not older than before the link broke", came=[before, after])


AWAY: Final = 3.0 * 3600
"""Seconds of the appliance's time without the internet: some makes give up after two hours."""


@check("R9", each=True, hands=("internet",), seconds=1.0)
async def it_serves_its_home_without_the_internet(bench: Bench) -> None:
    """Without a route to the internet it is read, told what to do and heard as ever, now and after three hours.

    Judged: with the home's line cut, the state and the description are answered, a setting is written and shown, a listener hears it; and
    again after three hours of its own time, where that can be passed. The other tests are not repeated without the internet.
    """
    name, first, second = await movable(bench)
    try:
        async with without_internet(bench):
            await asyncio.sleep(0.2)
            await _serves(bench, name, second)
            if bench.control is not None and "advance" in bench.control.abilities:
                await bench.hands.do("advance", seconds=AWAY)
                await asyncio.sleep(0.2)
                await _serves(bench, name, first)
    finally:
        await _put_back(bench, name, first)


async def _serves(bench: Bench, name: str, value: Any) -> None:
    try:
        async with bench.line.hearing("s") as hearing:
            answer = await bench.line.ask(Request(operation="writeproperty", name=name, input=value))
            if answer.state != "completed":
                raise Failure("a write is completed without the internet", sent={name: value}, came=answer.last)
            wanted = lambda heard: isinstance(heard.value, dict) and same(heard.value.get(name), value)  # noqa: E731 - one look
            await hearing.until(wanted, 10.0, f"{name} = {value!r} is heard")
        await bench.line.td()
    except (Gone, Silence) as silence:
        raise Failure(f"without the internet as ever: {silence.expected}", sent={name: value}, came=silence.came) from silence
