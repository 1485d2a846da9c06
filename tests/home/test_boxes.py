"""What is known of set-top boxes: whose word counts, that nothing told is lost, and what cannot be told."""

from pathlib import Path
from typing import Any

import pytest

from gateway.errors import CommandError, SchemaViolation, Unknown
from gateway.home.boxes.boxes import Box
from gateway.home.boxes.fact import Source
from gateway.storage.erasure import finish
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.value import Quality
from tests.home.kit import START, House, living
from tests.home.links_kit import LIBRARY, put

TODAY = "2027-01-15"  # the day START is in Shanghai
UHD = {"reception": "iptv", "videoClass": "UHD4K", "smart": True, "standards": ["GY/T 399-2024"], "firstActivated": "2024-05-01"}


def at_home(folder: Path) -> Any:
    return living(folder, library=LIBRARY)


async def silent(house: House, device: str = "stb-1") -> None:
    """Bring in a box that says nothing of what it is."""
    await put(house, device, "set-top-box", power=True, standards=[])


def words(box: Box) -> dict[str, tuple[Any, str]]:
    return {name: (fact.value, fact.source.value) for name, fact in box.facts.items()}


async def test_the_box_comes_before_the_owner_and_the_owner_before_a_list(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await silent(house)
        boxes = house.home.boxes
        await boxes.tell(Source.LIST, {"stb-1": {"reception": "dth", "videoClass": "SD", "smart": False}}, {"stb-1": "l.csv line 2"})
        await boxes.tell(Source.OWNER, {"stb-1": {"reception": "iptv", "videoClass": "HD"}}, {})
        house.home.report(Report(device="stb-1", values={"reception": "cable"}))
        box = boxes.box("stb-1")
        assert words(box) == {"reception": ("cable", "wire"), "videoClass": ("HD", "owner"), "smart": (False, "list")}
        assert [(fact.name, fact.value, fact.source.value) for fact in box.otherwise] == [
            ("reception", "dth", "list"),
            ("videoClass", "SD", "list"),
            ("reception", "iptv", "owner"),
        ]
        assert (box.facts["reception"].quality, box.facts["videoClass"].quality) == ("good", "assumed")
        assert (box.facts["smart"].origin, box.facts["smart"].at) == ("l.csv line 2", START)


async def test_what_a_wire_only_assumes_is_nobodys_word(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await silent(house)
        house.home.report(Report(device="stb-1", values={"reception": "dth"}, quality={"reception": Quality.ASSUMED}))
        assert words(house.home.boxes.box("stb-1")) == {"reception": ("dth", "assumed")}
        await house.home.boxes.tell(Source.LIST, {"stb-1": {"reception": "iptv"}}, {})
        assert words(house.home.boxes.box("stb-1")) == {"reception": ("iptv", "list")}


async def test_a_word_that_is_not_valid_is_none(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await silent(house)
        house.home.report(Report(device="stb-1", values={"reception": "dth"}, quality={"reception": Quality.INVALID}))
        assert words(house.home.boxes.box("stb-1")) == {}


async def test_a_home_that_was_handed_on_keeps_what_a_box_is_and_not_who_said_it(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await silent(house)
        await house.home.boxes.tell(Source.LIST, {"stb-1": UHD}, {"stb-1": "Ms Wang's boxes.csv line 2"})
    assert finish(tmp_path, START, lambda _: None, wish="transfer") == "transfer"
    assert "Wang" not in (tmp_path / "state.db").read_bytes().decode("latin-1")
    async with at_home(tmp_path) as house:
        fact = house.home.boxes.box("stb-1").facts["videoClass"]
        assert (fact.value, fact.source, fact.origin) == ("UHD4K", "list", "")


async def test_an_empty_list_of_standards_is_no_word(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await silent(house)
        await house.home.boxes.tell(Source.LIST, {"stb-1": UHD}, {})
        box = house.home.boxes.box("stb-1")
        assert (words(box)["standards"], box.judgement.verdict) == ((["GY/T 399-2024"], "list"), "passes")
        house.home.report(Report(device="stb-1", values={"standards": ["YD/T 2726-2014"]}))
        assert house.home.boxes.box("stb-1").judgement.verdict == "fails"


async def test_a_box_that_is_away_keeps_its_word_and_says_that_it_is_old(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await silent(house)
        house.home.report(Report(device="stb-1", values=UHD))
        house.home.detach("stb-1", "unplugged")
        box = house.home.boxes.box("stb-1")
        assert (box.judgement.verdict, box.facts["videoClass"].quality) == ("passes", "stale")


async def test_what_was_told_is_there_after_a_restart_and_gone_with_the_box(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await silent(house)
        await silent(house, "stb-2")
        await house.home.boxes.tell(Source.LIST, {"stb-1": UHD, "stb-2": UHD}, {"stb-1": "l.csv line 2"})
        await house.home.boxes.tell(Source.OWNER, {"stb-1": {"videoClass": "HD"}}, {})
        await house.home.boxes.untell("stb-1", ["videoClass"])
    async with at_home(tmp_path) as house:
        box = house.home.boxes.box("stb-1")
        assert (words(box)["videoClass"], box.facts["videoClass"].origin) == (("UHD4K", "list"), "l.csv line 2")
        await house.home.forget("stb-1")
        assert [each.device for each in house.home.boxes.all()] == ["stb-2"]
        await silent(house)
        assert words(house.home.boxes.box("stb-1")) == {}
    async with at_home(tmp_path) as house:
        assert {record.device for record in await house.store.box_facts.all()} == {"stb-2"}


async def test_the_same_list_again_changes_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await silent(house)
        for _ in range(2):
            await house.home.boxes.tell(Source.LIST, {"stb-1": UHD}, {"stb-1": "l.csv line 2"})
            house.clock.jump(1000)
        assert {record.at for record in await house.store.box_facts.all()} == {START}


@pytest.mark.parametrize(
    ("facts", "about"),
    [
        ({"reception": "smoke"}, "reception"),
        ({"videoClass": "4K"}, "videoClass"),
        ({"smart": "yes"}, "smart"),
        ({"standards": []}, "standards"),
        ({"standards": ["x" * 65]}, "standards"),
        ({"standards": "GY/T 399-2024"}, "standards"),
        ({"firstActivated": "2022-07-01T00:00:00"}, "firstActivated"),
        ({"firstActivated": "soon"}, "firstActivated"),
        ({"firstActivated": 20220701}, "firstActivated"),
        ({"firstActivated": "2027-01-16"}, "firstActivated"),
        ({"colour": "black"}, "colour"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_name_and_takes_the_rest_with_it(tmp_path: Path, facts: dict[str, Any], about: str) -> None:
    async with at_home(tmp_path) as house:
        await silent(house)
        await silent(house, "stb-2")
        with pytest.raises(CommandError) as caught:
            await house.home.boxes.tell(Source.LIST, {"stb-2": UHD, "stb-1": {"smart": True, **facts}}, {})
        assert (caught.value.property, await house.store.box_facts.all()) == (about, ())
        assert words(house.home.boxes.box("stb-2")) == {}


async def test_today_is_the_day_in_shanghai(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await silent(house)
        assert house.home.boxes.today().isoformat() == TODAY
        await house.home.boxes.tell(Source.OWNER, {"stb-1": {"firstActivated": TODAY}}, {})


@pytest.mark.parametrize(("moment", "day"), [("2022-06-30T23:59:59+08:00", "2022-06-30"), ("2022-06-30T16:00:00Z", "2022-07-01")])
async def test_a_moment_is_kept_as_its_day_in_shanghai(tmp_path: Path, moment: str, day: str) -> None:
    async with at_home(tmp_path) as house:
        await silent(house)
        await house.home.boxes.tell(Source.OWNER, {"stb-1": {"firstActivated": moment}}, {})
        assert house.home.boxes.box("stb-1").facts["firstActivated"].value == day


async def test_a_moment_over_a_wire_is_no_day_of_the_profile_and_is_not_believed(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await silent(house)
        house.home.report(Report(device="stb-1", values={"reception": "dth", "firstActivated": "2022-06-30T16:00:00Z"}))
        assert words(house.home.boxes.box("stb-1")) == {"reception": ("dth", "wire")}


async def test_only_a_set_top_box_is_one(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await put(house, "plug-1", "plug", power=True)
        with pytest.raises(Unknown, match="no set-top box but a plug"):
            await house.home.boxes.tell(Source.OWNER, {"plug-1": {"smart": True}}, {})
        with pytest.raises(Unknown):
            await house.home.boxes.tell(Source.OWNER, {"stb-9": {"smart": True}}, {})
        assert house.home.boxes.all() == ()


async def test_a_limit_is_missed_by_what_was_measured_on_an_ultra_high_definition_box_only(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        session = await put(house, "stb-1", "set-top-box", power=True)
        await house.home.attach(Description(id="stb-1", kind="set-top-box", features=("BTM", "FPT")), session)
        house.home.report(Report(device="stb-1", values={"bootTime": 36.0, "firstPictureTime": 5.0}))
        assert house.home.boxes.box("stb-1").slow == ()
        await house.home.boxes.tell(Source.OWNER, {"stb-1": {"videoClass": "UHD4K"}}, {})
        assert [(each.limit.id, each.value) for each in house.home.boxes.box("stb-1").slow] == [("normal-picture", 36.0)]
        house.home.report(Report(device="stb-1", values={"bootTime": 36.0}, quality={"bootTime": Quality.ASSUMED}))
        assert house.home.boxes.box("stb-1").slow == ()


async def test_those_that_break_a_rule_come_first_then_the_oldest_to_be_replaced(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        old = {"reception": "dth", "videoClass": "SD"}
        for device, facts in {
            "stb-good": UHD,
            "stb-young": {**old, "firstActivated": "2021-01-15"},
            "stb-old": {**old, "firstActivated": "2015-01-16"},
            "stb-bad": {**old, "firstActivated": "2023-01-01"},
        }.items():
            await silent(house, device)
            await house.home.boxes.tell(Source.LIST, {device: facts}, {})
        found = house.home.boxes.all()
        assert [(box.device, box.age) for box in found] == [("stb-bad", 4), ("stb-old", 11), ("stb-young", 6), ("stb-good", 2)]
        with pytest.raises(SchemaViolation):
            await house.home.boxes.tell(Source.LIST, {"stb-bad": {"firstActivated": "2099-01-01"}}, {})
