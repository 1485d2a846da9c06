"""Appliances that only their remote reaches, the light between, and handheld remotes that a transmitter hears."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.air import JITTER, Air, Burst
from firmware_sim.appliance import Appliance
from firmware_sim.home import Home, running_home
from firmware_sim.infrared import nec, rc5, sirc
from firmware_sim.infrared.handhelds import HANDHELDS
from firmware_sim.infrared.rc5 import Rc5
from firmware_sim.infrared.sirc import Sirc
from firmware_sim.plan import UnitPlan
from firmware_sim.refusal import Refusal, SetupMistake
from firmware_sim.virtual import ear_of
from tests.kit.addresses import address

Build = Callable[..., Appliance]
KEYS = st.tuples(st.integers(0, 31), st.integers(0, 127))


def test_light_moves_edges_a_little_and_loses_no_time() -> None:
    air, heard = Air(Random(3)), list[Burst]()
    air.listen(heard.append)
    air.listen(heard.append)
    sent = nec.encode(nec.Nec(4, 8))
    air.send(sent)
    one, other = heard
    assert one != other, "each hears it in its own way"
    assert one != sent
    for burst in heard:
        assert max(abs(a - b) for a, b in zip(burst.pulses, sent.pulses, strict=True)) <= 2 * JITTER + 1
        assert abs(sum(burst.pulses) - sum(sent.pulses)) <= 2 * JITTER + len(sent.pulses)
        assert nec.decode(burst) == nec.Nec(4, 8)
    air.send(Burst((1, 1), 38_000))
    assert min(heard[-1].pulses) >= 1


@given(key=KEYS, seed=st.integers(0, 1000))
def test_rc5_and_sirc_survive_the_light(key: tuple[int, int], seed: int) -> None:
    air, heard = Air(Random(seed)), list[Burst]()
    air.listen(heard.append)
    air.send(rc5.encode(Rc5(*key, toggle=seed % 2 == 0)))
    air.send(sirc.encode(Sirc(*key)))
    assert rc5.decode(heard[0]) == Rc5(*key, toggle=seed % 2 == 0)
    assert sirc.decode(heard[1]) == Sirc(*key)


def test_the_published_shapes_of_rc5_and_sirc() -> None:
    assert rc5.encode(Rc5(0, 1)).pulses[:3] == (889, 889, 1778), "two ones and a zero: half, half, two halves"
    assert rc5.encode(Rc5(5, 64)).pulses != rc5.encode(Rc5(5, 0)).pulses, "the seventh bit stands in the second start bit"
    assert sirc.encode(Sirc(1, 21)).pulses[:8] == (2400, 600, 1200, 600, 600, 600, 1200, 600)
    assert sum(sirc.encode(Sirc(1, 21)).pulses[: 2 * 12 + 2]) == 45_000


@given(pulses=st.lists(st.integers(1, 3000), max_size=60))
def test_noise_is_no_key(pulses: list[int]) -> None:
    burst = Burst(tuple(pulses), 38_000)
    for read in (rc5.decode(burst), sirc.decode(burst)):
        assert read is None or read.address < 32


@asynccontextmanager
async def room(*kinds: str, misses: float = 0.0) -> AsyncIterator[Home]:
    plans = [UnitPlan(kind="ir-remote", wire="broadlink", id="eye", address=address(), port=0, room="room")]
    plans += [UnitPlan(kind=kind, wire="ir", id=kind, address=address(), room="room", facts={"misses": misses}) for kind in kinds]
    async with running_home(plans) as home:
        yield home


async def test_what_only_has_a_remote_does_what_it_says() -> None:
    async with room("uhd-tv", "set-top-box", "fan", "air-conditioner") as home:
        eye = home.unit("eye").appliance

        def shown(unit: str, name: str) -> object:
            return home.unit(unit).physical.values()[name]

        eye.touch({"press": {"remote": "uhd-tv", "key": "power"}})
        assert shown("uhd-tv", "power") is True
        before = shown("set-top-box", "power")
        eye.touch({"press": {"remote": "set-top-box", "key": "power"}})
        assert shown("set-top-box", "power") is not before
        for key, name, value in (
            ("on", "power", True),
            ("swing", "swing", True),
            ("faster", "fanPercent", 60),
            ("slower", "fanPercent", 40),
            ("wind", "mode", "natural"),
            ("power", "power", False),
            ("off", "power", False),
        ):
            eye.touch({"press": {"remote": "fan", "key": key}})
            assert shown("fan", name) == value, key
        eye.touch({"press": {"remote": "air-conditioner", "set": {"power": True, "mode": "heat", "targetTemperature": 19}}})
        assert (shown("air-conditioner", "power"), shown("air-conditioner", "mode"), shown("air-conditioner", "targetTemperature")) == (
            True,
            "heat",
            19,
        )
        assert home.unit("uhd-tv").document()["port"] is None
        assert home.unit("uhd-tv").document()["title"]
        for wish in ({"remote": "uhd-tv", "key": "no-such"}, {"remote": "air-conditioner", "set": {"eco": True}}):
            with pytest.raises(Refusal):
                eye.touch({"press": wish})


async def test_one_that_misses_every_frame_or_has_no_power_does_nothing() -> None:
    async with room("fan", misses=1.0) as home:
        home.unit("eye").appliance.touch({"press": {"remote": "fan", "key": "on"}})
        assert home.unit("fan").physical.values()["power"] is False
    async with room("fan") as home:
        home.unit("fan").physical.mains("off")
        home.unit("eye").appliance.touch({"press": {"remote": "fan", "key": "on"}})
        home.unit("fan").physical.mains("on")
        assert home.unit("fan").physical.values()["power"] is False


def test_each_handheld_reads_its_own_keys_only() -> None:
    for kind, handheld in HANDHELDS.items():
        for key in handheld.keys:
            assert {other: each.decode(handheld.press(key)) for other, each in HANDHELDS.items()} == {
                other: key if other == kind else None for other in HANDHELDS
            }


def test_a_kind_without_a_remote_is_a_mistake_in_the_setup(build: Build) -> None:
    with pytest.raises(SetupMistake, match="refrigerator"):
        ear_of(build("refrigerator"), "fridge")
