"""A transmitter and what it speaks for: learning by the light, replaying, keeping, and whatever goes wrong on the way."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from firmware_sim.air import Burst as Light
from firmware_sim.infrared.code_sets import CODE_SETS
from firmware_sim.models.ir_remote import IrRemote
from gateway.drivers.broadlink import DRIVER, line
from gateway.drivers.broadlink.transmitter import BroadlinkTransmitter
from gateway.drivers.parts.virtual.burst import Burst
from gateway.drivers.parts.virtual.notebook import MOST_CODES, MOST_THINGS, notebook_of
from gateway.drivers.parts.virtual.session import PAUSE, RemoteSession
from gateway.drivers.supervisor import Supervisor
from gateway.drivers.supervisor.carried import Carried
from gateway.errors import CommandError, DeviceFailure, Offline, ReadOnly, SchemaViolation, StateConflict, TimedOut, Unknown
from gateway.thing.ack import AckState
from gateway.thing.description import Locality
from gateway.thing.session import Progress
from gateway.thing.value import Quality
from tests.drivers.broadlink.kit import Room, learned, listening, own, room, told
from tests.drivers.contract_bench import LIMITS
from tests.drivers.kit import LIBRARY, RecordingSink, invoke, stages, until, write, write_many

RAW = [3400, 1700, *[430, 430, 430, 1290] * 20, 430]
RM_PRO, RM_MINI, RM_MINI_NEW = 0x27A9, 0x2737, 0x5F36


def lit(room: Room, patch: pytest.MonkeyPatch) -> list[Light]:
    """Return the bursts as they leave the transmitter's diodes, before the light is on its way; they are added as they come."""
    bursts: list[Light] = []
    model = room.eye.model
    assert isinstance(model, IrRemote)
    send = model.air.send

    def noted(burst: Light, **more: Any) -> None:
        bursts.append(burst)
        send(burst, **more)

    patch.setattr(model.air, "send", noted)
    return bursts


async def refused(session: RemoteSession, command: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        await stages(session, command)
    return caught.value


@pytest.mark.parametrize("model", [RM_PRO, RM_MINI, RM_MINI_NEW, 0x649B])
async def test_a_code_learned_of_the_handheld_remote_moves_the_air_conditioner_and_replays_within_5_percent(
    model: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with room("air-conditioner", model=model) as here, here.session() as session:
        meant = {"power": True, "mode": "heat", "targetTemperature": 19}
        done = await learned(here, session, {"remote": "air-conditioner", "set": meant}, name="Warm")
        assert [stage.phase for stage in done[:-1]] == ["listening"] * len(done[:-1])
        assert done[-1].state is AckState.COMPLETED
        assert done[-1].output == {"result": "done", "code": "c1", "protocol": "climate-8", "carrier": 38000, "pulses": 139}
        here.home.unit("air-conditioner").physical.touch({"power": False, "mode": "cool"})
        bursts = lit(here, monkeypatch)
        (sent,) = await stages(session, invoke(own(session), "send", {"code": "c1"}))
        assert sent.state is AckState.COMPLETED
        real = here.real("air-conditioner")
        assert (real["power"], real["mode"], real["targetTemperature"]) == (True, "heat", 19)
        original = CODE_SETS["air-conditioner"].encode({**CODE_SETS["air-conditioner"].start, **meant}).pulses
        emitted = notebook_of(await here.kept.of("broadlink", here.registration.key)).codes["c1"].burst.pulses
        assert emitted == original, "cleaned"
        assert deviation(bursts[0], original) <= 0.05


async def test_a_code_of_nobody_is_learned_as_it_was_heard_and_replays_within_5_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with room() as here, here.session() as session:
        task = asyncio.create_task(stages(session, invoke(own(session), "learn")))
        await listening(here, session)
        here.eye.touch({"infrared": {"raw": RAW, "carrier": 38000}})
        assert (await task)[-1].output["protocol"] == "raw"
        bursts = lit(here, monkeypatch)
        await stages(session, invoke(own(session), "send", {"code": "c1", "repeat": 2}))
        assert len(bursts) == 3
        assert max(deviation(burst, tuple(RAW)) for burst in bursts) <= 0.05


def deviation(sent: Light, meant: tuple[int, ...]) -> float:
    """Return the largest share by which a time differs from the meant one."""
    return max(abs(one - other) / other for one, other in zip(sent.pulses, meant, strict=True))


async def test_learning_tells_its_state_and_keeps_the_code_and_a_restart_finds_it_again() -> None:
    async with room("uhd-tv") as here:
        async with here.session() as session:
            thing = await session.add("uhd-tv", "learned", "Old set")
            await learned(here, session, {"remote": "uhd-tv", "key": "power"}, appliance=thing, key="power")
            reports = [report for report in told(session) if report.device == own(session)]
            states = [report.values["operatingState"] for report in reports]
            assert states == ["idle", "learning", "learning", "idle"]
            (event,) = [event for report in reports for event in report.events]
            assert (event.name, event.data) == ("codeLearned", {"code": "c1", "name": "power", "protocol": "nec"})
            instance = LIBRARY.model("ir-remote", 1).instance(session.describe()[0])
            for report in reports:
                assert instance.faulty(report.values) == {}
        async with here.session() as session:
            assert [each.id for each in session.describe()[1:]] == [thing]
            assert session.describe()[1].title == "Old set"
            before = here.real("uhd-tv")["power"]
            await stages(session, invoke(thing, "sendKey", {"key": "power"}))
            assert here.real("uhd-tv")["power"] is not before
            await session.refresh()
            (codes,) = {str(report.values["codes"]) for report in told(session) if report.device == own(session)}
            assert "'appliance': '" + thing in codes


async def test_a_key_learned_anew_takes_the_place_of_the_old_and_forgotten_ones_are_gone() -> None:
    async with room() as here, here.session() as session:
        thing = await session.add("fan", "learned", "")
        for _ in range(2):
            await learned(here, session, {"remote": "fan", "key": "on"}, appliance=thing, key="on")
        await learned(here, session, {"remote": "fan", "key": "off"}, appliance=thing, key="off")
        assert [each["learned"] for each in session.things()] == [["off", "on"]]
        assert set(notebook_of(await here.kept.of("broadlink", here.registration.key)).codes) == {"c2", "c3"}
        assert "power" not in session.describe()[1].narrowing, "there is a pair of keys now"
        await stages(session, invoke(own(session), "forgetCode", {"code": "c3"}))
        assert session.describe()[1].narrowing["power"]["readOnly"]
        assert isinstance(await refused(session, invoke(own(session), "forgetCode", {"code": "c3"})), Unknown)
        assert isinstance(await refused(session, invoke(own(session), "send", {"code": "c3"})), Unknown)
        await session.remove(thing)
        assert notebook_of(await here.kept.of("broadlink", here.registration.key)).codes == {}
        with pytest.raises(Unknown):
            await session.remove(thing)


@pytest.mark.parametrize("model", [RM_MINI, RM_PRO])
async def test_nobody_presses_a_key_or_somebody_stops_it(model: int) -> None:
    async with room(model=model) as here, here.session() as session:
        task = asyncio.create_task(stages(session, invoke(own(session), "learn")))
        while not task.done():
            await asyncio.sleep(0.01)
            here.clock.advance(2.0)
        end = (await task)[-1]
        assert (end.state, end.output) == (AckState.FAILED, {"result": "failed"})
        assert end.error is not None
        assert "no key was pressed in time" in end.error["detail"]
        percents = [stage.percent for stage in (await task)[:-1]]
        assert percents == sorted(percents, key=lambda percent: percent or 0)
        command = invoke(own(session), "identifyBrand")
        task = asyncio.create_task(stages(session, command))
        await listening(here, session)
        await session.cancel(command.id)
        end = (await task)[-1]
        assert (end.state, end.output) == (AckState.CANCELLED, {"result": "cancelled"})
        with pytest.raises(StateConflict):
            await session.cancel(command.id)


async def test_learning_outlives_a_link_that_is_gone_for_some_seconds() -> None:
    async with room() as here, here.session() as session:
        task = asyncio.create_task(stages(session, invoke(own(session), "learn")))
        await listening(here, session)
        network = here.home.unit("eye").network
        network.set(silent=True)
        began = here.clock.monotonic()
        while here.clock.monotonic() - began < 12.0:  # longer than the patience of one question
            await asyncio.sleep(0.01)
            here.clock.advance(0.3)
        network.set(silent=False)
        here.press("fan", "on")
        while not task.done():
            await asyncio.sleep(0.01)
            here.clock.advance(0.2)
        assert (await task)[-1].state is AckState.COMPLETED


async def test_while_it_listens_it_neither_sends_nor_listens_for_another() -> None:
    async with room("fan") as here, here.session() as session:
        thing = await session.add("fan", "sirc-fan", "")
        command = invoke(own(session), "learn")
        task = asyncio.create_task(stages(session, command))
        await listening(here, session)
        for other in (
            invoke(own(session), "learn"),
            invoke(own(session), "identifyBrand"),
            invoke(own(session), "send", {"raw": RAW, "carrier": 38000}),
            write(thing, "power", True),
        ):
            assert isinstance(await refused(session, other), StateConflict)
        await session.cancel(command.id)
        await task
        await stages(session, write(thing, "power", True))
        assert here.real("fan")["power"] is True


async def test_it_tells_whose_remote_it_hears() -> None:
    async with room() as here, here.session() as session:
        task = asyncio.create_task(stages(session, invoke(own(session), "identifyBrand")))
        await listening(here, session)
        here.press("air-conditioner")
        output = (await task)[-1].output
        LIBRARY.model("ir-remote", 1).instance(session.describe()[0]).check_output("identifyBrand", output)
        assert (output["protocol"], output["candidates"][0]["kind"]) == ("climate-8", "air-conditioner")
        assert await here.kept.of("broadlink", here.registration.key) == {}, "what is only recognised is not kept"


async def test_codes_that_would_harm_a_diode_are_refused_before_anything_is_sent() -> None:
    async with room() as here, here.session() as session:
        for asked in (
            {"raw": [400_000, 500], "carrier": 38000},
            {"raw": [19_000, 100] * 20, "carrier": 38000},
            {"raw": [560] * 2000, "carrier": 38000},
            {"raw": [], "carrier": 38000},
            {"raw": RAW, "carrier": 1_000},
            {"raw": RAW, "carrier": 38000, "repeat": 500},
            {},
        ):
            assert isinstance(await refused(session, invoke(own(session), "send", asked)), SchemaViolation)
        assert here.eye.truth()["sent"] == 0
        assert isinstance(await refused(session, write(own(session), "bindsTo", [])), ReadOnly)
        assert isinstance(await refused(session, invoke(own(session), "dance")), Unknown)
        assert isinstance(await refused(session, write("ac-nobody", "power", True)), Unknown)
        assert isinstance(await refused(session, invoke(own(session), "learn", {"appliance": "x", "key": "No Key"})), SchemaViolation)


async def test_what_a_virtual_thing_shows_is_assumed_true_once_read_and_stale_when_in_doubt() -> None:
    async with room("uhd-tv", "air-conditioner") as here, here.session() as session:
        tv, ac = await session.add("uhd-tv", "nec-tv", ""), await session.add("air-conditioner", "climate-8", "")
        described = {each.id: each for each in session.describe()}
        assert described[tv].locality is described[ac].locality is Locality.ASSUMED
        assert described[own(session)].locality is Locality.LOCAL
        await stages(session, write_many(ac, {"power": True, "targetTemperature": 20}))
        await stages(session, invoke(ac, "setComfort", {"mode": "cool", "fanMode": "low"}))
        assert (here.real("air-conditioner")["fanMode"], here.real("air-conditioner")["targetTemperature"]) == ("low", 20)
        assert isinstance(await refused(session, invoke(ac, "setComfort", {"sleepMode": "on"})), SchemaViolation)
        report = told(session)[-1]
        assert {*report.quality.values()} == {Quality.ASSUMED}
        assert report.values["faults"] == []
        assert isinstance(await refused(session, write(tv, "power", True)), ReadOnly)
        assert session.believe(tv, {"power": False}) is True
        assert told(session)[-1].quality["power"] is Quality.GOOD
        await stages(session, write(tv, "power", True))
        assert here.real("uhd-tv")["power"] is True
        assert told(session)[-1].quality["power"] is Quality.ASSUMED
        assert session.believe(ac, {"power": False, "nonsense": 1, "targetTemperature": "hot"}) is True
        assert (told(session)[-1].values["power"], told(session)) == (False, [])
        for device, values in (("nobody", {"power": True}), (tv, {}), (tv, {"nonsense": 1}), (tv, {"power": "on"})):
            assert session.believe(device, values) is False
        here.home.unit("eye").network.set(silent=True)
        task = asyncio.create_task(stages(session, write(ac, "mode", "heat")))
        while not task.done():
            await asyncio.sleep(0.01)
            here.clock.advance(0.3)
        with pytest.raises(TimedOut):
            await task
        report = told(session)[-1]
        assert (report.values["mode"], report.quality["mode"]) == ("cool", Quality.STALE)
        here.home.unit("eye").network.set(silent=False)
        await stages(session, write(ac, "mode", "heat"))
        assert {*told(session)[-1].quality.values()} == {Quality.ASSUMED}


async def test_what_turns_something_over_is_never_said_twice() -> None:
    async with room("uhd-tv") as here, here.session() as session:
        tv = await session.add("uhd-tv", "nec-tv", "")
        here.home.unit("eye").network.set(silent=True)
        asked = here.context.clock.monotonic()
        task = asyncio.create_task(stages(session, invoke(tv, "sendKey", {"key": "power"})))
        while not task.done():
            await asyncio.sleep(0.01)
            here.clock.advance(0.3)
        with pytest.raises(TimedOut):
            await task
        assert here.context.clock.monotonic() - asked >= line.ONCE
        here.home.unit("eye").network.set(silent=False)
        network = here.home.unit("eye").network
        network.set(twice=0.0, delay=1.0)
        before = here.eye.truth()["sent"]
        await stages(session, invoke(tv, "sendKey", {"key": "power"}))
        assert here.eye.truth()["sent"] == before + 1


async def test_a_channel_is_dialled_with_a_pause_between_the_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    async with room("set-top-box") as here, here.session() as session:
        box = await session.add("set-top-box", "rc5-box", "")
        bursts, began = lit(here, monkeypatch), here.context.clock.monotonic()
        await stages(session, write(box, "channel", 12))
        assert here.context.clock.monotonic() - began >= PAUSE
        assert len(bursts) == 2
        assert told(session)[-1].values["channel"] == 12
        await stages(session, invoke(box, "setChannel", {"number": 5}))
        assert told(session)[-1].values["channel"] == 5
        assert isinstance(await refused(session, invoke(box, "setChannel", {"name": "News"})), SchemaViolation)
        await stages(session, invoke(box, "sendKey", {"key": "channel-up"}))
        assert "channel" not in told(session)[-1].values, "nobody knows which comes next"


async def test_a_transmitter_that_forgot_us_lets_us_in_again() -> None:
    async with room("fan", quirks=["forgetful"]) as here, here.session() as one:
        fan = await one.add("fan", "sirc-fan", "")
        async with here.session() as other:
            await other.refresh()
            await stages(one, write(fan, "power", True))
            assert here.real("fan")["power"] is True
            await other.refresh()


async def test_its_watchdog_is_fed_so_that_it_does_not_restart_in_a_home_without_the_cloud() -> None:
    async with room(quirks=["watchdog"]) as here, here.session() as session:
        for _ in range(4):
            here.eye.clock.shift(3 * session.interval)
            await session.refresh()
        assert admitted(session) == 1, "let in once, and never forgotten"


def admitted(session: RemoteSession) -> int:
    """Return the number under which the transmitter has let us in: how often it has let somebody in."""
    transmitter = session._transmitter
    assert isinstance(transmitter, BroadlinkTransmitter)
    return transmitter._line._we.client


async def test_a_locked_one_and_one_of_another_sort_say_so_and_a_refused_code_too() -> None:
    async with room() as here:
        for facts, why in (({"locked": "1"}, "it is locked"), ({"model": "0x6111"}, "no infrared transmitter"), ({"model": ""}, "search")):
            wrong = replace(here.registration, facts={**here.registration.facts, **facts})
            with pytest.raises(DeviceFailure, match=why):
                async with DRIVER.open(wrong, here.context):
                    pass
        async with here.session() as session:
            long = [900, 9000] * 500
            error = await refused(session, invoke(own(session), "send", {"raw": long[:670], "carrier": 38000}))
            assert isinstance(error, SchemaViolation), "longer than three seconds"
            with pytest.raises(DeviceFailure, match="too long for it"):
                await session._transmitter.send(Burst((600, 9000) * 400))


async def test_it_measures_what_its_model_does_and_no_cold_out_of_the_blue() -> None:
    async with room(model=RM_PRO, temperature=-2.5) as here, here.session() as session:
        await session.refresh()
        assert (told(session)[0].values["temperature"], [*session.describe()[0].additions["properties"]]) == (-2.5, ["temperature"])
    async with room(quirks=["no-sensor"]) as here, here.session() as session:
        await session.refresh()
        assert "temperature" not in told(session)[0].values
        assert session.describe()[0].additions == {}
    async with room(temperature=-7.0) as here, here.session() as session:
        transmitter = session._transmitter
        assert isinstance(transmitter, BroadlinkTransmitter)
        assert "temperature" not in transmitter._measured, "out of the blue"
        transmitter._take({"temperature": -6.5, "humidity": 80.0})
        await session.refresh()
        assert told(session)[0].values["temperature"] == -7.0, "it was nearly so before: there is such a winter"
    async with room(quirks=["cold"], temperature=21.5, humidity=40.0) as here, here.session() as session:
        for _ in range(12):
            await session.refresh()
        shown = {report.values["temperature"] for report in told(session) if "temperature" in report.values}
        assert shown == {21.5}
        assert set(session.describe()[0].additions["properties"]) == {"temperature", "humidity"}


async def test_there_is_an_end_to_codes_and_to_things_and_what_is_kept_may_be_damaged() -> None:
    code = {"id": "c1", "name": "n", "protocol": "raw", "carrier": 38000, "pulses": [500, 500, 500]}
    async with room() as here:
        full = {"codes": [{**code, "id": f"c{number}"} for number in range(1, MOST_CODES + 1)]}
        things = [{"id": f"fan-{number}", "kind": "fan", "codes": "sirc-fan", "title": ""} for number in range(MOST_THINGS)]
        await here.kept.put("broadlink", here.registration.key, {"version": 1, **full, "things": things})
        async with here.session() as session:
            assert isinstance(await refused(session, invoke(own(session), "learn")), StateConflict)
            with pytest.raises(StateConflict):
                await session.add("fan", "sirc-fan", "")
            assert len(session.describe()) == MOST_THINGS + 1
        for damaged in (
            {"version": 2, "codes": [code]},
            {"codes": [{**code, "pulses": "x"}, 3, {"id": "c2"}, {**code, "pulses": [400_000, 1, 1]}], "things": [{}, {"id": "c"}]},
            {"things": [{"id": "x-1", "kind": "refrigerator", "codes": "learned", "title": ""}], "said": {"x": 1}},
            {"things": [{"id": "x-1", "kind": "fan", "codes": "no-such", "title": ""}]},
        ):
            await here.kept.put("broadlink", here.registration.key, damaged)
            async with here.session() as session:
                assert len(session.describe()) == 1, damaged


async def test_a_replayed_answer_and_strangers_datagrams_change_nothing() -> None:
    async with room("fan") as here, here.session() as session:
        fan = await session.add("fan", "sirc-fan", "")
        network = here.home.unit("eye").network
        network.set(twice=1.0, garbled=0.3)
        done: list[Progress | CommandError] = []
        for turn in range(6):
            try:
                done += (await stages(session, write(fan, "power", turn % 2 == 0)))[-1:]
            except CommandError as error:
                done.append(error)
        assert all(isinstance(each, TimedOut | Progress) for each in done)
        network.set(twice=0.0, garbled=0.0)
        await stages(session, write(fan, "power", True))
        assert here.real("fan")["power"] is True


async def test_who_is_gone_is_offline_and_nothing_was_sent() -> None:
    async with room("fan") as here:
        async with here.session() as session:
            fan = await session.add("fan", "sirc-fan", "")
        gone = replace(here.registration, address="127.255.255.250")
        with pytest.raises((Offline, TimedOut, OSError)):
            async with DRIVER.open(gone, here.context):
                pass
        with pytest.raises(ConnectionResetError):
            await anext(aiter_after(session))
        assert fan


async def aiter_after(session: RemoteSession) -> Any:
    """Yield the reports that are still there of a session that is closed."""
    await until(session._transmitter.closed.done, "it is closed")
    async for report in session.reports():
        if report is None:
            yield report


async def test_under_the_supervisor_its_things_are_reached_while_it_is_there() -> None:
    async with room("uhd-tv") as here:
        sink = RecordingSink()
        async with Supervisor(sink, here.context, lambda _: DRIVER, limits=LIMITS) as supervisor:
            supervisor.add(here.registration)
            await until(lambda: sink.attached, "it is attached")
            (transmitter,) = sink.attached
            remote = supervisor.remote(transmitter)
            assert remote is not None
            tv = await remote.add("uhd-tv", "nec-tv", "")
            await until(lambda: tv in sink.attached, "what it speaks for is attached too")
            assert (found := supervisor.remote(tv)) is not None
            assert found.things() == remote.things()
            assert supervisor.remote("nobody") is None
            carried = sink.sessions[tv]
            assert isinstance(carried, Carried)
            assert carried.believe(tv, {"power": True}) is True
            assert carried.believe("nobody", {"power": True}) is False
            await until(lambda: sink.quality.get(tv, {}).get("power") is Quality.GOOD, "it is believed")
            await remote.remove(tv)
            await until(lambda: (tv, "the unit does not carry it any more") in sink.detached, "it is let go of")
            assert supervisor.remote(tv) is None
            here.home.unit("eye").appliance.mains("off")
            supervisor.again("broadlink", here.registration.key)
            await until(lambda: supervisor.remote(transmitter) is None, "it is away")
            assert carried.believe(transmitter, {"power": True}) is False
            assert carried.remote() is None
