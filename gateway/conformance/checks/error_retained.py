"""E6: a command that a broker keeps would act again and again: it is refused, and taken out of the broker.

A client of MQTT 3.1.1 cannot see at once that a message is a kept one, only when it connects anew. So what an appliance does with one
that comes while it is away is judged always, and what it does with one that comes live where it is known to speak MQTT 5.
"""

import asyncio
import secrets
from typing import Any, Final

import orjson

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.deeds import lives_on, same
from gateway.conformance.drawn import invocable
from gateway.conformance.failure import Failure, NotAsked, Untried
from gateway.conformance.line import Hearing, Request, Transport
from gateway.conformance.lines.mqtt import MqttLine
from gateway.conformance.thing import Thing
from gateway.protocol.mqtt import Message, Properties

SOON: Final = 5.0
BACK: Final = 30.0
KEPT: Final = 1.0
"""Seconds a broker has to hand over what it keeps."""


def _can_be_switched(thing: Thing) -> str:
    return "" if _settings(thing) else "it has no setting with two values that anybody may write"


@check("E6", on=Transport.MQTT, applies=_can_be_switched, seconds=2.0)
async def a_retained_command_is_refused(bench: Bench) -> None:
    """A command with the retain flag is refused, changes nothing, and is cleared from the broker."""
    line = _mqtt(bench)
    if not await _speaks_mqtt_5(line):
        raise NotAsked("it does not speak MQTT 5, and over 3.1.1 nobody sees the flag of what comes live")
    name, value, before = await _other_value(bench)
    topic = f"{line.root}/p/{name}/set"
    async with line.hearing("ack") as acks:
        since = len(acks.items)
        await line.publish(topic, orjson.dumps(value), retain=True)
        try:
            await _judge(bench, acks, since, name, before)
            await _judge_cleared(line, topic)
        finally:
            await line.publish(topic, b"", retain=True)


@check("E6", "action", on=Transport.MQTT, seconds=2.0)
async def a_retained_action_is_cleared(bench: Bench) -> None:
    """An action, or a whole request, with the retain flag is cleared from the broker as well."""
    line = _mqtt(bench)
    if not await _speaks_mqtt_5(line):
        raise NotAsked("it does not speak MQTT 5, and over 3.1.1 nobody sees the flag of what comes live")
    envelope = line.envelope(Request(operation="readproperty", name=bench.thing.public[0], id=f"j{secrets.token_hex(8)}"))
    kept = {f"{line.branch}/rpc": orjson.dumps(envelope)} | {f"{line.root}/a/{name}": b'{"no":1}' for name in invocable(bench.thing)[:1]}
    for topic, payload in kept.items():
        await line.publish(topic, payload, retain=True)
        try:
            await _judge_cleared(line, topic)
        finally:
            await line.publish(topic, b"", retain=True)


@check("E6", "waiting", on=Transport.MQTT, hands=("power",), applies=_can_be_switched, seconds=8.0)
async def a_command_that_waited_is_not_carried_out(bench: Bench) -> None:
    """A command that a broker kept while the appliance was off is not carried out when it comes back, and is cleared."""
    line = _mqtt(bench)
    name, value, _ = await _other_value(bench)
    topic = f"{line.root}/p/{name}/set"
    async with line.hearing("avail", "ack") as hearing:
        await _off_and_on(bench, hearing, None)
        back = await line.read(name)
        if same(back, value):
            value = next(each for each in _values(bench.thing, name) if not same(each, back))
        try:
            since = len(hearing.items)
            await _off_and_on(bench, hearing, (topic, orjson.dumps(value)))
            await _judge(bench, hearing, since, name, back)
            await _judge_cleared(line, topic)
        finally:
            await line.publish(topic, b"", retain=True)


async def _off_and_on(bench: Bench, hearing: Hearing, left: tuple[str, bytes] | None) -> None:
    """Take its power away, leave something at the broker, and wait until it is back."""
    line = _mqtt(bench)
    await bench.hands.do("power", state="off")
    try:
        if await lives_on(line, bench.thing.public[0]):
            raise NotAsked("it lives on without the mains: it has a battery, and no hand takes that out")
        if left is not None:
            await line.publish(*left, retain=True)
    finally:
        since = len(hearing.items)
        await bench.hands.do("power", state="on")
    await hearing.until(
        lambda heard: heard.what == "avail" and isinstance(heard.value, dict) and heard.value.get("state") == "online",
        BACK,
        "it is online again",
        since=since,
    )


async def _judge(bench: Bench, acks: Hearing, since: int, name: str, before: Any) -> None:
    """Raise Failure when the write is not rejected, or shows."""
    ack = await acks.until(
        lambda heard: heard.what == "ack" and isinstance(heard.value, dict) and heard.value.get("name") == name,
        SOON,
        f"an ack that refuses the retained write of {name}",
        since=since,
    )
    if ack.value.get("state") != "rejected":
        raise Failure("a retained command is rejected", sent=name, came=ack.value)
    shown = await _mqtt(bench).read(name)
    if not same(shown, before):
        raise Failure(f"{name} stays {before!r}: a retained command changes nothing", came=shown)


async def _judge_cleared(line: MqttLine, topic: str) -> None:
    """Raise Failure when the broker still keeps the command a while later."""
    for _ in range(int(SOON / KEPT)):
        if not await _is_kept(line, topic):
            return
    raise Failure("the retained command is cleared from the broker", sent=topic)


async def _is_kept(line: MqttLine, topic: str) -> bool:
    """Return whether the broker hands something over to whoever subscribes to the topic now."""
    found = asyncio.Event()

    def take(message: Message) -> None:
        if message.retain and message.payload:
            found.set()

    await line.client.subscribe(topic, take)
    try:
        async with asyncio.timeout(KEPT):
            await found.wait()
            await asyncio.sleep(KEPT / 4)
    except TimeoutError:
        return False
    finally:
        await line.client.unsubscribe(topic, take)
    return True


async def _speaks_mqtt_5(line: MqttLine) -> bool:
    """Return whether the answer to a request carries back its Correlation Data, which only MQTT 5 has."""
    data = secrets.token_bytes(8)
    request = Request(operation="readproperty", name="$", id=f"j{secrets.token_hex(8)}")
    async with line.answers() as own:
        await line.send(request, Properties(correlation=data))
        answer = await own.until(
            lambda heard: isinstance(heard.value, dict) and heard.value.get("id") == request.id, SOON, "an answer to a request"
        )
    return answer.properties.correlation == data


def _mqtt(bench: Bench) -> MqttLine:
    line = bench.line
    assert isinstance(line, MqttLine)  # noqa: S101 - the check is on MQTT
    return line


async def _other_value(bench: Bench) -> tuple[str, Any, Any]:
    """Return a setting, a value it has not, and the one it has."""
    state = await bench.line.state()
    for name in _settings(bench.thing):
        if name in state:
            other = next((value for value in _values(bench.thing, name) if not same(value, state[name])), None)
            if other is not None:
                return name, other, state[name]
    raise Untried("none of its settings has a value")


def _settings(thing: Thing) -> list[str]:
    return [name for name in thing.writable if len(_values(thing, name)) > 1]


def _values(thing: Thing, name: str) -> list[Any]:
    """Return a few values a setting may have."""
    schema = thing.properties[name]
    if schema.get("type") == "boolean":
        return [False, True]
    if isinstance(schema.get("enum"), list):
        return list(schema["enum"])
    ends = [schema[term] for term in ("minimum", "maximum") if isinstance(schema.get(term), int | float)]
    return ends if schema.get("type") in ("integer", "number") else []
