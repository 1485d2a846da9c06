"""Door lock, camera, alarm, valve and presence sensor: who may do what, what latches, and what is never said aloud."""

import json
from collections.abc import Callable

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.models.door_lock import DoorLock
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]


def refused(call: Callable[[], object]) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value.code, caught.value.constraint


def unlock(lock: Appliance, token: str, *, confirmed: bool = True) -> object:
    return lock.invoke("unlock", {"token": token}, confirmed=confirmed)


def test_a_lock_opens_to_a_person_with_the_token_only(build: Build) -> None:
    lock = build("door-lock", seed=1)
    assert refused(lambda: lock.write({"locked": False}))[0] == "read-only"
    assert refused(lambda: unlock(lock, DoorLock.TOKEN, confirmed=False))[0] == "needs-confirm"
    assert refused(lambda: lock.invoke("unlock", {}, confirmed=True))[0] == "schema"
    assert refused(lambda: unlock(lock, "000000"))[0] == "forbidden"
    assert lock.values()["locked"] is True
    unlock(lock, DoorLock.TOKEN)
    assert lock.values()["locked"] is False
    assert lock.events("operated")[-1].data == {"operation": "unlock", "method": "remote", "result": "done"}


def test_five_wrong_tries_block_the_right_one_for_five_minutes(build: Build) -> None:
    lock = build("door-lock", seed=1)
    for _ in range(5):
        refused(lambda: unlock(lock, "000000"))
    lock.advance(1)
    assert lock.values()["triesBlocked"] is True
    assert list(lock.pending()) == ["triesBlocked"]
    assert lock.events("tamper")[-1].data == {"kind": "tries"}
    assert refused(lambda: unlock(lock, DoorLock.TOKEN)) == ("rate", "lock-tries")
    lock.advance(290)
    assert lock.values()["triesBlocked"] is True
    lock.advance(15)
    unlock(lock, DoorLock.TOKEN)
    assert lock.values()["locked"] is False


def test_wrong_tries_over_a_long_time_do_not_add_up(build: Build) -> None:
    lock = build("door-lock", seed=1)
    for _ in range(8):
        refused(lambda: unlock(lock, "000000"))
        lock.advance(120)
    assert lock.values()["triesBlocked"] is False


def test_a_lock_locks_again_by_itself_but_not_with_the_door_open(build: Build) -> None:
    lock = build("door-lock", seed=1)
    unlock(lock, DoorLock.TOKEN)
    lock.touch({"door": "open"})
    lock.advance(120)
    assert lock.values()["locked"] is False
    assert refused(lambda: lock.invoke("lock"))[0] == "state-conflict"
    lock.touch({"door": "closed"})
    lock.advance(40)
    assert lock.values()["locked"] is True
    assert lock.events("operated")[-1].data["method"] == "auto"


def test_a_bolted_door_does_not_open(build: Build) -> None:
    lock = build("door-lock", seed=1)
    lock.touch({"door": "open"})
    assert lock.values()["doors"] == [{"id": "door", "open": False}]


def test_who_came_home_is_told_as_a_hash(build: Build) -> None:
    lock = build("door-lock", seed=1)
    lock.touch({"finger": "grandmother"})
    told = lock.events("operated")[-1].data
    assert (told["method"], told["result"]) == ("fingerprint", "done")
    assert "grandmother" not in json.dumps(told["by"])


def test_a_lock_does_not_care_for_the_mains(build: Build) -> None:
    lock = build("door-lock", seed=1)
    lock.mains("off")
    lock.advance(60)
    assert lock.powered
    lock.mains("sag")
    assert lock.values()["faults"] == []


def test_a_low_battery_is_told_once_and_goes_with_new_cells(build: Build) -> None:
    lock = build("door-lock", seed=1)
    lock.touch({"battery": 10})
    lock.advance(600)
    assert [fault["code"] for fault in lock.values()["faults"]] == ["BATTERY.LOW"]
    assert len(lock.events("faultRaised")) == 1
    lock.touch({"battery": 100})
    assert lock.values()["faults"] == []


def test_prying_at_a_lock_latches_until_it_is_reset_from_inside(build: Build) -> None:
    lock = build("door-lock", seed=1)
    lock.touch({"pry": True})
    lock.advance(3600)
    assert lock.values()["faults"][0]["code"] == "SAFETY.TAMPER"
    lock.touch({"inside": "reset"})
    assert lock.values()["faults"] == []


def test_privacy_shuts_a_camera_and_only_a_person_ends_it(build: Build) -> None:
    camera = build("camera", seed=1)
    camera.write({"privacy": True})
    assert (camera.values()["privacy"], camera.values()["power"]) == (True, False)
    assert refused(lambda: camera.write({"power": True})) == ("state-conflict", "camera-privacy-holds")
    assert refused(lambda: camera.write({"power": True, "privacy": False})) == ("needs-confirm", "camera-privacy-lift")
    assert refused(lambda: camera.invoke("getStream")) == ("state-conflict", "camera-stream-on")
    camera.touch({"walk": "door"})
    camera.advance(1)
    assert camera.events("motion") == ()
    camera.write({"privacy": False}, confirmed=True)
    assert camera.values()["power"] is False, "ending privacy does not open the shutter"
    camera.write({"power": True})
    camera.touch({"walk": "door"})
    assert camera.events("motion")[-1].data["zone"] == "door"


def test_a_stream_is_named_to_the_one_who_asks_and_nowhere_else(build: Build, heard: Callable[[Appliance], list[object]]) -> None:
    camera = build("camera", seed=1)
    notices = heard(camera)
    first = camera.invoke("getStream", {"quality": "high"}).last.output
    second = camera.invoke("getStream").last.output
    assert first["url"] != second["url"]
    assert 1 <= first["validFor"] <= 600
    camera.advance(60)
    said = json.dumps([camera.values(), [str(camera.events(name)) for name in camera.surface.events]])
    assert first["url"] not in said
    assert not any(first["url"] in str(notice) for notice in notices if type(notice).__name__ in ("Changed", "Raised"))


@pytest.mark.parametrize(("name", "value", "shown"), [("smokeDensity", 0.3, "smoke"), ("gasLel", 20, "gasAlarm")])
def test_smoke_and_gas_alarm_at_once_and_stop_with_clean_air(build: Build, name: str, value: float, shown: str) -> None:
    alarm = build("smoke-gas-alarm", seed=1)
    alarm.touch({name: value})
    assert alarm.values()[shown] == "critical"
    assert alarm.truth()["sounding"] is True
    assert refused(lambda: alarm.invoke("selfTest"))[0] == "state-conflict"
    alarm.touch({name: 0})
    assert alarm.values()[shown] == "normal"
    assert [event.data["level"] for event in alarm.events("alarm")] == ["critical", "normal"]


@pytest.mark.parametrize(
    ("ppm", "quiet", "loud"),
    [(300, 60, 180), (100, 600, 2400), (50, 3600, 5400)],
    ids=["300 ppm: within 3 min", "100 ppm: 10 to 40 min", "50 ppm: 60 to 90 min"],
)
def test_carbon_monoxide_alarms_by_its_dose_as_en_50291_asks(build: Build, ppm: float, quiet: float, loud: float) -> None:
    alarm = build("smoke-gas-alarm", seed=1)
    alarm.touch({"coPpm": ppm})
    alarm.advance(quiet)
    assert alarm.values()["co"] != "critical"
    alarm.advance(loud - quiet)
    assert alarm.values()["co"] == "critical"


def test_thirty_ppm_are_borne_for_two_hours(build: Build) -> None:
    alarm = build("smoke-gas-alarm", seed=1)
    alarm.touch({"coPpm": 30})
    alarm.advance(2 * 3600)
    assert alarm.values()["co"] == "normal"


def test_a_self_test_takes_half_a_minute_and_fails_on_a_worn_sensor(build: Build) -> None:
    alarm = build("smoke-gas-alarm", seed=1)
    run = alarm.invoke("selfTest")
    alarm.advance(25)
    assert alarm.truth()["sounding"] is True
    alarm.advance(10)
    assert run.last.output == {"result": "passed"}
    alarm.touch({"age": 90000})
    assert alarm.values()["endOfService"] is True
    assert [fault["code"] for fault in alarm.values()["faults"]] == ["LIFE.SENSOR-END"]
    run = alarm.invoke("selfTest")
    alarm.advance(35)
    assert run.last.output == {"result": "failed"}


def test_an_alarm_with_a_battery_goes_on_in_a_power_cut(build: Build) -> None:
    alarm = build("smoke-gas-alarm", seed=1)
    alarm.mains("off")
    alarm.touch({"smokeDensity": 0.5})
    alarm.advance(60)
    assert (alarm.values()["smoke"], alarm.values()["mains"]) == ("critical", "interrupted")


def test_an_alarm_says_nothing_of_what_it_cannot_sense(build: Build) -> None:
    alarm = build("smoke-gas-alarm", seed=1, features=("SMK", "BAT"))
    alarm.touch({"gasLel": 50, "coPpm": 3000})
    alarm.advance(600)
    assert alarm.events("alarm") == ()
    assert alarm.truth()["sounding"] is False


def test_a_leak_shuts_the_water_off_and_a_person_opens_it_again(build: Build) -> None:
    valve = build("water-valve", seed=1)
    valve.touch({"demand": 0.2})
    valve.advance(10)
    assert valve.values()["flow"] == 0.2
    valve.touch({"leak": True})
    assert (valve.values()["open"], valve.values()["leak"], valve.values()["closedByLeak"]) == (False, True, True)
    valve.advance(10)
    assert valve.values()["flow"] == 0
    assert refused(lambda: valve.write({"open": True}, confirmed=True)) == ("state-conflict", "valve-leak-holds")
    valve.touch({"leak": False})
    assert refused(lambda: valve.write({"open": True})) == ("needs-confirm", "valve-leak-asks")
    assert [fault["code"] for fault in valve.values()["faults"]] == ["WATER.LEAK"]
    valve.write({"open": True}, confirmed=True)
    assert (valve.values()["open"], valve.values()["closedByLeak"], valve.values()["faults"]) == (True, False, [])


def test_closing_the_water_needs_no_word(build: Build) -> None:
    valve = build("water-valve", seed=1)
    valve.write({"open": False})
    assert valve.values()["open"] is False
    valve.write({"open": True})
    assert valve.values()["open"] is True


def test_somebody_counts_as_there_until_the_hold_time_is_over(build: Build) -> None:
    sensor = build("presence-sensor", seed=1)
    sensor.write({"holdTime": 120})
    sensor.touch({"person": True})
    assert sensor.values()["occupied"] is True
    sensor.advance(3600)
    sensor.touch({"person": False})
    sensor.advance(100)
    assert sensor.values()["occupied"] is True
    sensor.advance(30)
    assert sensor.values()["occupied"] is False


def test_a_contact_alone_is_a_list_of_one_door(build: Build) -> None:
    sensor = build("presence-sensor", seed=1, features=("CNT", "BAT"))
    sensor.touch({"door": "open"})
    assert sensor.values()["doors"] == [{"id": "door", "open": True}]
    assert "occupied" not in sensor.values()
