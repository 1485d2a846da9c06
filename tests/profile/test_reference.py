"""Safe use, waste, and what all tables have in common."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unknown
from gateway.profile.check import check_file
from gateway.profile.library import Library
from gateway.profile.reference import REFERENCE, Reference
from gateway.profile.resolver import read_yaml
from gateway.profile.safe_use import months_left, years_after
from gateway.profile.waste import missing_hazards

TABLES = Reference()
DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2060, 12, 31))


@pytest.mark.parametrize("path", sorted(REFERENCE.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_check_finds_nothing_in_the_tables(path: Path) -> None:
    assert [str(finding) for finding in check_file(path)] == []


def test_every_kind_of_the_standard_stands_in_the_tables(library: Library) -> None:
    labelled = {kind for each in TABLES.label_standards for kind in each.kinds}
    for kind in library.kinds():
        assert TABLES.safe_use_term(kind).kind == kind
        assert kind in labelled | _without(), f"{kind}: name its label standard, or that none is known"


@pytest.mark.parametrize(
    ("kind", "purchased", "installed", "end"),
    [
        ("refrigerator", "2020-03-01", "2020-03-05", "2030-03-01"),
        ("air-conditioner", "2020-03-01", "2020-04-20", "2030-04-20"),
        ("air-conditioner", "2020-03-01", None, "2030-03-01"),
        ("refrigerator", "2024-02-29", None, "2034-02-28"),
        ("washing-machine", "2024-02-29", None, "2032-02-29"),
        ("refrigerator", None, None, None),
        ("refrigerator", None, "2020-03-05", None),
        ("uhd-tv", "2020-03-01", None, None),
        ("water-purifier", "2020-03-01", None, None),
    ],
)
def test_l2_a_term_ends_years_after_its_own_start_and_is_never_guessed(
    kind: str, purchased: str | None, installed: str | None, end: str | None
) -> None:
    bought, mounted = (date.fromisoformat(day) if day else None for day in (purchased, installed))
    found = TABLES.safe_use_term(kind).ends(purchased=bought, installed=mounted)
    assert found == (date.fromisoformat(end) if end else None)


def test_the_gas_decides_about_a_gas_water_heater() -> None:
    term = TABLES.safe_use_term("gas-water-heater")
    assert (term.years_for({}), term.years_for({"gas": "natural"}), term.years_for({"gas": "manufactured"})) == (8, 8, 6)


def test_an_unknown_kind_is_said() -> None:
    with pytest.raises(Unknown, match="teapot"):
        TABLES.safe_use_term("teapot")


@given(day=DAYS, years=st.integers(0, 20))
def test_years_later_is_the_same_day_or_the_last_of_february(day: date, years: int) -> None:
    later = years_after(day, years)
    assert (later.year, later.month) == (day.year + years, day.month)
    assert later.day == day.day or (day.month, day.day, later.day) == (2, 29, 28)


@given(until=DAYS, days=st.integers(-4000, 4000))
def test_months_left_fall_by_one_a_month_and_below_zero_the_day_after(until: date, days: int) -> None:
    today = until + timedelta(days=days)
    left = months_left(until, today)
    assert (left < 0) is (today > until)
    assert abs(left - (until - today).days / 30.44) < 1.1
    assert months_left(until, today + timedelta(days=1)) <= left


def test_the_catalogue_has_its_fourteen_items_and_its_limits() -> None:
    assert [item.number for item in TABLES.waste_items] == list(range(1, 15))
    assert TABLES.waste_item("refrigerator", {"volume": 800}) is TABLES.waste_items[0]
    assert TABLES.waste_item("refrigerator", {"volume": 801}) is None
    assert TABLES.waste_item("refrigerator") is TABLES.waste_items[0]
    assert TABLES.waste_item("set-top-box") is None


def test_m23_a_handover_must_state_the_refrigerant() -> None:
    for kind in ("refrigerator", "air-conditioner"):
        assert missing_hazards(TABLES.hazards, kind, frozenset()) == ("refrigerant",)
        assert missing_hazards(TABLES.hazards, kind, frozenset({"refrigerant"})) == ()
    assert missing_hazards(TABLES.hazards, "light", frozenset()) == ()


def _without() -> set[str]:
    return {row["kind"] for row in read_yaml(REFERENCE / "label-standards-1.yaml")["without"]}


def test_every_fault_says_what_it_stops_and_which_kinds_can_have_it(library: Library) -> None:
    for code, fault in library.faults().items():
        assert set(fault) >= {"titles", "hint", "severity", "component", "effect", "remedy", "latched", "kinds"}, code
        assert fault["kinds"] == "all" or set(fault["kinds"]) <= set(library.kinds()), code


def test_the_fault_catalogue_stands_among_the_reference_tables_only() -> None:
    assert list(REFERENCE.parent.glob("faults*")) == []
