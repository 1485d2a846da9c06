"""The native driver against simulated appliances: long actions, private values, and changing over between the two wires."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from firmware_sim.faults import catalogue
from gateway.drivers.native import DRIVER, coap_line, session, ways
from gateway.drivers.native.coap_line import CoapLine
from gateway.drivers.native.mqtt_line import MqttLine
from gateway.drivers.native.session import NativeSession, open_session
from gateway.drivers.spi import SearchContext, Sighting
from gateway.errors import Offline
from gateway.thing.ack import AckState
from gateway.trust.certificate.signing_key import write_signing_key
from tests.drivers.contract import supervised
from tests.drivers.kit import RecordingSink, context, invoke, stages, until, write, write_many
from tests.drivers.native_bench import GATEWAY, NativeBench, hub, native
from tests.kit.certificates import UNIT


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coap_line, "_SILENCE", 0.5)
    monkeypatch.setattr(coap_line, "_PATIENCE", 2.0)
    monkeypatch.setattr(coap_line, "_LOOK", 0.5)
    monkeypatch.setattr(ways, "_RETRY", 0.2)


@asynccontextmanager
async def appliance(wire: str, folder: Path, kind: str = "plug") -> AsyncIterator[NativeBench]:
    async with hub(folder) as (lent, broker), native(lent, wire, kind, broker=broker.address.url) as bench:
        yield bench


@pytest.fixture(params=["native-mqtt", "native-coap"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[NativeBench]:
    async with appliance(request.param, tmp_path) as bench:
        yield bench


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[NativeBench]:
    async with appliance("native", tmp_path) as bench:
        yield bench


async def test_private_values_come_once_the_device_is_attached(bench: NativeBench) -> None:
    sink = RecordingSink()
    async with supervised(bench, sink):
        await until(lambda: "identity" in sink.values.get(bench.device, {}), "identity")
        assert sink.values[bench.device]["identity"] == bench.unit.appliance.values()["identity"]


@pytest.mark.parametrize("wire", ["native-mqtt", "native-coap"])
async def test_what_is_private_and_changes_is_read_again_when_the_state_moves(
    wire: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_BETWEEN_READINGS", 0.1)
    sink = RecordingSink()
    async with appliance(wire, tmp_path, "uhd-tv") as bench, supervised(bench, sink):
        await until(lambda: sink.values.get(bench.device, {}).get("app") == "", "the first reading")
        bench.unit.appliance.write({"power": True})
        for app in ("films", "news"):
            bench.unit.appliance.invoke("launchApp", {"app": app})
            await until(lambda: sink.values[bench.device]["app"] == app, "the next reading")  # noqa: B023 - awaited within the turn
        assert not any("app" in report.values for report in sink.reports if "power" in report.values), "never with the public state"


async def test_a_certificate_given_to_a_running_appliance_that_can_prove_its_key_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_BETWEEN_READINGS", 0.1)
    key, sink = tmp_path / "unit.key", RecordingSink()
    write_signing_key(UNIT, key)
    async with hub(tmp_path) as (lent, _), native(lent, "native-coap", device_key=key) as bench, supervised(bench, sink):
        await until(lambda: sink.values.get(bench.device, {}).get("claims") == [], "the first reading")
        bench.unit.appliance.model.papers.claims = ["a.b.c"]
        bench.unit.appliance.write({"power": not bench.unit.appliance.values()["power"]})
        await until(lambda: sink.values[bench.device]["claims"] == ["a.b.c"], "the next reading")
        done = await stages(sink.sessions[bench.device], invoke(bench.device, "proveKey", {"challenge": "A" * 43}))
        assert done[-1].output["signed"] == f"hulian-prove-key-1\n{bench.device}\n{'A' * 43}"


async def test_a_command_that_comes_before_the_first_answer_waits_for_it(tmp_path: Path) -> None:
    async with appliance("native-coap", tmp_path) as bench, open_session(bench.registration, bench.context) as opened:
        assert [stage.state for stage in await stages(opened, write(bench.device, "power", value=True))] == [AckState.COMPLETED]


async def test_a_command_before_an_answer_that_never_comes_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with appliance("native-coap", tmp_path) as bench, open_session(bench.registration, bench.context) as opened:
        bench.unit.network.set(silent=True)
        with pytest.raises(Offline, match="answer"):
            await stages(opened, write(bench.device, "power", value=True))


async def test_a_long_action_tells_how_far_it_is(bench: NativeBench) -> None:
    sink = RecordingSink()
    async with supervised(bench, sink):
        await until(lambda: sink.values.get(bench.device), "a report")
        doing = asyncio.ensure_future(
            stages(sink.sessions[bench.device], invoke(bench.device, "runDiagnostics", {"level": "quick", "allow": []}))
        )
        await asyncio.sleep(0.3)
        while not doing.done():
            bench.unit.appliance.advance(5.0)
            await asyncio.sleep(0.2)
        done = await doing
        assert AckState.RUNNING in {stage.state for stage in done}
        assert done[-1].state is AckState.COMPLETED
        assert "checks" in done[-1].output


async def test_a_long_action_can_be_stopped(bench: NativeBench) -> None:
    sink = RecordingSink()
    async with supervised(bench, sink):
        await until(lambda: sink.values.get(bench.device), "a report")
        session = sink.sessions[bench.device]
        command = invoke(bench.device, "runDiagnostics", {"level": "full", "allow": []})
        told: list[AckState] = []

        async def follow() -> None:
            async for progress in session.execute(command):
                told.append(progress.state)  # noqa: PERF401 - seen while it grows

        doing = asyncio.create_task(follow())
        await until(lambda: AckState.RUNNING in told, "it runs")
        await session.cancel(command.id)
        async with asyncio.timeout(20):
            await doing
        assert told[-1] is AckState.CANCELLED


async def test_several_properties_are_written_at_once(bench: NativeBench) -> None:
    sink = RecordingSink()
    async with supervised(bench, sink):
        await until(lambda: sink.values.get(bench.device), "a report")
        name, value = bench.accepted
        done = await stages(sink.sessions[bench.device], write_many(bench.device, {name: value}))
        assert done[-1].state is AckState.COMPLETED
        await until(lambda: sink.values[bench.device][name] == value, "shown")


async def test_an_event_is_told_and_not_again_after_the_next_attach(bench: NativeBench) -> None:
    sink = RecordingSink()
    async with supervised(bench, sink):
        await until(lambda: sink.values.get(bench.device), "a report")
        await asyncio.sleep(0.5)
        bench.unit.appliance.raise_fault(min(catalogue()))
        await until(lambda: [event.name for event in sink.events] == ["faultRaised"], "the event")
        assert isinstance(sink.events[0].data, dict)
        assert not {"seq", "boot", "ts"} & set(sink.events[0].data)
    async with supervised(bench, sink):
        await until(lambda: sink.attached.count(bench.device) == 2, "attached again")
        await asyncio.sleep(0.8)
        assert [event.name for event in sink.events].count("faultRaised") == 1


@asynccontextmanager
async def opened(bench: NativeBench) -> AsyncIterator[tuple[NativeSession, RecordingSink]]:
    sink = RecordingSink()
    async with open_session(bench.registration, bench.context) as session:
        assert isinstance(session, NativeSession)
        session.push(sink.report)
        yield session, sink


async def _says(bench: NativeBench, state: str) -> None:
    assert bench.context.mqtt is not None
    body = orjson.dumps({"state": state, "since": "2026-11-22T00:00:00Z", "reason": "connection lost"})
    await bench.context.mqtt.publish(f"hulian/1/{bench.device}/self/avail", body, retain=True)


async def test_with_both_wires_mqtt_is_used_and_coap_takes_over_and_gives_back(both: NativeBench) -> None:
    async with opened(both) as (session, sink):
        assert isinstance(session._ways.line, MqttLine)
        await _says(both, "offline")
        await until(lambda: isinstance(session._ways.line, CoapLine), "CoAP takes over")
        assert sink.online.get(both.device) is not False
        name, value = both.accepted
        done = await stages(session, write(both.device, name, value))
        assert done[-1].state is AckState.COMPLETED
        await until(lambda: sink.values[both.device][name] == value, "shown")
        await _says(both, "online")
        await until(lambda: isinstance(session._ways.line, MqttLine), "MQTT again")
        assert (await stages(session, write(both.device, name, not value)))[-1].state is AckState.COMPLETED


async def test_the_state_of_one_that_is_not_on_the_broker_yet_is_told_once_it_is_online(tmp_path: Path) -> None:
    async with appliance("native-coap", tmp_path) as bench:
        bench.registration = replace(bench.registration, facts={"coap": "1", "mqtt": "1"})
        async with opened(bench) as (_, sink):
            await until(lambda: sink.online.get(bench.device), "online")
            told = [report.availability.state.value if report.availability else "state" for report in sink.reports]
            assert told[0] == "offline"
            await until(lambda: any(report.complete for report in sink.reports[told.index("online") :]), "a state that is believed")


async def test_when_both_wires_are_dead_it_is_offline_and_either_brings_it_back(both: NativeBench) -> None:
    async with opened(both) as (session, sink):
        await both.vanish()
        await until(lambda: sink.online.get(both.device) is False, "offline", 40)
        with pytest.raises(Offline):
            await stages(session, write(both.device, "power", True))
        await both.come_back()
        await until(lambda: sink.online[both.device], "online", 40)


async def test_another_appliance_at_the_address_is_not_taken_for_it() -> None:
    async with native(context(GATEWAY), "native-coap") as mine, native(context(GATEWAY), "native-coap") as other:
        there = {"address": other.registration.address, "port": other.registration.port}
        async with opened(mine) as (session, sink):
            await until(lambda: sink.values, "the state")
            session._base = f"coap://{there['address']}:{there['port']}"
            with pytest.raises(Offline, match="another appliance"):
                await session._talk(lambda _: None)
        mine.registration = replace(mine.registration, **there, facts={"coap": "1", "h": "00000000"})  # type: ignore[arg-type]
        sink = RecordingSink()
        async with supervised(mine, sink) as supervisor:
            await until(lambda: "another appliance" in supervisor.status()[0].reason, "a reason")
            assert sink.attached == []


async def test_an_address_can_be_asked_who_is_there(both: NativeBench) -> None:
    where = f"{both.registration.address}:{both.registration.port}"
    notes: list[tuple[str, str]] = []
    wanted = SearchContext(
        interfaces=("127.0.0.1",),
        unicast=(where, "127.255.254.253:9"),
        context=both.context,
        asked=lambda place, what: notes.append((place, what)),
        dropped=lambda place, why: notes.append((place, f"dropped: {why}")),
    )
    assert DRIVER.search is not None
    found = [sighting async for sighting in DRIVER.search(wanted)]
    assert [sighting.name for sighting in found] == [both.device]
    candidate = DRIVER.recognise(found[0])
    assert candidate is not None
    assert (candidate.key, candidate.kind, candidate.address) == (both.device, "plug", both.registration.address)
    assert {place for place, what in notes if what.startswith("dropped")} == {"127.255.254.253:9"}


def test_a_broker_sighting_is_recognised_without_an_address() -> None:
    name = f"plug-{secrets.token_hex(4)}"
    candidate = DRIVER.recognise(Sighting(source="broker", service="native", name=name, facts={"id": name, "k": "plug", "title": "Kettle"}))
    assert candidate is not None
    assert (candidate.key, candidate.title, candidate.address, candidate.facts) == (name, "Kettle", "", {"mqtt": "1"})
