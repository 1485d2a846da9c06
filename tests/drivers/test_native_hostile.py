"""The native driver against an appliance we play ourselves: what it hears out of order, hostile, or asks to be confirmed."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.wires.native_forms import NativeForms
from gateway.drivers.native import DRIVER, finding
from gateway.drivers.parts import link_watch
from gateway.drivers.spi import Context, Registration, Sighting
from gateway.drivers.supervisor import SessionState, Supervisor
from gateway.errors import Offline, StateConflict, WireError
from gateway.protocol.mqtt import Message, MqttClient
from gateway.thing.ack import AckState
from gateway.thing.report import Event
from tests.drivers.contract import LIMITS
from tests.drivers.kit import LIBRARY, RecordingSink, invoke, stages, until, write
from tests.drivers.native_bench import GATEWAY, hub, link
from tests.kit.brokers import slow_without_mosquitto

pytestmark = slow_without_mosquitto


class Played:
    """An appliance of which every word is ours."""

    def __init__(self, client: MqttClient, device: str) -> None:
        self.client = client
        self.device = device
        appliance = make_appliance("plug", identifier=device, seed=1, features=None, title="Played", clock=SimulatorClock(speed=1.0))
        self.td: dict[str, Any] = appliance.thing_description(NativeForms(device, mqtt="mqtt://127.0.0.1:1883", coap=None))
        self.values = {name: value for name, value in appliance.document().items() if name != "$"}
        self.asked: list[dict[str, Any]] = []
        self.answer: dict[str, Any] | None = {"state": "completed"}

    async def begin(self) -> None:
        await self.client.subscribe(f"hulian/1/{self.device}/c/+/rpc", self._rpc)
        await self.say("td", self.td)
        await self.say("avail", {"state": "online", "since": "2026-11-22T00:00:00Z"})
        await self.state(1, 1)

    async def say(self, tail: str, body: Any, *, retain: bool = True) -> None:
        payload = body if isinstance(body, bytes) else orjson.dumps(body)
        await self.client.publish(f"hulian/1/{self.device}/self/{tail}", payload, retain=retain)

    async def state(self, boot: int, seq: int, **values: Any) -> None:
        self.values |= values
        await self.say("s", {**self.values, "$": {"boot": boot, "seq": seq, "ts": "2026-11-22T00:00:00Z"}})

    def ack(self, asked: dict[str, Any], **body: Any) -> None:
        topic = f"hulian/1/{self.device}/c/{GATEWAY}/ack"
        self.client.publish_soon(topic, orjson.dumps({"id": asked["id"], "op": asked["op"], "name": asked["name"], **body}))

    def _rpc(self, message: Message) -> None:
        asked = orjson.loads(message.payload)
        self.asked.append(asked)
        if asked["op"] == "readproperty":
            self.ack(asked, state="completed", out={"maker": "Played"} if asked["name"] == "identity" else None)
        elif self.answer is not None:
            self.ack(asked, **self.answer)

    @property
    def commands(self) -> list[dict[str, Any]]:
        return [asked for asked in self.asked if asked["op"] != "readproperty"]


class Stage:
    def __init__(self, context: Context, played: Played) -> None:
        self.context = context
        self.played = played
        self.sink = RecordingSink()
        self.device = played.device

    @asynccontextmanager
    async def supervised(self) -> AsyncIterator[Supervisor]:
        async with Supervisor(self.sink, self.context, lambda _: DRIVER, limits=LIMITS) as supervisor:
            supervisor.add(Registration(driver="native", key=self.device, facts={"mqtt": "1"}))
            yield supervisor

    @asynccontextmanager
    async def attached(self) -> AsyncIterator[Supervisor]:
        async with self.supervised() as supervisor:
            await until(lambda: self.sink.values.get(self.device), "a report")
            yield supervisor


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with hub(tmp_path) as (context, broker), link(broker, "played") as client:
        played = Played(client, f"plug-{secrets.token_hex(4)}")
        await played.begin()
        yield Stage(context, played)


async def test_older_states_are_left_out_and_a_new_boot_is_taken(stage: Stage) -> None:
    async with stage.attached():
        await stage.played.state(1, 9, power=True)
        await stage.played.state(1, 8, power=False)
        await stage.played.say("e/marker", {"boot": 1, "seq": 9}, retain=False)
        await until(lambda: stage.sink.events, "everything before has arrived")
        assert stage.sink.values[stage.device]["power"] is True
        await stage.played.state(2, 1, power=False)
        await until(lambda: stage.sink.values[stage.device]["power"] is False, "the state of the next boot")


async def test_private_values_are_read_on_attach_and_again_after_a_restart(stage: Stage) -> None:
    async with stage.attached():
        await until(lambda: stage.sink.values[stage.device].get("identity") == {"maker": "Played"}, "identity")
        read = len(stage.played.asked)
        await stage.played.state(2, 1)
        await until(lambda: len(stage.played.asked) > read, "read again")


async def test_an_event_sent_twice_is_told_once(stage: Stage) -> None:
    async with stage.attached():
        for seq in (5, 5, 6):
            await stage.played.say("e/faultRaised", {"code": "X", "boot": 1, "seq": seq}, retain=False)
        await until(lambda: len(stage.sink.events) >= 2, "both events")
        assert stage.sink.events == [Event("faultRaised", {"code": "X"})] * 2


async def test_the_will_makes_it_offline_with_its_reason_and_ends_what_waits(stage: Stage) -> None:
    stage.played.answer = {"state": "running"}
    async with stage.attached():
        doing = asyncio.ensure_future(stages(stage.sink.sessions[stage.device], invoke(stage.device, "runDiagnostics", {})))
        await until(lambda: stage.played.commands, "the command arrives")
        await stage.played.say("avail", {"state": "offline", "since": "2026-11-22T00:00:00Z", "reason": "connection lost"})
        await until(lambda: not stage.sink.online[stage.device], "offline")
        assert stage.sink.reasons[stage.device] == "connection lost"
        with pytest.raises(Offline):
            await doing
        with pytest.raises(Offline, match="connection lost"):
            await stages(stage.sink.sessions[stage.device], write(stage.device, "power", True))
        await stage.played.say("avail", {"state": "online", "since": "2026-11-22T00:00:00Z"})
        await until(lambda: stage.sink.online[stage.device], "online")


@pytest.mark.parametrize("state_first", [False, True], ids=["online, state", "state, online"])
async def test_who_comes_back_with_the_state_it_had_is_believed_again(stage: Stage, *, state_first: bool) -> None:
    told = stage.sink.reports
    async with stage.attached():
        await stage.played.say("avail", {"state": "offline", "since": "2026-11-22T00:00:00Z", "reason": "connection lost"})
        await until(lambda: not stage.sink.online[stage.device], "offline")
        if state_first:
            await stage.played.state(1, 1)
        await stage.played.say("avail", {"state": "online", "since": "2026-11-22T00:00:00Z"})
        if not state_first:
            await stage.played.state(1, 1)
        await until(lambda: stage.sink.online[stage.device], "online")
        back = next(at for at, report in reversed(list(enumerate(told))) if report.availability is not None)
        await until(lambda: [report for report in told[back:] if report.complete], "its state, after it is online")
        await stage.played.state(1, 1)
        await stage.played.say("e/marker", {"boot": 1, "seq": 1}, retain=False)
        await until(lambda: stage.sink.events, "everything before has arrived")
        assert len([report for report in told[back:] if report.complete]) == 1, "once"


async def test_without_the_broker_it_is_offline_until_it_is_heard_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_watch, "LOOK", 0.02)
    client = stage.context.mqtt
    assert client is not None
    async with stage.attached():
        client.connected = False
        await until(lambda: not stage.sink.online[stage.device], "offline")
        assert "link to the broker" in stage.sink.reasons[stage.device]
        await stage.played.say("avail", {"state": "online", "since": "2026-11-22T00:00:00Z"})
        client.connected = True
        await until(lambda: stage.sink.online[stage.device], "online")
        assert stage.sink.detached == []


async def test_errors_of_the_appliance_pass_through(stage: Stage) -> None:
    error = {"code": "state-conflict", "title": "t", "detail": "not while it runs", "constraint": "c-1"}
    stage.played.answer = {"state": "rejected", "error": error}
    async with stage.attached():
        [refused] = await stages(stage.sink.sessions[stage.device], write(stage.device, "power", True))
        assert (refused.state, refused.error) == (AckState.REJECTED, error)


async def test_a_confirmation_the_home_has_is_given_to_an_appliance_that_asks_for_its_own(stage: Stage) -> None:
    stage.played.answer = {"state": "rejected", "error": {"code": "needs-confirm", "confirm": "token-7"}}
    async with stage.attached():
        session = stage.sink.sessions[stage.device]
        [unconfirmed] = await stages(session, write(stage.device, "power", True))
        assert unconfirmed.error is not None
        assert unconfirmed.error["code"] == "needs-confirm"
        assert len(stage.played.commands) == 1
        await stages(session, write(stage.device, "power", True, confirmation="the home's own"))
        first, second = stage.played.commands[1:]
        assert "confirm" not in first
        assert second["confirm"] == "token-7"
        assert second["id"] != first["id"]


async def test_a_running_action_is_stopped_by_its_own_id(stage: Stage) -> None:
    stage.played.answer = {"state": "running"}
    async with stage.attached():
        session = stage.sink.sessions[stage.device]
        command = invoke(stage.device, "runDiagnostics", {})
        doing = asyncio.ensure_future(stages(session, command))
        await until(lambda: stage.played.commands, "the command arrives")
        run = stage.played.commands[0]
        stage.played.answer = {"state": "completed"}
        await session.cancel(command.id)
        assert (stage.played.commands[1]["op"], stage.played.commands[1]["name"]) == ("cancelaction", run["id"])
        stage.played.ack(run, state="cancelled")
        assert (await doing)[-1].state is AckState.CANCELLED
        with pytest.raises(StateConflict):
            await session.cancel(command.id)


HOSTILE = {
    "cut": b"{",
    "list": b"[]",
    "long": b"x" * 250_000,
    "bare": b'{"hl:kind":"plug"}',
    "twisted": b'{"hl:kind":["plug"],"properties":7}',
    "unknown": b'{"hl:kind":"no-such-kind","version":{"model":"1.0.0"}}',
}


@pytest.mark.parametrize("td", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_description_is_a_reason_not_a_crash(stage: Stage, td: bytes) -> None:
    await stage.played.say("td", td)
    async with stage.supervised() as supervisor:
        await until(lambda: supervisor.status()[0].reason, "a reason")
        assert stage.sink.attached == []
        assert "mistake" not in supervisor.status()[0].reason
        await stage.played.say("td", stage.played.td)
        await until(lambda: stage.sink.attached, "taken once it is right")


async def test_a_description_that_widens_its_kind_is_refused_even_later(stage: Stage) -> None:
    async with stage.attached() as supervisor:
        wider = orjson.loads(orjson.dumps(stage.played.td))
        wider["properties"]["power"]["type"] = "string"
        await stage.played.say("td", wider)
        await until(lambda: supervisor.status()[0].state is not SessionState.OPEN or supervisor.status()[0].reason, "ended")
        await until(lambda: not stage.sink.online[stage.device], "offline")
        await stage.played.say("td", stage.played.td)
        await until(lambda: stage.sink.online[stage.device], "taken again")


async def test_a_changed_title_is_described_again_without_an_interruption(stage: Stage) -> None:
    async with stage.attached():
        await stage.played.say("td", stage.played.td | {"title": "Another name"})
        await until(lambda: stage.sink.descriptions[stage.device].title == "Another name", "described again")
        assert stage.sink.detached == []


async def test_the_gateways_own_root_is_nobody(stage: Stage) -> None:
    registration = Registration(driver="native", key=GATEWAY, facts={"mqtt": "1"})
    sink = RecordingSink()
    async with Supervisor(sink, stage.context, lambda _: DRIVER, limits=LIMITS) as supervisor:
        supervisor.add(registration)
        await until(lambda: "gateway itself" in supervisor.status()[0].reason, "refused")
    assert sink.attached == []


async def test_one_that_joins_later_gets_what_the_broker_keeps(stage: Stage) -> None:
    other = Played(stage.played.client, f"plug-{secrets.token_hex(4)}")
    await other.begin()
    async with stage.attached() as supervisor:
        supervisor.add(Registration(driver="native", key=other.device, facts={"mqtt": "1"}))
        await until(lambda: stage.sink.values.get(other.device) and stage.sink.online.get(other.device), "the second one")
        await supervisor.remove("native", stage.device)
        await other.state(1, 2, power=True)
        await until(lambda: stage.sink.values[other.device]["power"] is True, "the second one goes on")


SIGHTING = Sighting(
    source="mdns",
    service="_wot._udp.local.",
    name="Plug",
    address="127.0.0.7",
    port=5683,
    facts={"id": "plug-1", "k": "plug", "mq": "1", "type": "Thing", "scheme": "coap", "h": "0badcafe"},
)


def test_an_announcement_is_recognised_by_the_id_in_it() -> None:
    candidate = DRIVER.recognise(SIGHTING)
    assert candidate is not None
    assert (candidate.key, candidate.kind, candidate.address, candidate.facts) == (
        "plug-1",
        "plug",
        "127.0.0.7",
        {"mqtt": "1", "coap": "1"},
    )


@pytest.mark.parametrize(
    "changed",
    [{"type": "Directory"}, {"id": ""}, {"id": "Not An Id"}, {"id": "c"}, {"scheme": "coaps"}],
    ids=str,
)
def test_what_is_no_native_appliance_is_declined(changed: dict[str, str]) -> None:
    assert DRIVER.recognise(replace(SIGHTING, facts={**SIGHTING.facts, **changed})) is None


CORE = b'</d>;rt="hl.devices",</d/self/td>;rt="wot.thing";ep="plug-7";hl.kind="plug",</d/self/s>;obs;ep="not-this"'
TD = b'{"hl:kind":"plug","title":"Kettle"}'


@pytest.mark.parametrize(
    ("core", "td"),
    [(CORE, TD), (b"", b'{"hl:kind":"plug","title":"Kettle","forms":[{"href":"mqtt://h/hulian/1/plug-7/self/s"}]}')],
    ids=["ep", "topic"],
)
def test_an_address_that_was_asked_says_its_id_by_endpoint_name_or_topic(core: bytes, td: bytes) -> None:
    told = finding._told(core, td)
    assert (told["id"], told["k"], told["title"], len(told["h"])) == ("plug-7", "plug", "Kettle", 8)


def test_an_address_that_does_not_say_its_id_is_not_taken() -> None:
    with pytest.raises(WireError, match="announcement"):
        finding._told(b'</d/self/td>;rt="wot.thing"', TD)


def borrowing(td: dict[str, Any], **terms: Any) -> dict[str, Any]:
    """Return the description of a plug that also has the temperature of the standard's mixin, as far as `terms` do not say otherwise."""
    own: dict[str, Any] = orjson.loads(orjson.dumps(td))
    meant = {term: value for term, value in LIBRARY.mixin("mixin-environment-1")["properties"]["temperature"].items() if term != "hl:map"}
    own["properties"]["temperature"] = {
        **meant,
        "hl:mixin": "mixin-environment-1",
        "forms": own["properties"]["powerDraw"]["forms"],
        **terms,
    }
    return own


async def test_what_an_appliance_borrows_from_a_mixin_is_taken_and_checked(stage: Stage) -> None:
    await stage.played.say("td", borrowing(stage.played.td, maximum=60))
    await stage.played.state(1, 2, temperature=21.5)
    async with stage.attached():
        await until(lambda: stage.sink.values[stage.device].get("temperature") == 21.5, "the temperature")
        description = stage.sink.descriptions[stage.device]
        assert (dict(description.narrowing["temperature"]), description.kind) == ({"maximum": 60}, "plug")
        assert LIBRARY.model("plug").instance(description).properties["temperature"].unit == "Cel"


@pytest.mark.parametrize(
    "terms", [{"type": "string"}, {"unit": "K"}, {"maximum": 500}, {"hl:mixin": "mixin-none-1"}, {"readOnly": False}], ids=str
)
async def test_a_mixin_does_not_let_a_hostile_description_in(stage: Stage, terms: dict[str, Any]) -> None:
    await stage.played.say("td", borrowing(stage.played.td, **terms))
    async with stage.supervised() as supervisor:
        await until(lambda: supervisor.status()[0].reason, "a reason")
        assert (stage.sink.attached, "temperature" in supervisor.status()[0].reason) == ([], True)
