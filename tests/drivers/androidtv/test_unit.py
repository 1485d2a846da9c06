"""One box that is driven by keys alone: each of them, the volume in its steps, apps and links, and what boxes do of their own accord."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.drivers.androidtv.mapping import HERE, kind_of, model_kind
from gateway.drivers.parts.sheet import document
from gateway.errors import DeviceFailure, ReadOnly, SchemaViolation, StateConflict, TimedOut
from gateway.thing.ack import AckState
from gateway.thing.value import Quality
from tests.drivers.androidtv.kit import bench_of
from tests.drivers.contract_bench import Bench, watched
from tests.drivers.kit import LIBRARY, invoke, until, write

ON = {"power": True}
UNKNOWN_KEYS = {"favourites", "channel-list", "picture-mode", "sound-mode", "sleep"}
"""Keys of the profile that Android's list has not, or not with the same meaning."""


class Pressed:
    """What the appliance was told, in the profile's words; nothing of it is done."""

    def __init__(self, bench: Bench) -> None:
        self.said: list[Any] = []
        bench.appliance.invoke = self.invoke  # type: ignore[method-assign, assignment]

    def invoke(self, action: str, input: Mapping[str, Any]) -> None:
        self.said.append(input.get("key", (action, dict(input))))


@pytest.mark.parametrize("kind", ["uhd-tv", "set-top-box"])
async def test_every_key_of_the_profile_that_android_has_arrives_as_that_key(kind: str) -> None:
    profile = LIBRARY.model(kind, 1).instance(_plain(kind)).actions["sendKey"].input
    assert profile is not None
    offered = profile["properties"]["key"]["enum"]
    assert set(kind_of(kind).keys) == set(offered) - UNKNOWN_KEYS
    async with bench_of(kind, settings=ON) as bench, watched(bench) as house:
        await house.whole()
        assert house.description.narrowing["sendKey/key"] == {"enum": list(kind_of(kind).keys)}
        pressed = Pressed(bench)
        keys = [key for key in kind_of(kind).keys if key != "power"]
        for key in keys:
            assert (await house.do(invoke(house.device, "sendKey", {"key": key}))).state is AckState.COMPLETED
        await until(lambda: len(pressed.said) == len(keys), "all were pressed")
        assert pressed.said == keys
        with pytest.raises(SchemaViolation):
            await house.do(invoke(house.device, "sendKey", {"key": "sleep"}))
        await house.do(invoke(house.device, "sendKey", {"key": "power"}))
        await house.shows("power", False)


def _plain(kind: str) -> Any:
    from gateway.thing.description import Description  # noqa: PLC0415

    return Description(id="x-1", kind=kind, major=1)


async def test_a_channel_is_chosen_by_its_digits_and_never_shown() -> None:
    async with bench_of("set-top-box", settings=ON) as bench, watched(bench) as house:
        await house.whole()
        await house.do(invoke(house.device, "setChannel", {"number": 13}))
        await until(lambda: bench.appliance.values()["channel"] == 13, "the box is tuned")
        assert "channel" not in house.values
        with pytest.raises(SchemaViolation, match="no names"):
            await house.do(invoke(house.device, "setChannel", {"name": "CCTV-1"}))
        with pytest.raises(ReadOnly, match="neither tells the channel"):
            await house.write("channel", 5)


async def test_apps_and_links_are_opened_and_what_is_in_front_is_told() -> None:
    async with bench_of("uhd-tv", settings=ON) as bench, watched(bench) as house:
        await house.whole()
        assert house.values["app"] == "", "the launcher is no app"
        await house.do(invoke(house.device, "launchApp", {"app": "films"}))
        await house.shows("app", "com.netflix.ninja")
        assert bench.appliance.values()["app"] == "films"
        await house.do(invoke(house.device, "x-androidtv-openLink", {"link": "market://launch?id=com.google.android.youtube.tvkids"}))
        await house.shows("app", "com.google.android.youtube.tvkids")
        await house.do(invoke(house.device, "sendKey", {"key": "home"}))
        with pytest.raises(SchemaViolation, match="openLink"):
            await house.do(invoke(house.device, "launchApp", {"app": "karaoke"}))


async def test_a_box_tells_its_app_as_its_own_and_that_it_is_smart_as_assumed() -> None:
    async with bench_of("set-top-box", {"model": "MIBOX4", "vendor": "Xiaomi"}, ON) as bench, watched(bench) as house:
        await house.whole()
        await house.do(invoke(house.device, "x-androidtv-openLink", {"link": "https://www.youtube.com/tv"}))
        await house.shows("x-androidtv-app", "com.google.android.youtube.tv")
        assert house.instance.properties["x-androidtv-app"].private
        assert house.values["smart"] is True
        assert house.sink.quality[house.device]["smart"] is Quality.ASSUMED
        assert house.description.identity == {"maker": "Xiaomi", "model": "MIBOX4", "sw": "5.2.473254133"}


async def test_the_volume_goes_by_steps_and_only_to_where_a_step_is() -> None:
    async with bench_of("uhd-tv", {"steps": 15}, ON) as bench:
        bench.appliance.touch({"volume": 20})
        async with watched(bench) as house:
            await house.whole()
            assert house.values["volume"] == 20, "step 3 of 15"
            with pytest.raises(SchemaViolation, match="15 steps of volume; near 21 are 13, 20, 27"):
                await house.write("volume", 21)


async def test_a_key_that_goes_further_than_a_step_is_seen_and_stopped() -> None:
    async with bench_of("set-top-box", {"steps": 100}, ON) as bench, watched(bench) as house:
        await house.whole()
        with pytest.raises(DeviceFailure, match="more than a step"):
            await house.write("volume", 33)
        assert bench.appliance.values()["volume"] == 35, "one step of five past it, and no more"


async def test_a_box_with_a_soundbar_has_keys_for_its_volume_and_nothing_else() -> None:
    async with bench_of("set-top-box", {"quirks": ["no-volume"]}, ON) as bench, watched(bench) as house:
        await house.whole()
        assert not {"volume", "mute"} & house.values.keys()
        assert "MUT" not in house.description.features
        assert house.instance.properties["volume"].withheld
        with pytest.raises(ReadOnly, match="another device"):
            await house.write("volume", 30)
        await house.do(invoke(house.device, "sendKey", {"key": "volume-up"}))
        await until(lambda: bench.appliance.values()["volume"] == 35, "the key does it")


async def test_what_turns_over_is_not_pressed_again_before_the_box_has_shown_it() -> None:
    async with bench_of("uhd-tv", settings=ON) as bench, watched(bench) as house:
        await house.whole()
        pressed: list[Any] = []
        bench.appliance.write = lambda values, **_: pressed.append(values)  # type: ignore[method-assign]
        assert isinstance(await house.outcome(write(house.device, "power", False)), TimedOut)
        assert isinstance(await house.outcome(write(house.device, "power", False)), StateConflict)
        assert pressed == [{"power": False}]


async def test_a_box_that_is_on_already_is_not_switched_off_by_being_switched_on() -> None:
    async with bench_of("uhd-tv", settings=ON) as bench, watched(bench) as house:
        await house.whole()
        await house.write("power", True)
        await house.do(write(house.device, "mute", False))
        assert bench.appliance.values()["power"] is True
        assert bench.appliance.values()["mute"] is False


async def test_a_box_that_does_not_even_ping_is_given_up_by_the_hubs_own_clock() -> None:
    async with bench_of("set-top-box", settings=ON) as bench, watched(bench) as house:
        await house.whole()
        bench.network.set(silent=True)
        await house.later(lambda: not house.online, "offline", patience=8.0)  # the library's own patience is 16 s of the wall's
        assert "stopped saying anything" in house.sink.reasons[house.device]


async def test_a_box_that_drops_its_clients_is_there_again_each_time() -> None:
    async with bench_of("set-top-box", {"quirks": ["drops"], "drops": 1.0}, ON) as bench, watched(bench) as house:
        await house.whole()
        await house.later(lambda: len(house.sink.attached) >= 3, "it was dropped twice, and came back")
        assert {device for device, _ in house.sink.detached} == {house.device}


async def test_a_box_that_vanishes_when_it_is_off_is_offline_then_and_comes_back_with_its_remote() -> None:
    async with bench_of("uhd-tv", {"quirks": ["vanishes-when-off"]}, ON) as bench, watched(bench) as house:
        await house.whole()
        bench.appliance.touch({"power": False})
        await house.later(lambda: not house.online, "offline")
        bench.appliance.touch({"power": True})
        await house.later(lambda: house.online and house.values["power"] is True, "on, and there")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        *((word, "set-top-box") for word in document(HERE / "models.yaml")["set-top-box"]),
        *((word, "uhd-tv") for word in document(HERE / "models.yaml")["uhd-tv"]),
        ("Sony BRAVIA 4K VH2", "uhd-tv"),
        ("NVIDIA SHIELD Android TV", "set-top-box"),
        ("nobody's own", None),
    ],
)
def test_the_model_tells_what_it_is_or_nothing_does(said: str, kind: str | None) -> None:
    assert model_kind(said) == kind
