"""A later true reading: what the power of a plug proves about an appliance of which nothing else is known but what was sent."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.home.links.clue import Clue, clues
from gateway.thing.ack import AckState
from gateway.thing.description import Description, Locality
from gateway.thing.report import Report
from gateway.thing.value import Quality, Value
from tests.home.kit import House, Obedient, ended, living, until, write
from tests.home.links_kit import LIBRARY, OWNER, forgetful, put

TABLE = clues()
IN_CLOCK = 200.0
"""Longer than any verdict takes to settle, in seconds."""


class Sending(Obedient):
    """An appliance behind infrared: what was sent is what it shows, assumed."""

    async def execute(self, command: Any) -> Any:
        self.got.append(command)
        sent(self.house, command.device, **{command.name: command.input})
        async for progress in self.play(command):
            yield progress

    house: House


class Believing(Sending):
    """One that takes what is measured, and says it from then on until it sends again."""

    true: bool | None = None

    def believe(self, _: str, values: Any) -> bool:
        self.true = values.get("power")
        self.again()
        return True

    def again(self) -> None:
        self.house.home.report(Report(device="ac-1", values={"power": self.true}))


def sent(house: House, device: str, **values: Value) -> None:
    house.home.report(Report(device=device, values=values, quality=dict.fromkeys(values, Quality.ASSUMED)))


async def behind(house: House, device: str = "ac-1", kind: str = "air-conditioner", session: Sending | None = None) -> Sending:
    session = session or Sending()
    session.home, session.house = house.home, house
    await house.home.attach(Description(id=device, kind=kind, locality=Locality.ASSUMED), session)
    return session


async def plugged(house: House, watts: float, device: str = "ac-1", kind: str = "air-conditioner") -> Sending:
    """Bring in an appliance behind infrared on a plug that measures so many watts."""
    await forgetful(house, powerDraw=watts)
    session = await behind(house, device, kind)
    await house.home.links.link("plug-1", "feeds", device, OWNER)
    await ready(house)
    return session


async def ready(house: House) -> None:
    """Let the home read its table."""
    await house.clock.advance(1)
    await until(lambda: house.home.links._evidence._clues is not None)


def draws(house: House, watts: float, **more: Value) -> None:
    house.home.report(Report(device="plug-1", values={"powerDraw": watts, **more}))


def shown(house: House, name: str = "power", device: str = "ac-1") -> tuple[Value, str]:
    document = house.home.document(device)
    return document.get(name), document["$"].get("q", {}).get(name, "good")


def at_home(folder: Path) -> Any:
    return living(folder, library=LIBRARY)


async def test_what_nobody_sent_is_known_once_it_is_measured(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await plugged(house, 600.0)
        assert shown(house)[0] is None
        await house.clock.advance(IN_CLOCK)
        assert shown(house) == (True, "good")
        draws(house, 2.0)
        await house.clock.advance(IN_CLOCK)
        assert (shown(house), shown(house, "operatingState")) == ((False, "good"), ("off", "good"))


async def test_what_was_sent_is_assumed_until_it_is_measured_and_then_it_is_good(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await plugged(house, 2.0)
        await house.clock.advance(IN_CLOCK)
        sent(house, "ac-1", power=True, mode="cool")
        assert shown(house) == (True, "assumed")
        draws(house, 700.0)
        await house.clock.advance(TABLE["air-conditioner"].settle_on - 1)
        assert shown(house) == (True, "assumed")
        await house.clock.advance(2)
        assert (shown(house), shown(house, "mode")) == ((True, "good"), ("cool", "assumed"))
        assert shown(house, "operatingState") == ("cooling", "assumed")
        sent(house, "ac-1", power=True, mode="cool")
        assert shown(house) == (True, "good")


async def test_what_is_measured_is_shown_where_it_contradicts_what_was_sent_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with at_home(tmp_path) as house:
        await plugged(house, 700.0)
        await house.clock.advance(IN_CLOCK)
        sent(house, "ac-1", power=False)
        assert shown(house) == (False, "assumed")
        assert house.home.links.evidence("ac-1") == ""
        await house.clock.advance(IN_CLOCK)
        assert shown(house) == (True, "good")
        assert house.home.links.evidence("ac-1") == "measured: 700 W, so it is on, though off was sent"
        await house.clock.advance(IN_CLOCK)
    assert caplog.text.count("an appliance is not what it was told to be") == 1


async def test_a_command_is_done_when_it_was_sent_whatever_is_measured(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        session = await plugged(house, 700.0)
        sent(house, "ac-1", power=False)
        await house.clock.advance(IN_CLOCK)
        assert shown(house) == (True, "good")
        run = await house.home.submit(write("power", False, device="ac-1"))
        assert (await ended(run)).state is AckState.COMPLETED
        assert (len(session.got), shown(house)) == (1, (False, "assumed"))
        draws(house, 2.0)
        await house.clock.advance(IN_CLOCK)
        assert shown(house) == (False, "good")


async def test_a_command_for_what_was_sent_before_is_done_though_the_unit_does_not_say_it_again(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        session = await plugged(house, 2.0)
        sent(house, "ac-1", power=True)
        await house.clock.advance(IN_CLOCK)
        assert shown(house) == (False, "good")
        session.execute = session.play  # type: ignore[method-assign, assignment]
        run = await house.home.submit(write("power", True, device="ac-1"))
        assert (await ended(run)).state is AckState.COMPLETED
        assert shown(house) == (True, "assumed")
        await house.clock.advance(IN_CLOCK)
        assert shown(house) == (False, "good")


async def test_a_session_is_told_what_is_measured_and_what_it_has_from_us_is_no_better_than_it_is_to_us(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house, powerDraw=700.0)
        session = Believing()
        await behind(house, session=session)
        await house.home.links.link("plug-1", "feeds", "ac-1", OWNER)
        await ready(house)
        await house.clock.advance(IN_CLOCK)
        session.again()
        assert (session.true, shown(house)) == (True, (True, "good"))
        await house.home.links.unlink("plug-1", "feeds", None, OWNER)
        assert shown(house) == (True, "assumed")
        session.again()
        assert shown(house) == (True, "assumed")
        sent(house, "ac-1", power=False)
        assert shown(house) == (False, "assumed")
        house.home.report(Report(device="ac-1", values={"power": True}))
        assert shown(house) == (True, "good")


async def test_between_the_thresholds_what_was_known_holds(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await plugged(house, 10.0)
        await house.clock.advance(IN_CLOCK)
        assert shown(house)[0] is None
        for watts, on in ((16.0, True), (10.0, True), (6.0, False), (10.0, False)):
            draws(house, watts)
            await house.clock.advance(IN_CLOCK)
            assert shown(house) == (on, "good")


async def test_a_short_dip_changes_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await plugged(house, 700.0)
        await house.clock.advance(IN_CLOCK)
        for _ in range(5):
            draws(house, 2.0)
            await house.clock.advance(TABLE["air-conditioner"].settle_off / 2)
            assert shown(house) == (True, "good")
            draws(house, 700.0)
            await house.clock.advance(5)


async def test_a_plug_that_is_off_proves_that_what_hangs_there_is_off(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await plugged(house, 1.0, "heater-1", "space-heater")
        await house.clock.advance(IN_CLOCK)
        assert shown(house, device="heater-1")[0] is None
        draws(house, 0.0, power=False)
        await house.clock.advance(IN_CLOCK)
        assert shown(house, device="heater-1") == (False, "good")


@pytest.mark.parametrize("how", ["unlinked", "plug away", "plug forgotten", "stale"])
async def test_without_the_plug_it_is_assumed_again(tmp_path: Path, how: str) -> None:
    async with at_home(tmp_path) as house:
        await plugged(house, 700.0)
        sent(house, "ac-1", power=False)
        await house.clock.advance(IN_CLOCK)
        assert shown(house) == (True, "good")
        if how == "unlinked":
            await house.home.links.unlink("plug-1", "feeds", None, OWNER)
        elif how == "plug forgotten":
            await house.home.forget("plug-1")
        elif how == "plug away":
            house.home.detach("plug-1", "no answer")
        else:
            house.home.report(Report(device="plug-1", values={"powerDraw": 700.0}, quality={"powerDraw": Quality.STALE}))
        await house.clock.advance(1)
        assert shown(house) == (False, "assumed")
        assert house.home.links.evidence("ac-1") == ""


async def test_what_nothing_was_sent_of_is_doubted_without_the_plug(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await plugged(house, 700.0)
        await house.clock.advance(IN_CLOCK)
        await house.home.links.unlink("plug-1", "feeds", None, OWNER)
        assert shown(house) == (True, "assumed")


async def test_what_an_appliance_says_itself_is_never_touched(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house, powerDraw=700.0)
        await put(house, "ac-1", "air-conditioner", power=False, mode="cool")
        await house.home.links.link("plug-1", "feeds", "ac-1", OWNER)
        await ready(house)
        await house.clock.advance(IN_CLOCK)
        assert shown(house) == (False, "good")
        sent(house, "ac-1", power=False)
        await house.clock.advance(IN_CLOCK)
        assert shown(house) == (True, "good")
        house.home.report(Report(device="ac-1", values={"power": False}))
        await house.clock.advance(IN_CLOCK)
        assert shown(house) == (False, "good")


async def test_what_an_appliance_has_come_to_say_itself_before_it_hangs_on_a_plug_is_not_touched_either(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house, powerDraw=700.0)
        await put(house, "ac-1", "air-conditioner", mode="cool")
        sent(house, "ac-1", power=False)
        house.home.report(Report(device="ac-1", values={"power": False}))
        await house.home.links.link("plug-1", "feeds", "ac-1", OWNER)
        await ready(house)
        await house.clock.advance(IN_CLOCK)
        assert shown(house) == (False, "good")


async def test_a_whole_report_without_what_is_measured_does_not_make_it_stale(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await plugged(house, 700.0)
        await house.clock.advance(IN_CLOCK)
        quality = {"mode": Quality.ASSUMED}
        house.home.report(Report(device="ac-1", values={"mode": "cool"}, quality=quality, complete=True))
        assert shown(house) == (True, "good")


async def test_a_link_that_is_there_at_the_start_gives_evidence_again(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await plugged(house, 700.0)
    async with at_home(tmp_path) as house:
        await forgetful(house, powerDraw=700.0)
        await behind(house)
        await ready(house)
        await house.clock.advance(IN_CLOCK)
        assert shown(house) == (True, "good")


@pytest.mark.parametrize("kind", sorted(TABLE))
def test_every_row_speaks_of_what_its_kind_has_and_leaves_room_between_on_and_off(kind: str) -> None:
    clue = TABLE[kind]
    device = LIBRARY.model(kind, 1).instance(Description(id="it", kind=kind))
    assert set(clue.names) <= device.properties.keys()
    assert clue.off is None or clue.off < clue.on
    assert min(clue.settle_on, clue.settle_off) >= 5
    modes = LIBRARY.model(kind, 1).document["properties"].get("mode", {}).get("enum", [None])
    for on in (True, False):
        for watts in (0.0, 60.0, 700.0):
            for mode in modes:
                for name, (value, _) in clue.finding(watts, on=on, state={"mode": mode}).items():
                    device.check_value(name, value)


@pytest.mark.parametrize(
    ("kind", "watts", "state", "doing"),
    [
        ("air-conditioner", 700.0, {"mode": "cool"}, ("cooling", Quality.ASSUMED)),
        ("air-conditioner", 700.0, {"mode": "heat"}, ("heating", Quality.ASSUMED)),
        ("air-conditioner", 700.0, {"mode": "dry"}, ("dehumidifying", Quality.ASSUMED)),
        ("air-conditioner", 30.0, {"mode": "fan"}, ("fan", Quality.ASSUMED)),
        ("air-conditioner", 700.0, {"mode": "fan"}, ("fan", Quality.ASSUMED)),
        ("air-conditioner", 30.0, {"mode": "cool"}, ("idle", Quality.GOOD)),
        ("air-conditioner", 130.0, {"mode": "cool"}, ("idle", Quality.GOOD)),
        ("air-conditioner", 130.0, {"mode": "cool", "operatingState": "cooling"}, ("cooling", Quality.ASSUMED)),
        ("air-conditioner", 700.0, {"mode": "auto"}, None),
        ("air-conditioner", 700.0, {}, None),
        ("space-heater", 900.0, {}, ("heating", Quality.GOOD)),
        ("humidifier", 30.0, {}, None),
    ],
)
def test_what_it_is_doing_follows_from_power_and_mode(kind: str, watts: float, state: dict[str, Value], doing: Any) -> None:
    assert TABLE[kind].finding(watts, on=True, state=state).get("operatingState") == doing


def test_without_a_threshold_for_off_little_power_proves_nothing() -> None:
    clue = TABLE["uhd-tv"]
    never: Clue = replace(clue, off=None)
    assert [clue.verdict(watts, None) for watts in (0.4, 8.0, 90.0)] == [False, None, True]
    assert [never.verdict(watts, True) for watts in (0.4, 8.0, 90.0)] == [None, None, True]
