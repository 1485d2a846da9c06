"""Learning from a real pulse train, keeping it, and sending it into the room to the pulse."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.air import Air, Burst
from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.infrared import climate, nec
from firmware_sim.infrared.climate import Climate
from firmware_sim.infrared.keys import TV_ADDRESS, TV_KEYS
from firmware_sim.infrared.nec import Nec
from firmware_sim.models.ir_remote import IrRemote
from firmware_sim.models.uhd_tv import UhdTv
from firmware_sim.notice import Notice, Staged
from firmware_sim.refusal import Refusal
from tests.firmware_sim.test_infrared import received

Build = Callable[..., Appliance]
Heard = Callable[[Appliance], list[Notice]]
VOLUME_UP = nec.encode(Nec(TV_ADDRESS, TV_KEYS["volume-up"]))


@pytest.fixture
def remote(build: Build) -> Appliance:
    return build("ir-remote", seed=1)


@pytest.fixture
def air(remote: Appliance) -> Air:
    """The air of the room the remote stands in."""
    assert isinstance(remote.model, IrRemote)
    remote.model.enter(air := Air())
    return air


def press(remote: Appliance, burst: Burst) -> None:
    remote.touch({"infrared": {"raw": list(burst.pulses), "carrier": burst.carrier}})


def learn(remote: Appliance, burst: Burst, **named: str) -> str:
    run = remote.invoke("learn", named)
    press(remote, burst)
    assert run.last.state == "completed", run.last
    return str(run.last.output["code"])


def sent(remote: Appliance, air: Air, code: str, **more: int) -> list[Burst]:
    bursts: list[Burst] = []
    end = air.listen(bursts.append)
    remote.invoke("send", {"code": code, **more})
    end()
    return bursts


@pytest.mark.parametrize("burst", [VOLUME_UP, climate.encode(Climate(power=True, temperature=24, fan="low"))], ids=["nec", "climate"])
def test_what_was_learned_through_a_shaky_receiver_is_sent_clean_to_the_pulse(remote: Appliance, air: Air, burst: Burst) -> None:
    code = learn(remote, received(burst, Random(3)))
    assert sent(remote, air, code) == [burst]


@given(pulses=st.lists(st.integers(200, 30_000), min_size=8, max_size=400).filter(lambda pulses: len(pulses) % 2 == 1))
def test_a_code_of_an_unknown_encoding_is_sent_as_it_was_heard(pulses: list[int]) -> None:
    remote = make_appliance("ir-remote", seed=1, clock=SimulatorClock(wall=lambda: 1.8e9))
    assert isinstance(remote.model, IrRemote)
    remote.model.enter(air := Air())
    burst = Burst(tuple(pulses), 36_000)
    code = learn(remote, burst)
    assert sent(remote, air, code) == [burst]
    assert remote.values()["carrier"] == 36_000


def test_learning_names_the_code_tells_its_encoding_and_ends_at_once(remote: Appliance, heard: Heard) -> None:
    notices = heard(remote)
    run = remote.invoke("learn", {"name": "Louder", "appliance": "tv-living", "key": "volume-up"})
    assert remote.values()["operatingState"] == "learning"
    remote.advance(7)
    press(remote, VOLUME_UP)
    assert run.last.output == {"result": "done", "code": "c1", "protocol": "nec", "carrier": 38_000, "pulses": 67}
    assert remote.values()["operatingState"] == "idle"
    entry = {"id": "c1", "name": "Louder", "appliance": "tv-living", "key": "volume-up", "protocol": "nec", "carrier": 38_000}
    assert remote.values()["codes"] == [entry]
    assert remote.events("codeLearned")[-1].data == {"code": "c1", "name": "Louder", "protocol": "nec"}
    assert {notice.stage.phase for notice in notices if isinstance(notice, Staged)} == {"listening"}


def test_learning_gives_up_after_thirty_seconds_and_leaves_nothing(remote: Appliance) -> None:
    run = remote.invoke("learn", {})
    remote.advance(29)
    assert run.last.state == "running"
    remote.advance(2)
    assert (run.last.state, run.last.output) == ("failed", {"result": "failed"})
    assert remote.values()["codes"] == []
    press(remote, VOLUME_UP)
    assert remote.values()["codes"] == [], "a key pressed later teaches nothing"


def test_lamps_and_carriers_out_of_band_are_not_learned(remote: Appliance) -> None:
    run = remote.invoke("learn", {})
    press(remote, Burst((300, 9000, 300), 38_000))
    press(remote, Burst(VOLUME_UP.pulses, 20_000))
    assert run.last.state == "running"
    press(remote, VOLUME_UP)
    assert run.last.state == "completed"


def test_learning_can_be_cancelled_and_a_power_cut_fails_it(remote: Appliance) -> None:
    remote.invoke("learn", {}, id="first")
    remote.cancel("first")
    assert remote.invocation("first").last.state == "cancelled"
    run = remote.invoke("learn", {})
    remote.mains("off")
    assert run.last.state == "failed"
    remote.mains("on")
    assert remote.values()["operatingState"] == "idle"


def test_it_does_not_send_while_it_listens(remote: Appliance) -> None:
    code = learn(remote, VOLUME_UP)
    remote.invoke("learn", {})
    with pytest.raises(Refusal) as refused:
        remote.invoke("send", {"code": code})
    assert (refused.value.code, refused.value.constraint) == ("state-conflict", "ir-send-listening")
    with pytest.raises(Refusal, match="running already"):
        remote.invoke("learn", {})
    with pytest.raises(Refusal, match="listens already"):
        remote.invoke("identifyBrand")


def test_raw_pulses_are_sent_as_given_and_as_often(remote: Appliance, air: Air) -> None:
    bursts: list[Burst] = []
    air.listen(bursts.append)
    remote.invoke("send", {"raw": [9000, 4500, 560], "carrier": 40_000, "repeat": 2})
    assert bursts == [Burst((9000, 4500, 560), 40_000)] * 3
    assert remote.values()["carrier"] == 40_000


@pytest.mark.parametrize("input", [{}, {"raw": [1, 2]}, {"code": "c1", "raw": [1, 2], "carrier": 38_000}, {"carrier": 38_000}])
def test_a_send_without_a_code_or_with_both_is_refused(remote: Appliance, input: dict[str, object]) -> None:
    learn(remote, VOLUME_UP)
    with pytest.raises(Refusal) as refused:
        remote.invoke("send", input)
    assert refused.value.code == "schema"


def test_codes_are_forgotten_one_by_one_and_never_share_an_id(remote: Appliance, air: Air) -> None:
    first, second = learn(remote, VOLUME_UP), learn(remote, nec.encode(Nec(1, 1)))
    remote.invoke("forgetCode", {"code": first})
    assert [code["id"] for code in remote.values()["codes"]] == [second]
    with pytest.raises(Refusal) as refused:
        sent(remote, air, first)
    assert refused.value.code == "unknown"
    assert learn(remote, VOLUME_UP) not in (first, second)


def test_a_full_memory_says_so(remote: Appliance) -> None:
    for number in range(256):
        learn(remote, nec.encode(Nec(9, number)))
    with pytest.raises(Refusal, match="forget one first"):
        remote.invoke("learn", {})


def test_codes_outlive_the_program_to_the_pulse(tmp_path: Path) -> None:
    clock = SimulatorClock(wall=lambda: 1.8e9)
    before = make_appliance("ir-remote", identifier="ir", seed=1, clock=clock, state=tmp_path)
    burst = Burst((300, 500, 700) * 5, 36_000)
    code = learn(before, burst)
    before.remember(last=True)
    after = make_appliance("ir-remote", identifier="ir", seed=1, clock=clock, state=tmp_path)
    assert after.values()["codes"] == before.values()["codes"]
    assert isinstance(after.model, IrRemote)
    after.model.enter(air := Air())
    assert sent(after, air, code) == [burst]
    after.advance(1)
    assert learn(after, VOLUME_UP) != code


def test_a_brand_is_recognised_by_one_key(remote: Appliance) -> None:
    run = remote.invoke("identifyBrand")
    assert remote.values()["operatingState"] == "identifying"
    press(remote, VOLUME_UP)
    assert run.last.output["candidates"][0] == {"brand": "Hulian Sim TV", "kind": "uhd-tv", "likelihood": 0.9}
    assert remote.values()["codes"] == []
    run = remote.invoke("identifyBrand")
    press(remote, Burst((300, 500, 700) * 5, 36_000))
    assert (run.last.output["protocol"], run.last.output["candidates"]) == ("raw", [])


def test_a_television_in_the_room_obeys_a_learned_key(build: Build, remote: Appliance, air: Air) -> None:
    television = build("uhd-tv", seed=1)
    assert isinstance(television.model, UhdTv)
    television.model.enter(air)
    power = learn(remote, nec.encode(Nec(TV_ADDRESS, TV_KEYS["power"])))
    assert television.model.settings["power"] is True, "it heard the original key while that was learned"
    louder = learn(remote, nec.encode(Nec(TV_ADDRESS, TV_KEYS["mute"])))
    television.advance(10)
    assert television.values()["mute"] is True
    sent(remote, air, louder)
    sent(remote, air, power)
    remote.advance(1)
    television.advance(1)
    assert (television.values()["mute"], television.values()["power"]) == (False, False)
    foreign = learn(remote, nec.encode(Nec(TV_ADDRESS + 1, TV_KEYS["power"])))
    sent(remote, air, foreign)
    television.advance(1)
    assert television.values()["power"] is False, "another maker's key means nothing to it"


def test_a_book_in_front_of_it_is_found_by_the_diagnosis_and_lets_nothing_through(remote: Appliance, air: Air) -> None:
    code = learn(remote, VOLUME_UP)
    remote.touch({"covered": True})
    assert sent(remote, air, code) == []
    run = remote.invoke("learn", {})
    press(remote, VOLUME_UP)
    assert run.last.state == "running"
    remote.cancel(run.id)
    checked = remote.invoke("runDiagnostics", {"level": "quick"})
    remote.advance(30)
    assert {check["name"]: check["result"] for check in checked.last.output["checks"]}["diodes-and-receiver"] == "fail"


def test_on_a_battery_it_runs_without_mains_until_it_is_empty(build: Build) -> None:
    remote = build("ir-remote", seed=1, features=("BAT",))
    remote.mains("off")
    code = learn(remote, VOLUME_UP)
    remote.invoke("send", {"code": code})
    before = remote.truth()["battery"]
    remote.advance(86400)
    assert 60 < 100 / (before - remote.truth()["battery"]) < 400, "days of waiting"
    remote.touch({"battery": 0})
    assert [fault["code"] for fault in remote.values()["faults"]] == ["BATTERY.LOW"]
    with pytest.raises(Refusal, match="empty"):
        remote.invoke("send", {"code": code})


def test_sending_costs_the_diodes_energy(remote: Appliance, air: Air) -> None:
    code = learn(remote, VOLUME_UP)
    before = remote.truth()["energy"]
    remote.advance(60)
    idle = remote.truth()["energy"] - before
    sent(remote, air, code, repeat=20)
    before = remote.truth()["energy"]
    remote.advance(60)
    seconds = 21 * (VOLUME_UP.seconds + 0.04)
    assert remote.truth()["energy"] - before - idle == pytest.approx(1.7 * seconds / 3.6e6, rel=0.02)
