"""One renderer as a home uses it: its keys, links to play, changes it tells and forgets to tell, and what it cannot do."""

from typing import Any

import pytest

from gateway.drivers.dlna.mapping import kind_of
from gateway.drivers.dlna.models import HERE, model_kind
from gateway.drivers.parts.sheet import document
from gateway.errors import DeviceFailure, ReadOnly, SchemaViolation
from gateway.thing.ack import AckState
from gateway.thing.value import Quality
from tests.drivers.contract_bench import Bench, House, simulated, watched
from tests.drivers.kit import invoke, until
from tests.kit.addresses import address

ON = {"power": True, "powerOnState": "last"}
MEDIA = "http://127.0.0.1:9/film.mp4?a=1&b=<2>"


def tv(**facts: Any) -> Any:
    return simulated("dlna", "dlna", "uhd-tv", facts=facts, settings=ON)


def done(bench: Bench) -> list[str]:
    """Return the actions the renderer did."""
    (wire,) = bench.unit._wires
    return [action for action in wire.player.done if not action.startswith("Get")]  # type: ignore[attr-defined]


async def playing(house: House, title: str = "A film") -> None:
    await house.do(invoke(house.device, "x-dlna-play", {"url": MEDIA, "title": title}))
    house.bench.appliance.advance(30)
    await house.shows("playback", "playing")


async def test_a_link_is_played_and_its_title_is_private() -> None:
    async with tv() as bench, watched(bench) as house:
        await house.whole()
        assert house.values["playback"] == "idle"
        assert house.sink.quality[house.device]["playback"] is Quality.ASSUMED, "something else may be on the screen"
        await playing(house)
        assert house.sink.quality[house.device]["playback"] is Quality.GOOD
        await house.shows("x-dlna-title", "A film")
        assert house.instance.properties["x-dlna-title"].private
        (wire,) = bench.unit._wires
        assert wire.player.uri == MEDIA
        for url in ("file:///etc/passwd", "", "ftp://x/y", "http://a/\n"):
            with pytest.raises(SchemaViolation):
                await house.do(invoke(house.device, "x-dlna-play", {"url": url}))


KEYS = {"play": ["Play"], "pause": ["Pause"], "play-pause": ["Pause"], "stop": ["Stop"], "previous": ["Previous"], "next": ["Next"]}
KEYS |= {"volume-up": ["SetVolume"], "volume-down": ["SetVolume"], "mute": ["SetMute"]}


async def test_every_key_does_what_it_says() -> None:
    assert KEYS.keys() == document(HERE / "keys.yaml").keys()
    async with tv() as bench, watched(bench) as house:
        await house.whole()
        assert house.description.narrowing["sendKey/key"] == {"enum": list(KEYS)}
        for key, actions in KEYS.items():
            await playing(house)
            before = len(done(bench))
            assert (await house.do(invoke(house.device, "sendKey", {"key": key}))).state is AckState.COMPLETED
            assert done(bench)[before:] == actions, key
        assert bench.appliance.values()["mute"] is True
        before = bench.appliance.values()["volume"]
        await house.do(invoke(house.device, "sendKey", {"key": "volume-up"}))
        assert bench.appliance.values()["volume"] == before + 5
        with pytest.raises(SchemaViolation):
            await house.do(invoke(house.device, "sendKey", {"key": "home"}))


async def test_play_or_pause_is_what_the_state_makes_of_it() -> None:
    async with tv() as bench, watched(bench) as house:
        await house.whole()
        await playing(house)
        await house.do(invoke(house.device, "playPause"))
        await house.shows("playback", "paused")
        await house.do(invoke(house.device, "playPause"))
        await house.shows("playback", "playing")
        await house.do(invoke(house.device, "x-dlna-seek", {"position": 3661}))
        assert done(bench)[-3:] == ["Pause", "Play", "Seek"]


async def test_nothing_to_play_is_told_as_the_renderer_says_it() -> None:
    async with tv() as bench, watched(bench) as house:
        await house.whole()
        with pytest.raises(DeviceFailure, match="nothing to play"):
            await house.do(invoke(house.device, "playPause"))


async def test_power_can_only_be_looked_for_elsewhere_and_it_says_where() -> None:
    async with tv() as bench, watched(bench) as house:
        await house.whole()
        assert "power" not in house.values
        assert house.instance.properties["power"].withheld
        with pytest.raises(ReadOnly, match="infrared"):
            await house.write("power", True)


async def test_a_change_is_told_before_it_is_asked_for() -> None:
    async with tv() as bench, watched(bench) as house:
        await house.whole()
        (wire,) = bench.unit._wires
        await until(lambda: wire.events.told >= 2, "the first notices came")
        bench.appliance.touch({"volume": 77})
        await until(lambda: house.values["volume"] == 77, "it is shown long before it is asked for", 4.0)


async def test_a_renderer_that_forgets_its_subscribers_is_asked_and_subscribed_again() -> None:
    async with tv(quirks=["forgets-subscribers"], lease=40) as bench, watched(bench) as house:
        await house.whole()
        (wire,) = bench.unit._wires
        bench.appliance.touch({"volume": 77})
        await house.shows("volume", 77)
        before = wire.events.subscribed
        await house.later(lambda: wire.events.subscribed > before, "subscribed anew")


async def test_subscriptions_are_renewed_and_ended_with_the_session() -> None:
    async with tv(lease=40) as bench:
        (wire,) = bench.unit._wires
        async with watched(bench) as house:
            await house.whole()
            await house.later(lambda: wire.events.renewed >= 2, "renewed")
            assert wire.events.subscribed == 2
        assert not wire.events._all, "nobody is told any more"


async def test_actions_a_renderer_has_not_are_not_offered() -> None:
    async with tv(without=["SetMute", "Pause", "SetAVTransportURI", "Seek"]) as bench, watched(bench) as house:
        await house.whole()
        assert house.instance.properties["mute"].withheld
        assert not {"x-dlna-play", "x-dlna-seek"} & house.instance.actions.keys()
        assert not {"pause", "play-pause", "mute"} & set(house.description.narrowing["sendKey/key"]["enum"])
        with pytest.raises(ReadOnly, match="no SetMute"):
            await house.write("mute", True)


async def test_steps_of_volume_that_are_no_whole_percents_are_named() -> None:
    async with tv(loudest=30) as bench, watched(bench) as house:
        await house.whole()
        await house.write("volume", 50)
        await house.shows("volume", 50)
        with pytest.raises(SchemaViolation, match="30 steps of volume; near 51 are 47, 50, 53"):
            await house.write("volume", 51)


async def test_one_that_vanishes_when_it_is_off_is_offline_then() -> None:
    async with tv(quirks=["vanishes-when-off"]) as bench, watched(bench) as house:
        await house.whole()
        bench.appliance.touch({"power": False})
        await house.later(lambda: not house.online, "offline")
        bench.appliance.touch({"power": True})
        await house.later(lambda: house.online, "there again")


async def test_another_renderer_at_the_address_is_not_spoken_to() -> None:
    async with tv() as one, tv(udn="uuid:00000000-0000-4000-8000-000000000001") as other:
        from dataclasses import replace  # noqa: PLC0415

        async with watched(one, replace(one.registration, address=other.network.address)) as house:
            await house.later(lambda: house.reason, "a reason")
            assert "another renderer" in house.reason
            assert address() not in house.reason


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        *((word, kind) for kind, words in document(HERE / "models.yaml")["kinds"].items() for word in words),
        ("Huawei EC6108V9", "set-top-box"),
        ("Sony BRAVIA KD-55", "uhd-tv"),
        ("nobody's own", "uhd-tv"),
    ],
)
def test_the_model_tells_what_it_is(said: str, kind: str) -> None:
    assert model_kind(said) == kind


def test_each_state_of_the_transport_is_a_word_of_the_profile() -> None:
    states = ("PLAYING", "PAUSED_PLAYBACK", "TRANSITIONING", "STOPPED", "NO_MEDIA_PRESENT", "X")
    for kind in ("uhd-tv", "set-top-box"):
        read = [kind_of(kind).read({"TransportState": state}) for state in states]
        assert [each.get("playback") for each in read] == ["playing", "paused", "buffering", "idle", "idle", None]
        assert [each["_guessed"] for each in read] == [[], [], [], ["playback"], ["playback"], []]
