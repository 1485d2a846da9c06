"""Scenes from outside: over MQTT and CoAP the same list, the same run, the same report; each role what it may."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.errors import CommandError, Forbidden, ReadOnly, SchemaViolation, StateConflict, Unknown
from gateway.faces.coap.face import coap_face
from gateway.faces.mqtt.face import mqtt_face
from gateway.protocol.broker import private_broker
from gateway.protocol.coap.client import CoapClient, refusal
from gateway.protocol.coap.message import Method
from gateway.protocol.mqtt import Message, MqttClient
from gateway.protocol.topics import GatewayTopics
from gateway.scenes.desk import SceneDesk, only_invoked
from gateway.scenes.report import Line, Report
from gateway.thing.clock import SystemClock
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.trust.access import Access
from gateway.trust.clients import Clients
from tests.scenes.kit import Stage, scene, staged

LEVEL = {"level": {"type": "integer", "minimum": 1, "maximum": 100, "default": 30}}
TEXT = scene({"select": {"kind": "light"}, "set": {"brightness": {"parameter": "level"}}}, name="evening", parameters=LEVEL)
TOPICS = GatewayTopics("gw-test")


class Outside:
    """A client on both wires; `heard`: the newest message of every topic, `answers` to its envelopes."""

    def __init__(self, mqtt: MqttClient, coap: CoapClient, base: str) -> None:
        self.mqtt = mqtt
        self.coap = coap
        self.base = base
        self.heard: dict[str, bytes] = {}
        self.answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def take(self, message: Message) -> None:
        self.heard[message.topic] = message.payload
        if message.topic == TOPICS.answer("me"):
            self.answers.put_nowait(json.loads(message.payload))

    async def rpc(self, op: str, name: str, **given: Any) -> dict[str, Any]:
        """Return the last answer to an envelope for the hub."""
        await self.mqtt.publish(TOPICS.rpc("me"), json.dumps({"id": "1", "op": op, "dev": "$", "name": name, "in": given}).encode())
        async with asyncio.timeout(20):
            while (answer := await self.answers.get())["state"] == "accepted":
                assert answer["out"]["run"].startswith("scene-")
        return answer

    async def retained(self, topic: str) -> Any:
        """Return what a topic of the hub keeps, once it is there."""
        async with asyncio.timeout(20):
            while not self.heard.get(topic):
                await asyncio.sleep(0.01)
        return json.loads(self.heard[topic])

    async def ask(self, method: Method, path: str, payload: bytes = b"") -> Any:
        """Return the body of an answer over CoAP; raise what an error stands for."""
        answer = await self.coap.request(method, f"{self.base}{path}", payload=payload)
        if (error := refusal(answer)) is not None:
            raise error
        return json.loads(answer.payload) if answer.payload else None


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as stage:
        await stage.stand("light", "lamp", power=True, brightness=80)
        yield stage


@pytest.fixture
async def outside(stage: Stage, tmp_path: Path) -> AsyncIterator[Outside]:
    clock, random = SystemClock(), Random(1)
    access = Access(Clients(stage.store.clients, clock, random), clock)
    desk = SceneDesk(stage.scenes, stage.home)
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(private_broker("127.0.0.1", 0, tmp_path / "broker", clock))
        (server,) = await stack.enter_async_context(coap_face(stage.home, access, "127.0.0.1", 0, clock=clock, scenes=desk))
        face = mqtt_face(stage.home, access, broker.address, bound=True, version=broker.version, clock=clock, random=random, scenes=desk)
        await (await stack.enter_async_context(face)).wait_connected(20)
        client = MqttClient(broker.address, client_id="me", version=broker.version, clock=clock, random=random)
        await (await stack.enter_async_context(client)).wait_connected(20)
        coap = await stack.enter_async_context(CoapClient(clock=clock))
        made = Outside(client, coap, f"coap://127.0.0.1:{server.port}")
        await client.subscribe(f"{TOPICS.prefix}/#", made.take)
        yield made


async def test_a_run_is_observed_over_coap_to_its_end(stage: Stage, outside: Outside) -> None:
    await stage.keep(scene({"delay": "PT0.3S"}, {"select": {"kind": "light"}, "set": {"power": False}}, name="night"))
    report = await stage.scenes.begin("night", {}, LOCAL)
    seen: list[Any] = []
    async with asyncio.timeout(20):
        async for answer in outside.coap.observe(f"{outside.base}/scene/night/run/{report.id}"):
            seen.append(json.loads(answer.payload))
            if seen[-1]["ended"]:
                break
    assert seen[0]["lines"][0]["outcome"] == "open"
    assert (seen[-1]["good"], seen[-1]["lines"][0]["outcome"]) == (True, "done")


async def test_a_scene_is_kept_listed_run_and_taken_back_over_both_wires(stage: Stage, outside: Outside) -> None:
    assert (await outside.rpc("invokeaction", "putScene", text=TEXT))["out"]["version"] == 1
    (listed,) = await outside.ask(Method.GET, "/scene")
    assert (listed["id"], listed["state"], listed["parameters"]["level"]["default"]) == ("evening", "off", 30)
    assert (await outside.rpc("readproperty", "scenes"))["out"] == [listed]
    assert [each["id"] for each in await outside.retained(TOPICS.scenes)] == ["evening"]

    answer = await outside.rpc("invokeaction", "runScene", scene="evening", **{"with": {"level": 40}})
    assert (answer["state"], answer["out"]["lines"][0]["outcome"]) == ("completed", "done")
    assert stage.home.twin("lamp").values["brightness"] == 40
    run = answer["out"]["id"]
    assert await outside.ask(Method.GET, f"/scene/evening/run/{run}") == answer["out"]
    assert (await outside.rpc("queryaction", run))["out"] == answer["out"]
    assert (await outside.retained(TOPICS.scene("evening")))["id"] == run
    assert "before" not in json.dumps(answer)

    back = await outside.ask(Method.DELETE, f"/scene/evening/run/{run}")
    assert (back["undoes"], back["good"]) == (run, True)
    assert stage.home.twin("lamp").values["brightness"] == 80
    again = await outside.ask(Method.POST, "/scene/evening", b'{"level": 50}')
    assert again["lines"][0]["set"] == {"brightness": 50}
    await outside.ask(Method.DELETE, "/scene/evening")
    assert await outside.ask(Method.GET, "/scene") == []


async def test_what_is_wrong_is_said_over_both_wires(outside: Outside) -> None:
    await outside.ask(Method.PUT, "/scene/evening", TEXT.encode())
    with pytest.raises(SchemaViolation, match="level"):
        await outside.ask(Method.POST, "/scene/evening", b'{"level": 500}')
    with pytest.raises(Unknown):
        await outside.ask(Method.POST, "/scene/morning")
    with pytest.raises(CommandError, match="evening"):
        await outside.ask(Method.PUT, "/scene/morning", TEXT.encode())
    wrong = await outside.rpc("invokeaction", "putScene", text=TEXT.replace("light", "lihgt"))
    assert (wrong["state"], wrong["error"]["findings"][0]["rule"]) == ("rejected", "scene-kind")
    assert "did you mean light" in wrong["error"]["detail"]
    assert (await outside.rpc("invokeaction", "dance"))["error"]["code"] == "unknown"
    assert (await outside.rpc("writeproperty", "scenes"))["state"] == "rejected"


async def test_each_role_may_what_the_table_says(stage: Stage) -> None:
    desk = SceneDesk(stage.scenes, stage.home)
    viewer, user, owner = (Principal(role.value, role) for role in (Role.VIEWER, Role.USER, Role.OWNER))
    for role in (viewer, user):
        with pytest.raises(Forbidden):
            await desk.invoke("putScene", {"text": TEXT}, role)
    await desk.invoke("putScene", {"text": TEXT}, owner)
    with pytest.raises(Forbidden):
        await desk.invoke("runScene", {"scene": "evening"}, viewer)
    report = await desk.invoke("runScene", {"scene": "evening"}, user)
    assert isinstance(report, Report)
    await stage.scenes.runs.end_of(report)
    with pytest.raises(Forbidden):
        await desk.invoke("undoScene", {"run": report.id}, viewer)
    with pytest.raises(Forbidden):
        await desk.invoke("removeScene", {"scene": "evening"}, user)
    with pytest.raises(ReadOnly):
        only_invoked("writeproperty")


async def test_what_is_private_stays_in_the_hub(stage: Stage) -> None:
    await stage.stand("uhd-tv", "tv", power=True)
    twin = stage.home.twin("tv")
    name = min(twin.private)
    report = Report(id="r", scene="evening", by=LOCAL, began=0.0, before={"tv": {name: "secret"}})
    report.lines = [Line(device="tv", asked={name: "secret", "power": False})]
    told = SceneDesk(stage.scenes, stage.home).document(report)
    assert "secret" not in json.dumps(told)
    assert told["lines"][0]["set"] == {"power": False}


async def test_a_scene_inside_another_is_not_removed_nor_changed_so_that_it_breaks_it(stage: Stage) -> None:
    await stage.keep(TEXT)
    await stage.keep(scene({"scene": "evening", "with": {"level": 5}}, name="night"))
    with pytest.raises(StateConflict, match="part of night"):
        await stage.scenes.remove("evening", LOCAL)
    with pytest.raises(SchemaViolation, match="night gives it"):
        await stage.keep(TEXT.replace('"level"', '"dim"'))


async def test_an_alert_stands_on_mqtt_until_somebody_acknowledges_it(stage: Stage, outside: Outside) -> None:
    text = {"en": "Is all well?", "zh-Hans": "一切都好吗"}
    await stage.run(scene({"notify": {"text": text, "until": "acknowledged"}}, name="inactivity"))
    while not await outside.retained(TOPICS.alerts):
        await asyncio.sleep(0.01)
    (shown,) = await outside.retained(TOPICS.alerts)
    assert (shown["text"], shown["scene"], shown["state"]) == (text, "inactivity", "open")
    answer = await outside.rpc("invokeaction", "acknowledgeAlert", alert=shown["id"])
    assert (answer["state"], answer["out"]["state"], answer["out"]["by"]) == ("completed", "acknowledged", "me")
    while await outside.retained(TOPICS.alerts):
        await asyncio.sleep(0.01)
    assert (await outside.rpc("readproperty", "alerts"))["out"][0]["by"] == "me"
    assert (await outside.rpc("invokeaction", "acknowledgeAlert", alert="alert-x"))["error"]["code"] == "unknown"
    with pytest.raises(Forbidden):
        await SceneDesk(stage.scenes, stage.home).invoke("acknowledgeAlert", {"alert": shown["id"]}, Principal("eve", Role.VIEWER))
