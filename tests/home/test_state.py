import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Forbidden, SchemaViolation, Unknown
from gateway.home.change import AvailabilityChanged, Change, Described, EventRaised, StateChanged
from gateway.home.merge import same
from gateway.thing.availability import Availability, AvailabilityState
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.thing.report import Event, Report
from gateway.thing.value import Quality
from tests.home.kit import DEVICE, START, USER, HandClock, House, Stub, kettle, living, turns


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with living(tmp_path) as house:
        yield house


class Reader:
    """Everything a subscriber is told, as it comes."""

    def __init__(self, house: House) -> None:
        self._subscription = house.home.subscribe()
        self.seen: list[Change] = []

    async def __aenter__(self) -> Self:
        await self._subscription.__aenter__()
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await self._subscription.__aexit__(None, None, None)

    async def _read(self) -> None:
        async for change in self._subscription:
            self.seen.append(change)

    async def of(self, kind: type[Any]) -> list[Any]:
        await turns()
        return [change for change in self.seen if isinstance(change, kind)]


async def test_a_report_becomes_one_numbered_change_with_the_whole_public_state(house: House) -> None:
    await house.kettle()
    async with Reader(house) as reader:
        house.report(target=70, level=1.5)
        (change,) = await reader.of(StateChanged)
    assert change.changed == {"target", "level"}
    assert change.document is house.home.document(DEVICE)
    assert change.document == {
        "power": True,
        "target": 70,
        "mode": "warm",
        "lock": True,
        "boost": False,
        "level": 1.5,
        "$": {"boot": 1, "seq": 3, "ts": "2027-01-15T08:00:00.000Z"},
    }


async def test_saying_the_same_again_changes_nothing(house: House) -> None:
    await house.kettle()
    before = house.home.document(DEVICE)
    house.report(target=60.0, mode="warm", power=True)
    assert house.home.document(DEVICE) is before


async def test_a_value_that_breaks_the_profile_is_dropped_and_marked(house: House) -> None:
    await house.kettle()
    house.report(target=500, mode="brew", nonsense=1, level="much")
    document = house.home.document(DEVICE)
    assert (document["target"], document["mode"], document["$"]["q"]) == (60, "brew", {"target": "invalid"})
    assert "nonsense" not in document
    assert "level" not in document
    house.report(power=1)
    assert house.home.document(DEVICE)["power"] is True
    assert house.home.document(DEVICE)["$"]["q"] == {"target": "invalid", "power": "invalid"}
    house.report(target=60, power=True)
    assert "q" not in house.home.document(DEVICE)["$"]


async def test_quality_travels_only_where_it_is_not_good(house: House) -> None:
    await house.kettle()
    house.report(target=70, quality={"target": Quality.ASSUMED})
    assert house.home.document(DEVICE)["$"]["q"] == {"target": "assumed"}


async def test_private_values_are_read_by_role_and_never_public(house: House) -> None:
    await house.kettle()
    before = house.home.document(DEVICE)
    house.report(owner="Li")
    assert house.home.document(DEVICE) == before
    assert house.home.read(DEVICE, "owner", LOCAL) == "Li"
    assert house.home.read(DEVICE, "owner", Principal("s", Role.SERVICE)) == "Li"
    for principal in (USER, Principal("v", Role.VIEWER), Principal("d", Role.DEVICE)):
        with pytest.raises(Forbidden):
            house.home.read(DEVICE, "owner", principal)
    assert house.home.read(DEVICE, "target", USER) == 60
    with pytest.raises(Unknown):
        house.home.read(DEVICE, "nonsense", LOCAL)
    with pytest.raises(Unknown, match="not said"):
        house.home.read(DEVICE, "level", LOCAL)
    assert await house.history.query(DEVICE, "owner", 0.0, 10) == ()


async def test_what_the_device_holds_back_stands_in_pending(house: House) -> None:
    await house.kettle()
    house.home.report(Report(device=DEVICE, pending={"power": "2027-01-15T08:03:00Z", "owner": None, "nonsense": None}))
    assert house.home.document(DEVICE)["$"]["pending"] == {"power": "2027-01-15T08:03:00Z"}
    house.report(target=61)
    assert "pending" in house.home.document(DEVICE)["$"]
    house.home.report(Report(device=DEVICE, pending={}))
    assert "pending" not in house.home.document(DEVICE)["$"]


async def test_a_value_not_refreshed_in_time_is_stale_and_recovers(house: House) -> None:
    await house.kettle(level=1)
    await house.clock.advance(15)
    house.report(target=61)
    assert "q" not in house.home.document(DEVICE)["$"]
    await house.clock.advance(6)
    assert house.home.document(DEVICE)["$"]["q"] == {"level": "stale"}
    house.report(level=1)
    assert "q" not in house.home.document(DEVICE)["$"]
    await house.clock.advance(19)
    assert "q" not in house.home.document(DEVICE)["$"]
    await house.clock.advance(2)
    assert house.home.document(DEVICE)["$"]["q"] == {"level": "stale"}


@pytest.mark.parametrize("days", [1, -1])
async def test_a_jump_of_the_wall_clock_ages_nothing(house: House, days: int) -> None:
    await house.kettle(level=1)
    house.clock.jump(days * 86400)
    await house.clock.advance(5)
    assert "q" not in house.home.document(DEVICE)["$"]


async def test_a_device_that_is_gone_is_offline_and_its_values_stale(house: House) -> None:
    await house.kettle(Stub(), level=1)
    async with Reader(house) as reader:
        house.home.detach(DEVICE, "connection lost")
        (change,) = await reader.of(AvailabilityChanged)
    assert change.availability == Availability(AvailabilityState.OFFLINE, START, "connection lost")
    names = {"power", "target", "mode", "lock", "boost", "level"}
    assert house.home.document(DEVICE)["$"]["q"] == dict.fromkeys(names, "stale")
    await house.kettle()
    assert house.home.twin(DEVICE).availability.state is AvailabilityState.ONLINE
    assert house.home.document(DEVICE)["$"]["q"] == {"level": "stale"}


async def test_values_said_of_an_unreachable_device_are_not_believed(house: House) -> None:
    await house.kettle()
    house.home.report(
        Report(device=DEVICE, availability=Availability(AvailabilityState.OFFLINE, START, "unplugged"), values={"target": 80})
    )
    document = house.home.document(DEVICE)
    assert (document["target"], document["$"]["q"]["target"]) == (80, "stale")
    house.home.report(Report(device=DEVICE, availability=Availability(AvailabilityState.ONLINE, START), values={"target": 80}))
    assert "target" not in house.home.document(DEVICE)["$"]["q"]


async def test_reports_without_a_session_are_dropped(house: House) -> None:
    house.home.report(Report(device="stranger", values={"power": True}))
    await house.kettle()
    house.home.detach(DEVICE, "gone")
    house.report(target=90)
    assert house.home.document(DEVICE)["target"] == 60


async def test_a_complete_report_casts_doubt_on_what_it_leaves_out(house: House) -> None:
    await house.kettle(owner="Li")
    house.home.report(Report(device=DEVICE, values={"power": True, "target": 60}, complete=True))
    assert house.home.document(DEVICE)["$"]["q"] == {"mode": "stale", "lock": "stale", "boost": "stale"}
    assert "owner" not in house.home.twin(DEVICE).quality


async def test_events_pass_with_the_version_and_only_as_the_profile_says(house: House) -> None:
    await house.kettle()
    async with Reader(house) as reader:
        events = (Event("boiled", {"at": 99.5}), Event("boiled", {"at": "hot"}), Event("nonsense"))
        house.home.report(Report(device=DEVICE, events=events))
        (change,) = await reader.of(EventRaised)
    assert (change.event, change.version) == (events[0], house.home.twin(DEVICE).version)


async def test_a_device_clock_from_the_future_is_not_believed(house: House) -> None:
    await house.kettle()
    house.home.report(Report(device=DEVICE, values={"target": 61}, at=START - 3))
    assert house.home.document(DEVICE)["$"]["ts"] == "2027-01-15T07:59:57.000Z"
    house.home.report(Report(device=DEVICE, values={"target": 62}, at=START + 86400))
    assert house.home.document(DEVICE)["$"]["ts"] == "2027-01-15T08:00:00.000Z"


async def test_a_new_description_drops_what_it_no_longer_allows(house: House) -> None:
    await house.kettle(target=95)
    async with Reader(house) as reader:
        session = Stub()
        await house.home.attach(kettle(narrowing={"target": {"maximum": 90}}), session)
        assert len(await reader.of(Described)) == 1
        await house.home.attach(kettle(narrowing={"target": {"maximum": 90}}), session)
        assert len(await reader.of(Described)) == 1
    assert "target" not in house.home.document(DEVICE)


async def test_a_description_that_breaks_the_profile_is_refused_and_shown(house: House) -> None:
    for description in (kettle("odd", features=("STEAM",)), kettle("wide", narrowing={"target": {"maximum": 400}})):
        with pytest.raises(SchemaViolation):
            await house.home.attach(description, Stub())
    assert house.home.devices() == ()
    assert [(row["id"], bool(row["problem"])) for row in house.home.inventory()] == [("odd", True), ("wide", True)]
    await house.home.attach(kettle("odd"), Stub())
    assert {row["id"]: bool(row["problem"]) for row in house.home.inventory()} == {"odd": False, "wide": True}


async def test_names_rooms_and_tags_outlive_a_restart_and_values_come_back_stale(tmp_path: Path) -> None:
    async with living(tmp_path) as house:
        await house.kettle(level=1, owner="Li")
        await house.home.rename(DEVICE, "  Old faithful ")
        await house.home.place(DEVICE, "kitchen")
        await house.home.tag(DEVICE, ["tea", "", "tea", "slow"])
        version = house.home.twin(DEVICE).version
    async with living(tmp_path, HandClock(START + 60)) as house:
        twin = house.home.twin(DEVICE)
        assert (twin.name, twin.room, twin.tags, twin.last_seen) == ("Old faithful", "kitchen", ("tea", "slow"), START)
        assert twin.availability == Availability(AvailabilityState.OFFLINE, START + 60, "not seen since the gateway started")
        assert twin.version.boot == version.boot + 1
        document = house.home.document(DEVICE)
        assert (document["target"], document["level"]) == (60, 1)
        assert set(document["$"]["q"].values()) == {"stale"}
        assert "owner" not in twin.values
        await house.home.rename(DEVICE, "")
        assert house.home.twin(DEVICE).name == "Kitchen kettle"


async def test_a_thing_description_is_made_anew_when_the_name_changes(house: House) -> None:
    await house.kettle()
    first = house.home.thing_description(DEVICE)
    assert house.home.thing_description(DEVICE) is first
    await house.home.rename(DEVICE, "Other")
    second = house.home.thing_description(DEVICE)
    assert (second.document["title"], second.hash != first.hash, len(second.hash)) == ("Other", True, 64)


async def test_a_name_that_cannot_be_shown_is_refused(house: House) -> None:
    await house.kettle()
    for name in ("x" * 65, "a\x00b"):
        with pytest.raises(SchemaViolation):
            await house.home.rename(DEVICE, name)
    with pytest.raises(Unknown):
        await house.home.rename("nobody", "x")


async def test_a_forgotten_device_is_gone_and_its_version_goes_on_when_it_returns(tmp_path: Path) -> None:
    async with living(tmp_path) as house:
        await house.kettle()
        seq = house.home.twin(DEVICE).seq
        await house.home.forget(DEVICE)
        with pytest.raises(Unknown):
            house.home.twin(DEVICE)
        with pytest.raises(Unknown):
            await house.home.forget(DEVICE)
        await house.kettle()
        assert house.home.twin(DEVICE).seq > seq
        await house.home.forget(DEVICE)
    async with living(tmp_path) as house:
        assert house.home.devices() == ()
        assert house.home.inventory() == []


async def test_history_is_what_changed(house: House) -> None:
    await house.kettle()
    house.report(target=70)
    house.report(target=70)
    house.report(target=80)
    samples = await house.home.history(DEVICE, "target", 0.0, 10)
    assert samples == [{"at": START, "property": "target", "value": value} for value in (60, 70, 80)]
    with pytest.raises(Unknown):
        await house.home.history("nobody", None, 0.0, 10)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 0.5]) | st.sampled_from(["", "1", "true"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)


@given(json_values, json_values)
def test_values_are_the_same_exactly_when_their_json_is(one: Any, other: Any) -> None:
    def canonical(value: Any) -> Any:
        if isinstance(value, dict):
            return ("object", tuple(sorted((key, canonical(member)) for key, member in value.items())))
        if isinstance(value, list):
            return ("array", tuple(map(canonical, value)))
        return (
            ("number", float(value))
            if isinstance(value, int | float) and not isinstance(value, bool)
            else (type(value).__name__, repr(value))
        )

    assert same(one, other) == (repr(canonical(one)) == repr(canonical(other)))
    assert same(one, one)
