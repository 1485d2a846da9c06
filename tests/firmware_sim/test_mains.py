"""The mains of a home: the plan, the voltage over time, and what it does to appliances."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.control import answer
from firmware_sim.home import Home
from firmware_sim.mains import DAY, LONGEST, SHORTEST, Disturbance, Mains, MainsPlan, Weakness
from firmware_sim.mains_file import mains_plan
from firmware_sim.notice import Power, Supplied
from firmware_sim.plan import UnitPlan
from firmware_sim.refusal import Refusal, SetupMistake
from firmware_sim.supply import Supply
from firmware_sim.unit import Unit

Build = Callable[..., Appliance]
NOON = 12 * 3600.0

moments = st.floats(0, 30 * DAY)
weaknesses = st.builds(
    Weakness,
    seed=st.integers(0, 2**31),
    usual=st.floats(180, 220),
    low=st.floats(100, 180),
    interruptions=st.floats(0, 12),
    flapping=st.floats(0, 4),
)


# The voltage over time


@given(weak=weaknesses, ats=st.lists(moments, min_size=1, max_size=20))
def test_a_weak_supply_is_the_same_for_the_same_seed_in_whatever_order_it_is_asked(weak: Weakness, ats: list[float]) -> None:
    one, other = Mains(MainsPlan(weak=weak)), Mains(MainsPlan(weak=weak))
    assert [one.volts(at) for at in ats] == [other.volts(at) for at in reversed(ats)][::-1]


@given(weak=weaknesses, at=moments)
def test_a_weak_supply_is_never_above_nominal_and_below_its_low_only_when_disturbed(weak: Weakness, at: float) -> None:
    mains = Mains(MainsPlan(weak=weak))
    volts = mains.volts(at)
    near = [one for day in range(31) for one in mains.disturbances(day) if one.start <= at < one.end]
    assert volts in {one.volts for one in near} if near else weak.low <= volts <= 220.0


@given(weak=weaknesses, day=st.integers(0, 400))
def test_interruptions_last_from_20_ms_to_8_h_and_brown_outs_are_below_what_electronics_needs(weak: Weakness, day: int) -> None:
    for one in Mains(MainsPlan(weak=weak)).disturbances(day):
        assert day * DAY <= one.start <= (day + 1) * DAY + 600
        assert 0 <= one.volts < 90
        assert SHORTEST * 0.999 <= one.end - one.start <= LONGEST + 1e-6


@given(weak=weaknesses, at=moments, share=st.floats(0, 1, exclude_max=True))
def test_between_two_changes_the_voltage_stands(weak: Weakness, at: float, share: float) -> None:
    mains = Mains(MainsPlan(weak=weak, daily=(Disturbance(NOON, NOON + 7.0, 100.0),)))
    following = mains.next_change(at)
    assert following > at
    between = at + (following - at) * share
    if between < following:
        assert mains.volts(between) == mains.volts(at)


@given(weak=st.builds(Weakness, seed=st.integers(0, 500), interruptions=st.just(0.0), flapping=st.just(0.0)))
def test_the_evening_of_a_village_is_at_154_volts_or_little_above_and_its_noon_is_not(weak: Weakness) -> None:
    mains = Mains(MainsPlan(weak=weak))
    evening = [mains.volts(3 * DAY + hour * 3600) for hour in (18.5, 19.5, 21)]
    assert all(154 <= volts < 165 for volts in evening)
    assert mains.volts(3 * DAY + NOON) > 195


def test_over_a_year_there_are_about_as_many_interruptions_as_asked_for() -> None:
    mains = Mains(MainsPlan(weak=Weakness(seed=3, interruptions=1.5, flapping=0.0)))
    count = sum(len(mains.disturbances(day)) for day in range(365))
    assert 450 < count < 650


def test_a_schedule_comes_every_day_and_the_last_to_begin_counts() -> None:
    plan = mains_plan({"schedule": [{"at": "18:00", "to": "22:00", "volts": 154}, {"at": "19:00", "seconds": 60, "volts": 0}]})
    mains = Mains(plan)
    for day in (0, 5):
        at = day * DAY
        assert [mains.volts(at + hour * 3600) for hour in (12, 18, 19, 19.5, 22)] == [220, 154, 0, 154, 220]
    assert mains.next_change(NOON) == 18 * 3600
    assert mains.next_change(23 * 3600) == DAY + 18 * 3600


def test_a_night_crosses_midnight_and_what_comes_once_counts_from_the_start() -> None:
    plan = mains_plan(
        {"clock": "08:00", "schedule": [{"at": "23:00", "to": "01:00", "volts": 190}, {"after": 60, "seconds": 20, "volts": 0}]}
    )
    mains = Mains(plan)
    assert mains.volts(DAY + 1800) == 190
    assert [mains.volts(8 * 3600 + at) for at in (59, 60, 79.9, 80)] == [220, 0, 0, 220]
    assert mains.volts(DAY + 8 * 3600 + 61) == 220


def test_a_steady_supply_never_changes() -> None:
    mains = Mains(MainsPlan())
    assert mains.volts(7 * DAY) == 220
    assert math.isinf(mains.next_change(0))


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (7, "mains is a mapping"),
        ({"voltage": 3}, "unknown voltage; known are clock, nominal, schedule, weak"),
        ({"clock": "25:00"}, "mains: clock is a time of day"),
        ({"clock": 1800}, "mains: clock is a time of day"),
        ({"nominal": 400}, "mains: nominal is a number from 0 to 300"),
        ({"schedule": 3}, "`schedule` is a list"),
        ({"schedule": [{"at": "18:00", "volts": 3}]}, "mains: schedule 1: give `at` and `to`"),
        ({"schedule": [{"at": "18:00", "to": "19:00", "seconds": 3, "volts": 3}]}, "schedule 1: give"),
        ({"schedule": [{"after": 3, "to": "19:00", "volts": 3}]}, "schedule 1: give"),
        ({"schedule": [{"at": "18:00", "seconds": 0, "volts": 3}]}, "schedule 1: seconds is a number from 0.001"),
        ({"schedule": [{"at": "18:00", "seconds": 5}]}, "schedule 1: volts is a number from 0 to 300, not None"),
        ({"weak": {"low": True}}, "mains: weak: low is a number"),
        ({"weak": {"low": 215, "usual": 200}}, "`low` is not above `usual`"),
        ({"weak": {"from": "23:00", "to": "01:00"}}, "`from` is before `to`"),
        ({"weak": {"interruptions": 1000}}, "interruptions is a number from 0 to 20"),
    ],
)
def test_a_plan_that_cannot_be_says_what_is_wrong(block: Any, words: str) -> None:
    with pytest.raises(SetupMistake, match=words):
        mains_plan(block)


# What it does to appliances


class Wall:
    """The wall's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def plan_of(*disturbances: tuple[float, float, float], **more: Any) -> MainsPlan:
    once = tuple(Disturbance(NOON + start, NOON + end, volts) for start, end, volts in disturbances)
    return MainsPlan(once=once, **more)


def test_all_appliances_see_the_same_voltage_at_the_same_time_sped_up_with_physics(build: Build) -> None:
    wall, units = Wall(), [build("plug", seed=1), build("light", seed=2)]
    supply = Supply(plan_of((60, 120, 0.0), (120, 180, 154.0)), units, speed=60, wall=wall)
    supply.begin()
    seen = []
    for second in (0.5, 1.5, 2.5, 3.5):
        wall.now = second
        supply.catch_up()
        seen.append([(unit.powered, unit.model.volts if unit.powered else 0) for unit in units])
    assert seen == [[(True, 220.0)] * 2, [(False, 0)] * 2, [(True, 154.0)] * 2, [(True, 220.0)] * 2]


def test_nobody_lives_past_a_change_without_having_seen_it(build: Build) -> None:
    wall, unit, lived = Wall(), build("light", seed=2), [0.0]
    supply = Supply(plan_of((10, 20, 0.0)), [unit], wall=wall, before_change=lambda: lived.append(wall.now))
    supply.begin()
    wall.now = 100.0
    supply.catch_up()
    assert len(lived) == 3
    assert [event.event for event in unit.events("powerRestored")] == []
    unit.elapse(1)
    assert len(unit.events("powerRestored")) == 1


def test_an_interruption_shorter_than_a_power_supply_holds_up_is_not_noticed(build: Build) -> None:
    units = [build("light", seed=number, identifier=f"light-{number}") for number in range(12)]
    supply = Supply(plan_of((5, 5.005, 0.0), (10, 10.035, 0.0), (15, 15.1, 0.0)), units)
    boots = [unit.boot for unit in units]
    restarts = []
    for _ in range(3):
        supply.skip(6.0)
        restarts.append(sum(unit.boot - boot for unit, boot in zip(units, boots, strict=True)))
    assert restarts[0] == 0
    assert 0 < restarts[1] < len(units), "35 ms: some ride through, some do not"
    assert restarts[2] - restarts[1] == len(units)


def test_what_was_cut_by_hand_stays_dark_until_it_is_given_back_to_the_plan(build: Build) -> None:
    cut, other = build("light", seed=1), build("light", seed=2)
    supply = Supply(plan_of((10, 20, 200.0), (30, 1000, 190.0)), [cut, other])
    supply.cut(cut, "off")
    supply.skip(15)
    assert (cut.powered, other.model.volts) == (False, 200.0)
    supply.skip(20)
    assert (cut.powered, other.model.volts) == (False, 190.0)
    supply.cut(cut, "on")
    assert (cut.powered, cut.model.volts) == (True, 190.0)
    with pytest.raises(Refusal):
        supply.cut(cut, "loud")


def test_the_plan_can_be_put_aside_for_a_while_or_until_it_is_followed_again(build: Build) -> None:
    unit = build("plug", seed=1)
    supply = Supply(plan_of((0, 1000, 210.0)), [unit])
    supply.override(160.0, 60)
    assert (unit.model.volts, supply.document()["by"]) == (160.0, "hand")
    supply.skip(61)
    assert (unit.model.volts, supply.document()["by"]) == (210.0, "plan")
    supply.override(0.0)
    assert not unit.powered
    assert supply.document()["nextChange"] is None
    supply.follow()
    assert unit.model.volts == 210.0


def test_an_appliance_tells_another_voltage_and_a_cut_but_not_both(build: Build) -> None:
    unit = build("plug", seed=1)
    told: list[Any] = []
    unit.listen(told.append)
    for volts in (154.0, 20.0, 220.0):
        unit.supply(volts)
    assert [notice for notice in told if isinstance(notice, Power | Supplied)] == [Supplied(154.0), Power(False), Power(True)]


async def test_an_advance_of_the_home_goes_through_the_cuts_on_its_way() -> None:
    plans = [UnitPlan(kind=kind, wire="midea-v2", id=f"{kind}-1") for kind in ("refrigerator", "light")]
    home = Home([Unit(plan) for plan in plans], mains=plan_of((605, 917, 0.0), (1207, 1261, 0.0)))
    await home.advance(3600)
    fridge = home.unit("refrigerator-1").appliance
    outages = [event.data["outage"] for event in fridge.events("powerRestored")]
    assert outages == pytest.approx([312, 54], abs=0.5)
    assert (await answer(home, {"do": "mains"}))["mains"]["clock"] == "13:00:00"


async def test_an_advance_of_one_unit_leaves_the_mains_where_they_are() -> None:
    home = Home([Unit(UnitPlan(kind="light", wire="midea-v2", id="light-1"))], mains=plan_of((600, 900, 0.0)))
    await answer(home, {"do": "advance", "unit": "light-1", "seconds": 700})
    assert home.unit("light-1").appliance.powered
    assert (await answer(home, {"do": "mains"}))["mains"]["nextChange"] == pytest.approx(600, abs=1)


async def test_the_control_socket_shows_the_mains_and_changes_them() -> None:
    home = Home([Unit(UnitPlan(kind="light", wire="midea-v2", id="light-1"))], mains=plan_of(clock=18.5 * 3600))
    unit = home.unit("light-1").appliance
    shown = (await answer(home, {"do": "mains"}))["mains"]
    assert {**shown, "clock": shown["clock"][:5]} == {"volts": 220.0, "clock": "18:30", "nextChange": None, "by": "plan"}
    await answer(home, {"do": "mains", "volts": 154, "seconds": 600})
    assert unit.model.volts == 154
    await answer(home, {"do": "mains", "follow": True})
    assert unit.model.volts == 220
    for wrong in ({"volts": 900}, {"volts": 100, "seconds": 0}, {"follow": 3}):
        with pytest.raises(Refusal) as refused:
            await answer(home, {"do": "mains", **wrong})
        assert refused.value.code == "schema"


async def test_the_mains_follow_their_plan_while_the_home_lives() -> None:
    home = Home([Unit(UnitPlan(kind="light", wire="midea-v2", id="light-1"))], mains=plan_of((30, 90, 154.0)), speed=600)
    unit = home.unit("light-1").appliance
    told: asyncio.Queue[Any] = asyncio.Queue()
    unit.listen(told.put_nowait)
    living = asyncio.create_task(home.supply.live())
    volts: list[float] = []
    async with asyncio.timeout(20):
        while len(volts) < 2:
            notice = await told.get()
            volts += [notice.volts] if isinstance(notice, Supplied) else []
    living.cancel()
    assert volts == [154.0, 220.0]


async def test_the_clock_of_the_mains_is_the_time_of_day_of_the_appliances() -> None:
    home = Home([Unit(UnitPlan(kind="light", wire="midea-v2", id="light-1"))], mains=MainsPlan(clock=18.5 * 3600))
    assert home.unit("light-1").appliance.model.time_of_day == 18.5 * 3600
