"""Devices on a real broker: found once they are complete, driven in their own words, and gone when they take back what they announced."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.plan import UnitPlan
from gateway.drivers.mqttdiscovery import DRIVER
from gateway.drivers.spi import Context, Registration
from gateway.drivers.supervisor import Supervisor
from gateway.errors import Offline
from gateway.protocol.broker import PrivateBroker
from gateway.thing.clock import SystemClock
from gateway.thing.value import Quality
from tests.drivers.contract_bench import LIMITS, living
from tests.drivers.kit import RecordingSink, context, stages, until, write, write_many
from tests.drivers.native_bench import hub
from tests.drivers.watching import watching
from tests.kit.addresses import address

LAMP = {"ids": ["lamp1"], "name": "Lamp", "mf": "ACME"}
SWITCH = {"stat_t": "acme/s", "cmd_t": "acme/c", "uniq_id": "u1", "dev": LAMP}
TOPIC = "homeassistant/switch/lamp1/relay/config"


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for stragglers waits less: everything here is on one machine."""
    room = "gateway.drivers.mqttdiscovery"
    for name, seconds in (
        ("watch._LOOK", 0.02),
        ("watch._QUIET", 0.25),
        ("opening._QUIET", 0.1),
        ("opening._PATIENCE", 0.4),
        ("wire._FIRST", 0.2),
    ):
        monkeypatch.setattr(f"{room}.{name}", seconds)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[tuple[Context, PrivateBroker]]:
    async with hub(tmp_path) as lent:
        yield lent


class Bench:
    """What the firmwares of a test say, and what becomes of it."""

    def __init__(self, lent: Context, sink: RecordingSink, supervisor: Supervisor) -> None:
        self.lent = lent
        self.sink = sink
        self.supervisor = supervisor

    @property
    def values(self) -> dict[str, Any]:
        return self.sink.values.get(self.sink.attached[-1], {}) if self.sink.attached else {}

    @property
    def reason(self) -> str:
        return self.supervisor.status()[0].reason

    async def do(self, name: str, value: Any) -> None:
        await stages(self.sink.sessions[self.sink.attached[-1]], write(self.sink.attached[-1], name, value))


async def say(lent: Context, topic: str, body: Any, *, retain: bool = True) -> None:
    assert lent.mqtt is not None
    await lent.mqtt.publish(topic, body if isinstance(body, bytes) else json.dumps(body).encode(), retain=retain)


@asynccontextmanager
async def opened(lent: Context, key: str = "lamp1", **facts: str) -> AsyncIterator[Bench]:
    sink = RecordingSink()
    async with Supervisor(sink, lent, lambda _: DRIVER, limits=LIMITS) as supervisor:
        supervisor.add(Registration(driver="mqttdiscovery", key=key, facts=facts))
        yield Bench(lent, sink, supervisor)


@pytest.mark.parametrize(
    ("kind", "firmware", "features", "name", "value"),
    [
        ("plug", "device", ("ENR",), "power", None),
        pytest.param("light", "short", (), "brightness", 33, marks=pytest.mark.long),
        pytest.param("light", "tasmota", ("CT",), "brightness", 34, marks=pytest.mark.long),
        ("plug", "tasmota", ("ENR",), "power", None),
        pytest.param("air-conditioner", "entities", ("HEAT", "AUTO"), "targetTemperature", 21.5, marks=pytest.mark.long),
    ],
)
async def test_each_firmware_is_found_shown_and_set(
    broker: tuple[Context, PrivateBroker], kind: str, firmware: str, features: tuple[str, ...], name: str, value: Any
) -> None:
    lent, place = broker
    plan = UnitPlan(
        kind=kind,
        wire="mqttdiscovery",
        id=f"{kind}-1",
        address=address(),
        broker=place.address.url,
        features=features,
        facts={"firmware": firmware},
    )
    async with living(plan) as unit, watching(DRIVER, lent) as (seen, dropped):
        await until(lambda: seen, f"it is seen: {dropped}")
        candidate = DRIVER.recognise(seen[0])
        assert candidate is not None
        assert (candidate.kind, candidate.title) == (kind, unit.appliance.title)
        async with opened(lent, candidate.key, **candidate.facts) as bench:
            await until(lambda: name in bench.values, f"{name} is shown: {bench.values} {bench.reason}")
            wanted = not unit.appliance.values()[name] if value is None else value
            await bench.do(name, wanted)
            await until(lambda: unit.appliance.values()[name] == wanted and bench.values[name] == wanted, f"it is set: {bench.values}")
            unit.network.set(silent=True)
            await until(lambda: not bench.sink.online[bench.sink.attached[-1]], "it is away")
            assert "away" in bench.sink.reasons[bench.sink.attached[-1]]


async def test_entities_that_come_one_after_the_other_are_seen_once_as_one(broker: tuple[Context, PrivateBroker]) -> None:
    lent, _ = broker
    async with watching(DRIVER, lent) as (seen, _):
        for number in range(4):
            await say(lent, f"homeassistant/sensor/lamp1/s{number}/config", {"stat_t": f"acme/{number}", "unit_of_meas": "W", "dev": LAMP})
            await asyncio.sleep(0.1)
        await until(lambda: seen, "seen")
        await asyncio.sleep(0.5)
        assert [sighting.name for sighting in seen] == ["lamp1"]


async def test_what_is_no_use_is_told_to_the_doctor_and_what_is_the_hubs_own_is_not(broker: tuple[Context, PrivateBroker]) -> None:
    lent, _ = broker
    garbage: list[tuple[str, Any, str]] = [
        ("homeassistant/sensor/a/config", b"garbage", "not JSON"),
        ("homeassistant/sensor/big/config", b"x" * 258_000, "not JSON"),
        ("homeassistant/sensor/b/config", {"stat_t": "a/b", "val_tpl": "{% for x in value %}{% endfor %}"}, "the statement 'for'"),
        ("homeassistant/sensor/c/config", {"stat_t": "a/b", "val_tpl": "{{ states('x') }}"}, "a call of 'states'"),
        ("homeassistant/camera/d/config", {"t": "a/b"}, "pictures"),
        ("homeassistant/light/z/config", {"stat_t": "zigbee2mqtt/z", "o": {"name": "Zigbee2MQTT"}}, "driver zigbee2mqtt"),
        ("homeassistant/switch/e/config", SWITCH | {"dev": {"ids": ["other"]}}, "two devices with one id, the first stays"),
        ("homeassistant/switch/f/config", {"stat_t": "evil/s", "cmd_t": "evil/c", "dev": LAMP}, "not believed"),
        ("homeassistant/switch/g/config", {"stat_t": "a/s", "cmd_t": "hulian/1/hub/x/p/power/set"}, "left aside?"),
        ("tasmota/discovery/AABBCC112233/config", b"{}", "on which topics"),
    ]
    own = {"components": {"a": {"p": "switch", "command_topic": "hulian/1/gw/lamp/p/power/set"}}, "origin": {"name": "hulian"}}
    await say(lent, TOPIC, SWITCH)
    await say(lent, "homeassistant/device/lamp/config", own)
    async with watching(DRIVER, lent) as (seen, dropped):
        await until(lambda: seen, "the one that can be used is seen")
        for topic, body, _ in garbage:
            await say(lent, topic, body)
        told = [(topic, why) for topic, _, why in garbage if why != "left aside?"]
        await until(lambda: all(any(why in each for each in dropped) for _, why in told), f"told: {dropped}")
        await asyncio.sleep(0.5)
        assert {sighting.name for sighting in seen} == {"lamp1"}
        assert not [each for each in dropped if "device/lamp/" in each or "switch/g/" in each]
        await say(lent, TOPIC, b"")
        await until(lambda: seen[-1].gone, "it has gone")


async def test_one_that_takes_back_its_announcement_goes_and_comes_back_with_it(broker: tuple[Context, PrivateBroker]) -> None:
    lent, _ = broker
    await say(lent, TOPIC, SWITCH)
    await say(lent, "acme/s", b"ON")
    async with opened(lent) as bench:
        await until(lambda: bench.values.get("power") is True, "shown")
        await say(lent, TOPIC, b"")
        await until(lambda: "took back its announcement" in bench.reason, "it says why it is away")
        await say(lent, TOPIC, SWITCH)
        await until(lambda: len(bench.sink.attached) > 1, "it is back")
        await say(lent, TOPIC, SWITCH | {"name": "Anew", "dev": LAMP | {"name": "Anew"}})
        await until(lambda: bench.sink.descriptions[bench.sink.attached[-1]].title == "Anew", "it is another now")


async def test_a_unit_that_never_announces_itself_says_what_to_do(broker: tuple[Context, PrivateBroker]) -> None:
    async with opened(broker[0], "nobody") as bench:
        await until(lambda: "retain" in bench.reason, "a reason")
    with pytest.raises(Offline, match="no broker"):
        async with DRIVER.open(Registration(driver="mqttdiscovery", key="x"), context()):
            raise AssertionError("it opened")


async def test_what_speaks_elsewhere_than_when_it_was_taken_in_is_not_driven(broker: tuple[Context, PrivateBroker]) -> None:
    """A stranger whose announcement of the same device happens to come first after a start."""
    lent, _ = broker
    await say(lent, "homeassistant/switch/evil/config", {"stat_t": "evil/s", "cmd_t": "evil/c", "dev": LAMP})
    async with watching(DRIVER, lent, known=["lamp1"]) as (seen, _):
        await until(lambda: seen, "seen")
        candidate = DRIVER.recognise(seen[0])
        assert candidate is not None
        assert candidate.facts == {}, "where it was taken in stays as it is"
        async with opened(lent, root_name="acme") as bench:
            await until(lambda: bench.reason, "a reason")
            assert bench.sink.attached == []


async def test_an_accepted_device_lives_though_a_stranger_is_heard_first(broker: tuple[Context, PrivateBroker]) -> None:
    lent, _ = broker
    await say(lent, "homeassistant/switch/evil/config", {"stat_t": "evil/s", "cmd_t": "evil/c", "uniq_id": "u1", "dev": LAMP})
    async with watching(DRIVER, lent, known=["lamp1"]) as (seen, _):
        await until(lambda: seen, "the stranger is heard")
        await say(lent, TOPIC, SWITCH)
        await say(lent, "acme/s", b"ON")
        async with opened(lent, root_name="acme") as bench:
            await until(lambda: bench.values.get("power") is True, f"the device is driven: {bench.reason}")
            await say(lent, "evil/s", b"OFF")
            await bench.do("power", True)


async def test_without_a_state_topic_it_is_shown_as_asked_and_assumed(broker: tuple[Context, PrivateBroker]) -> None:
    lent, _ = broker
    await say(lent, TOPIC, {"cmd_t": "acme/c", "dev": LAMP})
    async with opened(lent) as bench:
        await until(lambda: bench.sink.attached, "attached")
        await bench.do("power", True)
        await until(lambda: bench.values.get("power") is True, "shown as asked")
        assert bench.sink.quality[bench.sink.attached[-1]]["power"] is Quality.ASSUMED


async def test_availability_decides_whether_it_is_there(broker: tuple[Context, PrivateBroker]) -> None:
    lent, _ = broker
    both = {"avty": [{"t": "acme/bridge", "val_tpl": "{{ value_json.state }}"}, {"t": "acme/up"}], "avty_mode": "all"}
    await say(lent, TOPIC, SWITCH | both)
    await say(lent, "acme/s", b"ON")
    async with opened(lent) as bench:
        for topic, body, there in (
            ("acme/up", b"online", False),
            ("acme/bridge", {"state": "online"}, True),
            ("acme/up", b"offline", False),
            ("acme/up", b"online", True),
            ("acme/up", b"nonsense", True),
        ):
            await say(lent, topic, body)
            await until(lambda: bench.sink.attached, "attached")
            await until(lambda there=there: bench.sink.online[bench.sink.attached[-1]] is there, f"{topic} {body!r}")  # type: ignore[misc]


async def test_events_happen_once_and_not_again_because_the_broker_kept_them(broker: tuple[Context, PrivateBroker]) -> None:
    lent, _ = broker
    for name in ("single", "double"):
        topic = f"homeassistant/device_automation/lamp1/{name}/config"
        await say(lent, topic, {"atype": "trigger", "type": "action", "stype": name, "t": "acme/action", "pl": name, "dev": LAMP})
    await say(lent, "acme/action", b"single")
    async with opened(lent) as bench:
        await until(lambda: bench.sink.attached, "attached")
        assert bench.sink.events == []
        await say(lent, "acme/action", b"double", retain=False)
        await until(lambda: bench.sink.events, "the press")
        assert len(bench.sink.events) == 1


async def test_a_yes_falls_by_itself_where_the_device_says_only_yes(broker: tuple[Context, PrivateBroker]) -> None:
    lent, _ = broker
    assert isinstance(lent.clock, SystemClock)
    body = {"stat_t": "acme/m", "dev_cla": "moisture", "off_dly": 30, "dev": LAMP}
    await say(lent, "homeassistant/binary_sensor/lamp1/m/config", body)
    async with opened(lent) as bench:
        await until(lambda: bench.sink.attached, "attached")
        await say(lent, "acme/m", b"ON", retain=False)
        await until(lambda: True in bench.values.values(), "wet")
        (name,) = [name for name, value in bench.values.items() if value is True]
        lent.clock.advance(31)
        await until(lambda: bench.values[name] is False, "dry again")


async def test_members_of_one_object_are_asked_together(broker: tuple[Context, PrivateBroker]) -> None:
    lent, _ = broker
    assert lent.mqtt is not None
    asked: list[bytes] = []
    await lent.mqtt.subscribe("acme/c", lambda message: asked.append(message.payload))
    body = {"schema": "json", "stat_t": "acme/s", "cmd_t": "acme/c", "sup_clrm": ["hs"], "dev": LAMP}
    await say(lent, "homeassistant/light/lamp1/l/config", body)
    await say(lent, "acme/s", {"state": "ON", "brightness": 255, "color": {"h": 0, "s": 100}})
    async with opened(lent) as bench:
        await until(lambda: bench.values.get("power") is True, "shown")
        device = bench.sink.attached[-1]
        await stages(bench.sink.sessions[device], write_many(device, {"power": False, "brightness": 50}))
        await until(lambda: asked, "asked")
        assert json.loads(asked[0]) == {"state": "OFF", "brightness": 128}


async def test_when_the_broker_goes_devices_are_away_and_come_back(
    broker: tuple[Context, PrivateBroker], monkeypatch: pytest.MonkeyPatch
) -> None:
    lent, _ = broker
    assert lent.mqtt is not None
    monkeypatch.setattr("gateway.drivers.parts.link_watch.LOOK", 0.05)
    await say(lent, TOPIC, SWITCH)
    await say(lent, "acme/s", b"ON")
    async with opened(lent) as bench:
        await until(lambda: bench.values.get("power") is True, "shown")
        device = bench.sink.attached[-1]
        monkeypatch.setattr(lent.mqtt, "connected", False)
        await until(lambda: not bench.sink.online[device], "away")
        assert "link to the broker" in bench.sink.reasons[device]
        monkeypatch.setattr(lent.mqtt, "connected", True)
        await until(lambda: bench.sink.online[device], "back")


async def test_after_the_link_was_down_it_has_to_be_said_again_that_it_is_there(
    broker: tuple[Context, PrivateBroker], monkeypatch: pytest.MonkeyPatch
) -> None:
    lent, _ = broker
    assert lent.mqtt is not None
    monkeypatch.setattr("gateway.drivers.parts.link_watch.LOOK", 0.05)
    await say(lent, TOPIC, SWITCH | {"avty_t": "acme/up"})
    for topic, body in (("acme/s", b"ON"), ("acme/up", b"online")):
        await say(lent, topic, body)
    async with opened(lent) as bench:
        await until(lambda: bench.sink.attached and bench.sink.online[bench.sink.attached[-1]], "there")
        reasons = bench.sink.reasons
        monkeypatch.setattr(lent.mqtt, "connected", False)
        await until(lambda: "link" in reasons[bench.sink.attached[-1]], "away")
        monkeypatch.setattr(lent.mqtt, "connected", True)
        await until(lambda: "not said yet" in reasons[bench.sink.attached[-1]], "nobody has said so since")
        await say(lent, "acme/up", b"online")
        await until(lambda: bench.sink.online[bench.sink.attached[-1]], "back")


async def test_the_last_to_leave_takes_every_subscription_along(broker: tuple[Context, PrivateBroker]) -> None:
    lent, _ = broker
    assert lent.mqtt is not None
    before = dict(lent.mqtt._filters)
    await say(lent, TOPIC, SWITCH)
    await say(lent, "acme/s", b"ON")
    async with watching(DRIVER, lent), opened(lent) as bench:
        await until(lambda: bench.values.get("power") is True, "shown")
    assert lent.mqtt._filters == before
    assert replace(lent) == lent
