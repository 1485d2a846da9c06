"""The bad network."""

import asyncio
from random import Random

import pytest

from firmware_sim.network import Network
from firmware_sim.refusal import Refusal


def test_loss_drops_about_the_share_asked_for() -> None:
    network = Network(random=Random(1))
    assert not any(network.drops() for _ in range(100))
    network.set(loss=0.3)
    assert 240 < sum(network.drops() for _ in range(1000)) < 360
    network.set(loss=1.0)
    assert all(network.drops() for _ in range(100))


def test_silence_and_darkness_let_nothing_through_and_forbid_the_goodbye() -> None:
    network = Network()
    assert network.goodbye
    network.set(silent=True)
    assert network.mute
    assert network.drops()
    assert not network.goodbye
    network.set(silent=False)
    network.supply(False)
    assert network.mute
    network.supply(True)
    network.leaving = True
    assert not network.goodbye


async def test_a_message_under_way_is_lost_when_silence_falls() -> None:
    network = Network()
    network.set(delay=0.01)
    assert await network.travels() is True
    network.listen(lambda: None)
    network.set(silent=True)
    assert await network.travels() is False


async def test_a_stream_says_again_what_was_lost_until_silence_falls() -> None:
    network = Network(random=Random(5))
    network.set(loss=0.5)
    assert [await network.travels() for _ in range(4)] == [True] * 4
    network.set(loss=1.0)
    told = asyncio.create_task(network.travels())
    await asyncio.sleep(0.01)
    assert not told.done()
    network.set(silent=True)
    assert await told is False


@pytest.mark.parametrize("change", [{"loss": 1.5}, {"loss": -0.1}, {"delay": 61}, {"delay": -1}])
def test_impossible_networks_are_refused_and_change_nothing(change: dict[str, float]) -> None:
    network = Network()
    with pytest.raises(Refusal):
        network.set(**change, silent=True)  # type: ignore[arg-type]
    assert (network.loss, network.delay, network.silent) == (0, 0, False)


def test_listeners_hear_each_change_once_until_they_leave() -> None:
    network, calls = Network(), []
    leave = network.listen(lambda: calls.append(network.address))
    network.set(address="127.0.0.9", loss=0.1)
    assert calls == ["127.0.0.9"]
    leave()
    network.set(loss=0.2)
    assert len(calls) == 1


def test_a_unit_that_cannot_do_without_the_internet_leaves_after_its_time_and_is_back_with_it() -> None:
    network, calls = Network(), []
    network.leaves_after = 7200.0
    network.listen(lambda: calls.append(network.mute))
    network.elapse(10_000)
    network.reach(False)
    network.elapse(7199)
    assert (network.left, network.mute, calls) == (False, False, [False])
    network.elapse(1)
    network.elapse(1)
    assert (network.left, network.mute, network.goodbye, calls) == (True, True, False, [False, True])
    network.reach(True)
    assert (network.left, network.without_internet, calls) == (False, 0.0, [False, True, False])


def test_who_starts_anew_without_the_internet_waits_for_it_anew() -> None:
    network = Network()
    network.leaves_after = 60.0
    network.reach(False)
    network.elapse(60)
    network.supply(False)
    network.elapse(60)
    network.supply(True)
    assert (network.left, network.without_internet) == (False, 0.0)


def test_most_units_never_miss_the_internet() -> None:
    network = Network()
    network.reach(False)
    network.elapse(1e9)
    assert not network.mute
