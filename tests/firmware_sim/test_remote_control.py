"""Keys as events, in the order a thumb makes them, and cells that last."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.models.remote_control import KEYS
from firmware_sim.notice import Notice, Raised
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]
Heard = Callable[[Appliance], list[Notice]]


@pytest.fixture
def remote(build: Build) -> Appliance:
    return build("remote-control", seed=1)


def events(notices: list[Notice]) -> list[tuple[str, dict[str, Any]]]:
    return [(notice.event, dict(notice.data)) for notice in notices if isinstance(notice, Raised)]


def press(remote: Appliance, key: str, seconds: float = 0.1) -> None:
    remote.touch({"press": {"key": key, "seconds": seconds}})


def test_a_press_is_told_before_the_release(remote: Appliance, heard: Heard) -> None:
    notices = heard(remote)
    press(remote, "ok")
    assert events(notices) == [("keyPressed", {"key": "ok"})], "nothing waits for the thumb to let go"
    remote.advance(1)
    assert events(notices) == [("keyPressed", {"key": "ok"}), ("keyReleased", {"key": "ok", "held": 0.1})]


def test_holding_is_told_every_half_second_and_ends_with_the_release(remote: Appliance, heard: Heard) -> None:
    notices = heard(remote)
    press(remote, "volume-up", 1.7)
    for _ in range(20):
        remote.advance(0.1)
    assert events(notices) == [
        ("keyPressed", {"key": "volume-up"}),
        ("keyHeld", {"key": "volume-up", "held": 0.5}),
        ("keyHeld", {"key": "volume-up", "held": 1.0}),
        ("keyHeld", {"key": "volume-up", "held": 1.5}),
        ("keyReleased", {"key": "volume-up", "held": 1.7}),
    ]


def test_presses_in_quick_succession_are_counted(remote: Appliance, heard: Heard) -> None:
    notices = heard(remote)
    for _ in range(3):
        press(remote, "home")
        remote.advance(0.3)
    remote.advance(1)
    assert [event for event, _ in events(notices)].count("keyPressed") == 3
    assert events(notices)[-1] == ("keyMultiPressed", {"key": "home", "count": 3})


def test_slow_presses_other_keys_and_long_ones_are_no_series(remote: Appliance, heard: Heard) -> None:
    notices = heard(remote)
    for key, held, pause in (("up", 0.1, 1.0), ("up", 0.1, 0.2), ("down", 0.1, 0.2), ("down", 0.8, 0.2), ("ok", 0.1, 1.0)):
        press(remote, key, held)
        remote.advance(held + pause)
    assert "keyMultiPressed" not in [event for event, _ in events(notices)]


def test_a_unit_without_the_feature_tells_no_series(build: Build, heard: Heard) -> None:
    remote = build("remote-control", seed=1, features=())
    notices = heard(remote)
    for _ in range(2):
        press(remote, "home")
        remote.advance(0.2)
    remote.advance(1)
    assert {event for event, _ in events(notices)} == {"keyPressed", "keyReleased"}


def test_a_second_key_ends_the_first(remote: Appliance, heard: Heard) -> None:
    notices = heard(remote)
    press(remote, "left", 10)
    remote.advance(0.2)
    press(remote, "right")
    remote.advance(1)
    assert [(event, data["key"]) for event, data in events(notices)] == [
        ("keyPressed", "left"),
        ("keyReleased", "left"),
        ("keyPressed", "right"),
        ("keyReleased", "right"),
    ]


def test_only_its_own_keys_can_be_pressed_and_all_are_words_of_the_standard(remote: Appliance) -> None:
    words = remote.surface.properties["keys"]["items"]["enum"]
    assert set(remote.values()["keys"]) == set(KEYS) <= set(words)
    with pytest.raises(Refusal):
        press(remote, "swing")


def test_every_key_a_television_takes_is_a_word_a_remote_has(build: Build, remote: Appliance) -> None:
    words = set(remote.surface.properties["keys"]["items"]["enum"])
    for kind in ("uhd-tv", "set-top-box"):
        assert set(build(kind).surface.actions["sendKey"]["input"]["properties"]["key"]["enum"]) <= words


def test_what_it_binds_to_is_kept(remote: Appliance) -> None:
    remote.write({"bindsTo": ["tv-living", "stb-living"]})
    assert remote.values()["bindsTo"] == ["tv-living", "stb-living"]
    with pytest.raises(Refusal):
        remote.write({"bindsTo": ["No Id"]})


def test_cells_last_about_the_two_years_makers_promise_of_an_evenings_zapping(remote: Appliance) -> None:
    """Makers of Bluetooth remotes promise about two years on two AAA cells (m); a hundred presses a day."""
    remote.touch({"battery": 100})
    remote.advance(3600)
    hourly = 100 - remote.truth()["battery"]
    before = remote.truth()["battery"]
    for _ in range(100):
        press(remote, "channel-up")
        remote.advance(1)
    presses = before - remote.truth()["battery"] - hourly * 100 / 3600
    years = 100 / ((hourly * 24 + presses) * 365)
    assert 1.8 <= years <= 4


def test_a_press_costs_the_cells_what_the_radio_draws(remote: Appliance) -> None:
    """60 mW for 50 ms a message, two messages a press, out of 2.4 Wh."""
    before, messages = remote.truth()["battery"], remote.truth()["messages"]
    for _ in range(500):
        press(remote, "ok")
        remote.advance(1)
    assert remote.truth()["messages"] - messages == 1000
    expected = (1000 * 0.06 * 0.05 + 500 * 90e-6) / 3600 / 2.4 * 100
    assert before - remote.truth()["battery"] == pytest.approx(expected, rel=0.02)


def test_low_cells_are_a_warning_and_empty_ones_the_end(remote: Appliance) -> None:
    remote.touch({"battery": 9})
    remote.advance(1)
    assert [fault["code"] for fault in remote.values()["faults"]] == ["BATTERY.LOW"]
    remote.touch({"battery": 0})
    with pytest.raises(Refusal, match="empty"):
        press(remote, "ok")
    remote.touch({"battery": 100})
    remote.advance(60)
    assert (remote.values()["faults"], remote.values()["battery"]) == ([], 100)


def test_the_mains_mean_nothing_to_it(remote: Appliance, heard: Heard) -> None:
    remote.mains("off")
    notices = heard(remote)
    press(remote, "power")
    remote.advance(1)
    assert [event for event, _ in events(notices)] == ["keyPressed", "keyReleased"]


def test_a_rechargeable_one_charges(build: Build) -> None:
    remote = build("remote-control", seed=1, features=("CHG",))
    remote.touch({"battery": 20, "charger": True})
    remote.advance(3600)
    assert remote.values()["charging"] is True
    assert remote.values()["battery"] >= 55


def test_its_cells_outlive_the_program(tmp_path: Path) -> None:
    clock = SimulatorClock(wall=lambda: 1.8e9)
    before = make_appliance("remote-control", identifier="r", seed=1, clock=clock, state=tmp_path)
    before.touch({"battery": 44})
    before.remember(last=True)
    after = make_appliance("remote-control", identifier="r", seed=5, clock=clock, state=tmp_path)
    assert after.values()["battery"] == 44


@settings(max_examples=100, deadline=None)
@given(
    thumbs=st.lists(st.tuples(st.sampled_from(KEYS[:3]), st.integers(0, 30), st.integers(0, 30)), max_size=12),
    seed=st.integers(0, 3),
)
def test_whatever_a_thumb_does_every_press_has_one_release_and_series_add_up(thumbs: list[tuple[str, int, int]], seed: int) -> None:
    unit = make_appliance("remote-control", seed=seed, clock=SimulatorClock(wall=lambda: 1.8e9))
    notices: list[Notice] = []
    unit.listen(notices.append)
    for key, held, pause in thumbs:
        press(unit, key, held / 10)
        unit.advance(pause / 10)
    unit.advance(10)
    told = events(notices)
    pressed = [data["key"] for event, data in told if event == "keyPressed"]
    assert pressed == [key for key, _, _ in thumbs]
    assert [data["key"] for event, data in told if event == "keyReleased"] == pressed
    down: str | None = None
    for event, data in told:
        if event == "keyPressed":
            assert down is None
            down = data["key"]
        elif event in ("keyHeld", "keyReleased"):
            assert data["key"] == down
            down = None if event == "keyReleased" else down
    assert sum(data["count"] for event, data in told if event == "keyMultiPressed") <= len(pressed)
