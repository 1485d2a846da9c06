"""The rules for set-top boxes: tests B1 to B3, boundary tables of M09 to M11."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.profile.reference import Reference
from gateway.profile.set_top_box_rules import BoxFacts, BoxVerdict, facts_of, shanghai_day

RULES = Reference().set_top_box_rules
PASSES, FAILS, UNKNOWN = BoxVerdict.PASSES, BoxVerdict.FAILS, BoxVerdict.UNKNOWN


def box(reception: str, day: str, video: str, *standards: str, smart: bool | None = True) -> BoxFacts:
    return BoxFacts(
        reception=reception, video_class=video, smart=smart, standards=standards, first_activated=date.fromisoformat(day) if day else None
    )


@pytest.mark.parametrize(
    ("facts", "verdict", "about"),
    [
        (box("dth", "2022-06-30", "SD", smart=False), PASSES, []),
        (box("dth", "2022-07-01", "SD"), FAILS, ["videoClass"]),
        (box("dth", "2022-07-01", "HD"), PASSES, []),
        (box("dth", "2022-07-01", "UHD4K"), PASSES, []),
        (box("dth", "2022-07-01", "HD", smart=False), FAILS, ["smart"]),
        (box("dth", "2022-07-01", "SD", smart=False), FAILS, ["videoClass", "smart"]),
        (box("dth", "2022-07-01", "HD", smart=None), UNKNOWN, ["smart"]),
        (box("cable", "2022-07-01", "SD", smart=False), PASSES, []),
        (box("dth", "2022-07-01", ""), UNKNOWN, ["videoClass"]),
        (box("dth", "2022-07-01", "", smart=False), FAILS, ["videoClass", "smart"]),
        (box("dth", "2022-06-30", ""), PASSES, []),
    ],
)
def test_m09_direct_broadcast_boxes_on_both_sides_of_the_day(facts: BoxFacts, verdict: BoxVerdict, about: list[str]) -> None:
    judged = RULES.judge(facts)
    assert (judged.verdict, [reason.fact for reason in judged.reasons]) == (verdict, about)
    assert all(reason.rule == "dth-hd" and reason.detail for reason in judged.reasons)


@pytest.mark.parametrize(
    ("facts", "verdict", "about"),
    [
        (box("iptv", "2022-12-31", "HD"), PASSES, []),
        (box("iptv", "2023-01-01", "HD", "GY/T 399-2024"), FAILS, ["videoClass", "standards"]),
        (box("iptv", "2023-01-01", "UHD4K"), FAILS, ["standards"]),
        (box("iptv", "2024-06-01", "UHD4K", "YD/T 2726-2014"), FAILS, ["standards"]),
        (box("iptv", "2024-03-28", "UHD4K", "GY/T 399-2024"), FAILS, ["standards"]),
        (box("iptv", "2024-03-29", "UHD4K", "GY/T 399-2024"), PASSES, []),
        (box("iptv", "2024-03-29", "UHD8K", "YD/T 2726-2014", "GY/T 399-2024", smart=False), PASSES, []),
        (box("iptv", "2024-06-01", "UHD4K", "GY/T 240-2009"), FAILS, ["standards"]),
        (box("iptv", "2024-06-01", "UHD4K", "GB/T 99999-2020"), UNKNOWN, ["standards"]),
        (box("iptv", "2024-06-01", "HD", "GB/T 99999-2020"), FAILS, ["videoClass", "standards"]),
        (box("iptv", "", "SD"), UNKNOWN, ["firstActivated"]),
        (box("iptv", "2024-06-01", "", "GY/T 399-2024"), UNKNOWN, ["videoClass", "standards"]),
        (box("iptv", "2024-06-01", "", "YD/T 2726-2014"), FAILS, ["videoClass", "standards"]),
        (box("", "2022-07-01", "SD"), UNKNOWN, ["reception"]),
        (box("", "2022-06-30", "SD"), PASSES, []),
    ],
)
def test_m10_iptv_boxes_need_the_class_and_a_standard_in_force_that_day(facts: BoxFacts, verdict: BoxVerdict, about: list[str]) -> None:
    judged = RULES.judge(facts)
    assert (judged.verdict, [reason.fact for reason in judged.reasons]) == (verdict, about)


def oracle(facts: BoxFacts) -> str:
    """The two clauses in the words of the notice, written down a second time."""
    day = facts.first_activated
    assert day is not None
    if facts.reception == "dth" and day >= date(2022, 7, 1):
        return "passes" if facts.video_class != "SD" and facts.smart else "fails"
    if facts.reception == "iptv" and day >= date(2023, 1, 1):
        ultra = facts.video_class.startswith("UHD")
        return "passes" if ultra and "GY/T 399-2024" in facts.standards and day >= date(2024, 3, 29) else "fails"
    return "passes"


@given(
    facts=st.builds(
        BoxFacts,
        reception=st.sampled_from(["dth", "iptv", "cable", "ott", "dtmb"]),
        video_class=st.sampled_from(["SD", "HD", "UHD4K", "UHD8K"]),
        smart=st.booleans(),
        standards=st.lists(st.sampled_from(["GY/T 399-2024", "YD/T 2726-2014", "GY/T 240-2009", "Q/X 1"]), max_size=3).map(tuple),
        first_activated=st.one_of(
            st.dates(date(2015, 1, 1), date(2030, 1, 1)),
            st.sampled_from(
                [date(2022, 6, 30), date(2022, 7, 1), date(2022, 12, 31), date(2023, 1, 1), date(2024, 3, 28), date(2024, 3, 29)]
            ),
        ),
    )
)
def test_b1_the_verdict_is_the_notices(facts: BoxFacts) -> None:
    judged = RULES.judge(facts)
    assert judged.verdict == oracle(facts)
    assert bool(judged.reasons) is (judged.verdict != PASSES)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2022-06-30T16:00:00Z", "2022-07-01"),
        ("2022-06-30T15:59:59Z", "2022-06-30"),
        ("2022-12-31T16:00:00+00:00", "2023-01-01"),
        ("2022-07-01T00:00:00+08:00", "2022-07-01"),
        ("2022-06-30", "2022-06-30"),
    ],
)
def test_b2_the_day_is_the_one_in_shanghai(moment: str, day: str) -> None:
    assert shanghai_day(moment) == date.fromisoformat(day)


@pytest.mark.parametrize("nonsense", [None, "", "yesterday", "2022-13-01", "2022-07-01T00:00:00", 20220701])
def test_what_is_no_day_is_no_day(nonsense: object) -> None:
    assert shanghai_day(nonsense) is None


@given(moment=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2040, 1, 1)))  # noqa: DTZ001 - UTC is given below
def test_b2_a_moment_lies_within_its_day_in_shanghai(moment: datetime) -> None:
    there = moment.replace(tzinfo=UTC)
    day = shanghai_day(there.isoformat())
    assert day is not None
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    assert midnight <= there < midnight + timedelta(days=1)


def test_b3_old_boxes_are_listed_for_replacement_and_are_no_violation() -> None:
    old = box("dth", "2019-05-01", "SD", smart=False)
    boxes = {
        "old": old,
        "older": box("dth", "2016-11-30", "SD"),
        "hd": box("dth", "2019-05-01", "HD"),
        "iptv": box("iptv", "2019-05-01", "SD"),
        "unsaid": replace(old, first_activated=None),
    }
    assert RULES.judge(old).verdict == PASSES
    assert RULES.replacement_list(boxes, date(2026, 11, 29)) == (("older", 9), ("old", 7), ("unsaid", None))


def test_the_state_of_a_box_is_what_is_judged() -> None:
    state = {"reception": "iptv", "videoClass": "UHD4K", "smart": True, "standards": ["GY/T 399-2024"], "firstActivated": "2025-01-02"}
    assert RULES.judge(facts_of(state)).verdict == PASSES
    assert RULES.judge(facts_of(state | {"standards": []})).verdict == FAILS
    assert RULES.judge(facts_of({"reception": "iptv"})).verdict == UNKNOWN
