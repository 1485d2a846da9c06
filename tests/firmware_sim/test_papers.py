"""What comes in the box agrees with the tables of the standard, judged by the gateway's reading of them."""

from collections.abc import Callable
from datetime import date
from random import Random

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.models.papers import PRINTED, Papers
from gateway.profile.label_standards import label_flaws
from gateway.profile.reference import Reference
from gateway.profile.set_top_box_rules import BoxVerdict, facts_of
from gateway.profile.waste import missing_hazards

Build = Callable[..., Appliance]
TABLES = Reference()


def papers(kind: str, seed: int) -> Papers:
    return Papers("X", kind, Random(seed))


@pytest.mark.parametrize("kind", sorted(PRINTED))
@pytest.mark.parametrize("seed", range(8))
def test_a_label_cites_the_standard_in_force_when_the_unit_was_made(kind: str, seed: int) -> None:
    sheet = papers(kind, seed)
    labels = sheet.readings()["energyLabel"]
    flaws = label_flaws(TABLES.label_standards, kind, labels, sheet.made, at_most=PRINTED[kind]["grade"], facts={"reception": "iptv"})
    assert flaws == () or not labels


def test_kinds_with_a_known_number_of_grades_have_a_label() -> None:
    assert sum(bool(papers(kind, 1).readings()["energyLabel"]) for kind in PRINTED) >= 12


@pytest.mark.parametrize("kind", ["refrigerator", "air-conditioner", "washing-machine", "gas-water-heater", "uhd-tv", "light"])
@pytest.mark.parametrize("seed", range(4))
def test_the_safe_use_term_is_that_of_the_table(kind: str, seed: int) -> None:
    sheet = papers(kind, seed)
    header, told = sheet.readings()["life"]["header"], sheet.readings()["safeUse"]
    bought, fitted = (date.fromisoformat(header[name]) if name in header else None for name in ("purchased", "installed"))
    end = TABLES.safe_use_term(kind).ends(purchased=bought, installed=fitted)
    assert told == ({"state": "unknown"} if end is None else {"state": "ok", "until": end.isoformat()})


@pytest.mark.parametrize("kind", ["refrigerator", "air-conditioner"])
def test_m23_what_holds_refrigerant_says_which_and_how_much(kind: str) -> None:
    header = papers(kind, 1).readings()["life"]["header"]
    assert missing_hazards(TABLES.hazards, kind, frozenset({"refrigerant"} if header["hazards"] else ())) == ()
    assert all(hazard["kg"] > 0 for hazard in header["hazards"])
    item = TABLES.waste_item(kind)
    assert item is not None
    assert header["weee"] == item.number


@pytest.mark.parametrize("seed", range(6))
def test_the_simulated_box_follows_the_rules_for_set_top_boxes(build: Build, seed: int) -> None:
    judged = TABLES.set_top_box_rules.judge(facts_of(build("set-top-box", seed=seed).values()))
    assert judged.verdict == BoxVerdict.PASSES


def test_a_direct_broadcast_box_has_no_label_because_the_standard_leaves_it_out(build: Build) -> None:
    assert build("set-top-box", made={"reception": "dth", "videoClass": "HD"}).values()["energyLabel"] == []
    assert build("set-top-box", made={"reception": "cable"}).values()["energyLabel"][0]["std"] == "GB 24850-2020"


@pytest.mark.parametrize(
    ("made", "verdict", "replaced"),
    [
        ({"reception": "dth", "videoClass": "SD", "firstActivated": "2019-05-01"}, BoxVerdict.PASSES, True),
        ({"reception": "dth", "videoClass": "SD", "firstActivated": "2022-07-01"}, BoxVerdict.FAILS, True),
        ({"reception": "dth", "videoClass": "HD", "firstActivated": "2022-07-01"}, BoxVerdict.PASSES, False),
        ({"reception": "iptv", "videoClass": "HD", "firstActivated": "2023-01-01"}, BoxVerdict.FAILS, False),
    ],
)
def test_boxes_can_be_ordered_that_break_the_rules(build: Build, made: dict[str, object], verdict: BoxVerdict, replaced: bool) -> None:
    facts = facts_of(build("set-top-box", made=made).values())
    assert TABLES.set_top_box_rules.judge(facts).verdict == verdict
    assert TABLES.set_top_box_rules.to_replace(facts) is replaced
