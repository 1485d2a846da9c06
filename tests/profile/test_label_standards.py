"""Labels against their standards: tests G1 and G2, and M33."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.profile.label_standards import LabelFlaw, in_force, label_flaws
from gateway.profile.reference import Reference

STANDARDS = Reference().label_standards
DAYS = st.dates(min_value=date(2008, 1, 1), max_value=date(2030, 12, 31))

# By hand from the pages the table names, not from the table: kind, standard, first day, last day, number of grades.
ORACLE = (
    ("refrigerator", "GB 12021.2-2015", date(2016, 10, 1), date(2026, 5, 31), 5),
    ("refrigerator", "GB 12021.2-2025", date(2026, 6, 1), None, 5),
    ("air-conditioner", "GB 21455-2019", date(2020, 7, 1), None, 5),
    ("water-purifier", "GB 34914-2017", date(2018, 11, 1), date(2022, 6, 30), 5),
    ("water-purifier", "GB 34914-2021", date(2022, 7, 1), None, 3),
    ("air-purifier", "GB 36893-2018", date(2019, 12, 1), date(2025, 9, 30), 3),
    ("electric-water-heater", "GB 21519-2008", date(2008, 11, 1), None, 5),
    ("washing-machine", "GB 12021.4-2013", date(2013, 10, 1), date(2027, 3, 31), 5),
)


def label(standard: str, grade: int, total: int = 5) -> dict[str, Any]:
    return {"scheme": "CEL", "std": standard, "grade": grade, "gradesTotal": total}


@pytest.mark.parametrize(
    ("made", "cited", "flaw"),
    [
        (date(2026, 5, 31), "GB 12021.2-2015", None),
        (date(2026, 6, 1), "GB 12021.2-2015", LabelFlaw.NO_LONGER),
        (date(2026, 5, 31), "GB 12021.2-2025", LabelFlaw.NOT_YET),
        (date(2026, 6, 1), "GB 12021.2-2025", None),
    ],
)
def test_g2_a_refrigerator_cites_the_standard_that_was_in_force_when_it_was_made(made: date, cited: str, flaw: LabelFlaw | None) -> None:
    assert label_flaws(STANDARDS, "refrigerator", [label(cited, 1)], made) == ((flaw,) if flaw else ())


def test_the_standards_of_a_day_change_over_night() -> None:
    assert [each.id for each in in_force(STANDARDS, "refrigerator", date(2026, 5, 31))] == ["GB 12021.2-2015"]
    assert [each.id for each in in_force(STANDARDS, "refrigerator", date(2026, 6, 1))] == ["GB 12021.2-2025"]
    assert [each.id for each in in_force(STANDARDS, "air-conditioner", date(2020, 6, 30))] == ["GB 12021.3-2010", "GB 21455-2013"]
    assert [each.id for each in in_force(STANDARDS, "air-conditioner", date(2020, 7, 1))] == ["GB 21455-2019"]
    assert [each.id for each in in_force(STANDARDS, "range-hood", date(2026, 11, 1))] == ["GB 29539-2025"]
    assert in_force(STANDARDS, "light", date(2026, 11, 1)) == ()


def test_a_direct_broadcast_box_has_no_label_standard_and_another_box_has() -> None:
    day = date(2024, 1, 1)
    assert in_force(STANDARDS, "set-top-box", day, {"reception": "dth"}) == ()
    assert [each.id for each in in_force(STANDARDS, "set-top-box", day, {"reception": "iptv"})] == ["GB 24850-2020"]
    assert label_flaws(STANDARDS, "set-top-box", [label("GB 24850-2020", 1, 3)], day, facts={"reception": "dth"}) == (LabelFlaw.OTHER_KIND,)


def test_what_is_not_known_is_said_and_never_counts_as_good() -> None:
    day = date(2026, 6, 1)
    assert label_flaws(STANDARDS, "light", [], day) == (LabelFlaw.NO_LABEL,)
    assert label_flaws(STANDARDS, "refrigerator", [label("GB 12021.2-2025", 1)], None) == (LabelFlaw.MADE_UNKNOWN,)
    assert label_flaws(STANDARDS, "refrigerator", [label("GB 1-1", 1)], day) == (LabelFlaw.STANDARD_UNKNOWN,)
    assert label_flaws(STANDARDS, "washing-machine", [label("GB 12021.2-2025", 1)], day) == (LabelFlaw.OTHER_KIND,)
    assert label_flaws(STANDARDS, "office-device", [label("GB 21521-2014", 1, 3)], day) == (LabelFlaw.DATES_UNKNOWN,)
    assert label_flaws(STANDARDS, "refrigerator", [label("GB 12021.2-2025", 1, 3)], day) == (LabelFlaw.GRADES_DIFFER,)


def test_a_standard_for_two_kinds_has_a_number_of_grades_for_each() -> None:
    day = date(2024, 1, 1)
    assert label_flaws(STANDARDS, "uhd-tv", [label("GB 24850-2020", 1, 5)], day) == ()
    assert label_flaws(STANDARDS, "uhd-tv", [label("GB 24850-2020", 1, 3)], day) == (LabelFlaw.GRADES_DIFFER,)
    assert label_flaws(STANDARDS, "set-top-box", [label("GB 24850-2020", 1, 3)], day, facts={"reception": "iptv"}) == ()


def test_every_label_of_a_device_has_to_be_good() -> None:
    both = [label("GB 38383-2019", 1), {**label("GB 38383-2019", 3), "scheme": "CWL"}]
    assert label_flaws(STANDARDS, "dishwasher", both[:1], date(2022, 1, 1)) == ()
    assert label_flaws(STANDARDS, "dishwasher", both, date(2022, 1, 1)) == (LabelFlaw.GRADE_TOO_HIGH,)


@given(row=st.sampled_from(ORACLE), grade=st.integers(1, 5), made=DAYS)
def test_g1_grade_two_or_better_means_one_or_two_under_a_standard_in_force_at_manufacture(row: Any, grade: int, made: date) -> None:
    kind, standard, first, last, total = row
    good = grade <= 2 and first <= made and (last is None or made <= last)
    assert (label_flaws(STANDARDS, kind, [label(standard, grade, total)], made) == ()) is good


@given(devices=st.lists(st.tuples(st.sampled_from(ORACLE), st.integers(1, 5), DAYS), min_size=1, max_size=60))
def test_g1_the_filter_over_a_home_returns_exactly_the_good_ones(devices: list[Any]) -> None:
    wanted = [
        index
        for index, ((_, _, first, last, _), grade, made) in enumerate(devices)
        if grade < 3 and not made < first and not (last and made > last)
    ]
    found = [
        index
        for index, ((kind, standard, _, _, total), grade, made) in enumerate(devices)
        if not label_flaws(STANDARDS, kind, [label(standard, grade, total)], made)
    ]
    assert found == wanted


@given(made=DAYS, moved=DAYS)
def test_m33_moving_an_effective_day_changes_the_verdict_only_between_the_two_days(made: date, moved: date) -> None:
    old = next(each for each in STANDARDS if each.id == "GB 12021.2-2025")
    new = replace(old, first=moved)
    before, after = (label_flaws([each], "refrigerator", [label(old.id, 1)], made) for each in (old, new))
    assert old.first is not None
    between = min(old.first, moved) <= made < max(old.first, moved)
    assert (before != after) is between


def test_successors_follow_without_gap_or_overlap() -> None:
    pairs = [(old, new) for old in STANDARDS for new in STANDARDS if new.id == old.replaced_by and new.kinds & old.kinds]
    assert {old.id for old, _ in pairs} == {each.id for each in STANDARDS if each.replaced_by}
    for old, new in pairs:
        assert old.last is not None
        assert new.first == old.last + timedelta(days=1), (old.id, new.id)
