"""The two lines of the judge: what is heard is whose it is, and what is heard no more says so."""

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from gateway.conformance.failure import Silence
from gateway.conformance.frames import Frames
from gateway.conformance.line import Request, Transport
from gateway.conformance.lines.mqtt import MqttLine
from gateway.conformance.target import Target, opened
from gateway.profile.library import Library
from gateway.protocol.mqtt import Message
from tests.conformance.stand import stand

ROOT = "hulian/1/lamp/self"


class Broker:
    """Stands for a client and its broker: what is published is answered by whoever is told to."""

    def __init__(self) -> None:
        self.handlers: dict[str, Any] = {}
        self.answer: Any = None

    async def subscribe(self, filter: str, handler: Any) -> None:
        self.handlers[filter.removesuffix("#")] = handler

    async def unsubscribe(self, filter: str, _: Any) -> None:
        del self.handlers[filter.removesuffix("#")]

    async def publish(self, topic: str, payload: bytes, **_: Any) -> None:
        self.answer(topic, payload)

    def say(self, topic: str, body: Any, *, retain: bool = False) -> None:
        for prefix, handler in self.handlers.items():
            if topic.startswith(prefix):
                handler(Message(topic, orjson.dumps(body), retain))


def mqtt_line(broker: Any) -> MqttLine:
    return MqttLine(broker, ROOT, "judge", Frames(asyncio.get_running_loop().time), Random(1))


def ack(id: str, state: str = "completed", name: str = "power") -> dict[str, Any]:
    return {"id": id, "op": "writeproperty", "name": name, "state": state}


async def test_the_ack_of_an_enveloped_write_is_not_taken_for_that_of_a_bare_one() -> None:
    broker = Broker()
    async with mqtt_line(broker) as line:
        broker.answer = lambda _, payload: broker.say(f"{line.branch}/ack", ack(orjson.loads(payload)["id"]))
        first = await line.ask(Request(operation="writeproperty", name="power", input=True))

        def late(topic: str, _: bytes) -> None:
            assert topic == f"{ROOT}/p/power/set"
            for said in (ack(first.request.id), ack("own-1", "accepted"), ack("other", name="dim"), ack("own-1")):
                broker.say(f"{ROOT}/ack", said)

        broker.answer = late
        answer = await line.ask(Request(operation="writeproperty", name="power", input=False, bare=True))
    assert [stage["id"] for stage in answer.stages] == ["own-1", "own-1"]


async def test_an_answer_that_never_ends_says_what_came() -> None:
    broker = Broker()
    async with mqtt_line(broker) as line:
        broker.answer = lambda _, payload: broker.say(f"{line.branch}/ack", ack(orjson.loads(payload)["id"], "accepted"))
        with pytest.raises(Silence) as told:
            await line.ask(Request(operation="writeproperty", name="power", input=True), patience=0.05)
    assert [stage["state"] for stage in told.value.came] == ["accepted"]


async def test_what_was_kept_is_heard_first_and_marked() -> None:
    broker = Broker()
    async with mqtt_line(broker) as line:
        broker.say(f"{ROOT}/s", {"$": {"boot": 1, "seq": 1}}, retain=True)
        async with line.hearing("s") as hearing:
            broker.say(f"{ROOT}/s", {"$": {"boot": 1, "seq": 2}})
        assert [(heard.value["$"]["seq"], heard.retained) for heard in hearing.items] == [(1, True), (2, False)]


async def test_what_cannot_be_observed_any_more_says_so(tmp_path: Path) -> None:
    with stand(tmp_path) as made:
        frames = Frames(asyncio.get_running_loop().time)
        async with opened(Target(name=made.target, library=Library()), frames) as found:
            line = found.lines[Transport.COAP]
            async with line.hearing("p/power", "p/nothing") as hearing:
                assert [heard.name for heard in hearing.of("p")] == ["power"]
                assert hearing.lost == ["p/nothing"]
            assert hearing.lost == ["p/nothing"]
