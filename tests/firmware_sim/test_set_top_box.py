"""From mains to the normal picture, channels, keys, standby."""

from collections.abc import Callable

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.notice import Notice, Staged
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]
Heard = Callable[[Appliance], list[Notice]]


@pytest.mark.parametrize("seed", range(4))
def test_a_cold_start_goes_from_nothing_over_the_first_to_the_normal_picture_in_35_seconds(build: Build, seed: int) -> None:
    unit = build("set-top-box", seed=seed)
    unit.mains("off")
    unit.advance(30)
    unit.mains("on")
    seen = []
    for _ in range(70):
        unit.advance(0.5)
        seen.append((unit.truth()["picture"], unit.values()["playback"]))
    pictures = [picture for picture, _ in seen]
    assert list(dict.fromkeys(pictures)) == ["none", "first", "normal"]
    assert list(dict.fromkeys(playback for _, playback in seen)) == ["buffering", "playing"]
    assert unit.values()["bootTime"] == pytest.approx((pictures.index("normal") + 1) / 2, abs=0.6)
    assert unit.values()["bootTime"] <= 35


def test_standby_wakes_faster_than_a_cold_start_and_needs_little(build: Build) -> None:
    unit = build("set-top-box", seed=3)
    unit.write({"power": False})
    unit.advance(60)
    assert unit.values()["playback"] == "idle"
    assert unit.truth()["watts"] <= 0.5
    unit.write({"power": True})
    assert unit.values()["playback"] == "buffering"
    unit.advance(6)
    assert unit.values()["playback"] == "playing"


@pytest.mark.parametrize(("wish", "wakes"), [("off", False), ("on", True), ("last", False)])
def test_after_a_power_cut_it_does_as_it_was_told(build: Build, wish: str, wakes: bool) -> None:
    unit = build("set-top-box", seed=3)
    unit.write({"power": False, "powerOnState": wish})
    unit.mains("off")
    unit.mains("on")
    assert unit.values()["power"] is wakes


def test_channels_by_number_name_and_keys(build: Build) -> None:
    unit = build("set-top-box", seed=3)
    unit.invoke("setChannel", {"number": 5})
    assert unit.values()["channel"] == 5
    assert unit.values()["playback"] == "buffering"
    unit.advance(3)
    assert unit.values()["playback"] == "playing"
    unit.invoke("setChannel", {"name": "CCTV-4K"})
    assert unit.values()["channel"] == 101
    for key in ("1", "3"):
        unit.invoke("sendKey", {"key": key})
    unit.advance(4)
    assert unit.values()["channel"] == 13
    unit.invoke("sendKey", {"key": "channel-up"})
    assert unit.values()["channel"] == 16
    with pytest.raises(Refusal) as refused:
        unit.invoke("setChannel", {"name": "No such"})
    assert refused.value.code == "unknown"


def test_a_channel_without_a_programme_plays_nothing(build: Build) -> None:
    unit = build("set-top-box", seed=3)
    unit.write({"channel": 777})
    unit.advance(5)
    assert unit.values()["playback"] == "idle"


def test_volume_keys_stop_at_the_ends(build: Build) -> None:
    unit = build("set-top-box", seed=3)
    for _ in range(30):
        unit.invoke("sendKey", {"key": "volume-up"})
    assert unit.values()["volume"] == 100
    for _ in range(30):
        unit.invoke("sendKey", {"key": "volume-down"})
    assert unit.values()["volume"] == 0


def test_in_standby_channel_and_playback_are_refused_by_the_profile(build: Build) -> None:
    unit = build("set-top-box", seed=3)
    unit.invoke("sendKey", {"key": "power"})
    for attempt, constraint in (
        (lambda: unit.write({"channel": 5}), "stb-channel-on"),
        (lambda: unit.invoke("setChannel", {"number": 5}), "stb-set-channel-on"),
        (lambda: unit.invoke("playPause"), "stb-play-on"),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert (refused.value.code, refused.value.constraint) == ("state-conflict", constraint)


def test_digits_left_over_when_it_goes_to_standby_change_nothing(build: Build) -> None:
    unit = build("set-top-box", seed=3)
    unit.invoke("sendKey", {"key": "5"})
    unit.write({"power": False})
    unit.advance(10)
    assert unit.values()["channel"] == 1


def test_reboot_is_followed_to_its_end_and_cannot_be_cancelled(build: Build, heard: Heard) -> None:
    unit = build("set-top-box", seed=3)
    notices = heard(unit)
    run = unit.invoke("reboot")
    with pytest.raises(Refusal, match="cannot be cancelled"):
        unit.cancel(run.id)
    assert unit.values()["playback"] == "buffering"
    unit.advance(40)
    phases = [notice.stage.phase for notice in notices if isinstance(notice, Staged)]
    assert list(dict.fromkeys(phases)) == ["stopping", "booting"]
    assert run.last.state == "completed"
    assert unit.values()["playback"] == "playing"


def test_a_bad_line_spoils_the_picture_and_the_diagnosis_says_so(build: Build) -> None:
    unit = build("set-top-box", seed=3)
    unit.touch({"loss": 0.1})
    run = unit.invoke("runDiagnostics", {"level": "quick"})
    unit.advance(25)
    results = {check["name"]: check["result"] for check in run.last.output["checks"]}
    assert results["network"] == "fail"
    assert results["start"] == "pass"
    assert unit.values()["playback"] == "idle"
    assert run.last.output["suspects"][0]["code"] == "COMM.NO-SIGNAL"


def test_an_emergency_broadcast_is_an_event(build: Build) -> None:
    unit = build("set-top-box", seed=3)
    unit.touch({"emergencyBroadcast": {"level": 1, "text": "Flood", "area": "river bank"}})
    raised = unit.events("emergencyBroadcast")[-1]
    assert raised.document() == {
        "level": 1,
        "text": "Flood",
        "area": "river bank",
        "seq": unit.seq,
        "boot": unit.boot,
        "ts": unit.timestamp,
    }
