"""The parts of a rehearsal that need no process: jumps of time, chosen faults, curves, and what differs between two reports."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.app.hurry import LONGEST, SHORTEST, Sleeper, jump
from gateway.cli.rehearsal_view import evenly, span
from gateway.errors import BadSyntax
from gateway.scenes.rehearsal.comparison import changed_by, differences
from gateway.scenes.rehearsal.faults import checked, request
from gateway.scenes.rehearsal.outcome import POINTS, power_of, thinned

TIMES = some.floats(0.01, 100_000)


@given(some.lists(TIMES, min_size=1), some.lists(TIMES), TIMES)
def test_no_jump_goes_past_the_end_of_a_pause(pauses: list[float], looks: list[float], waited: float) -> None:
    sleepers = [*(Sleeper(left) for left in pauses), *(Sleeper(left, looks=True) for left in looks)]
    assert 0 < jump(sleepers, waited) <= max(SHORTEST, min(*pauses, LONGEST))


@given(some.lists(TIMES))
def test_time_is_not_moved_on_for_who_only_watches(left: list[float]) -> None:
    assert jump([Sleeper(each, observes=True) for each in left], 60.0) == 0.0


def test_a_day_of_waiting_is_passed_in_a_few_thousand_jumps_at_most() -> None:
    left, jumps = 86_400.0, 0
    while left > 0:
        left -= jump([Sleeper(left), Sleeper(0.1, looks=True)], 86_400.0 - left)
        jumps += 1
    assert jumps < 3500


def test_looking_goes_on_in_steps_that_grow_but_stay_small_beside_what_was_waited() -> None:
    waited = 0.0
    while waited < 600:
        step = jump([Sleeper(0.1, looks=True)], waited)
        assert step <= max(0.1, waited * 0.05)
        waited += step


@pytest.mark.parametrize("word", ["", "aside", "Away", "REFRIG"])
def test_what_is_no_fault_is_refused_with_those_there_are(word: str) -> None:
    with pytest.raises(BadSyntax, match="silent: vanishes"):
        checked(word)


def test_a_code_of_the_catalogue_is_a_fault_like_the_words() -> None:
    assert checked("REFRIG.LOW-CHARGE") == "REFRIG.LOW-CHARGE"
    assert request("fridge", "REFRIG.LOW-CHARGE") == {"do": "fault", "unit": "fridge", "code": "REFRIG.LOW-CHARGE"}
    assert request("fridge", "slow") == {"do": "network", "unit": "fridge", "delay": 3.0}


@given(some.lists(some.tuples(some.floats(0, 1e5), some.floats(0, 1e4)), min_size=1, max_size=1000))
def test_a_curve_keeps_its_peak_however_it_is_thinned(curve: list[tuple[float, float]]) -> None:
    kept = thinned(curve)
    assert len(kept) <= POINTS
    assert max(watts for _, watts in kept) == round(max(watts for _, watts in curve), 1)


def test_the_power_at_the_end_is_that_of_the_scene_not_of_what_is_watched_afterwards() -> None:
    power = power_of([(0.0, 10.0), (5.0, 20.0), (60.0, 900.0)], before=10.0, ended=6.0)
    assert (power["before"], power["atEnd"], power["peak"], power["peakAt"]) == (10.0, 20.0, 900.0, 60.0)


def _report(*lines: tuple[str, dict[str, Any], str], why: str = "") -> dict[str, Any]:
    told = [{"device": device, "set": values, "outcome": outcome} for device, values, outcome in lines]
    return {"lines": told, "good": all(outcome == "done" for _, _, outcome in lines), "why": why}


def test_the_same_reports_differ_nowhere_and_one_outcome_is_named() -> None:
    one = _report(("lamp", {"power": True}, "done"), ("lamp", {"power": True}, "already"))
    assert differences(one, one) == []
    other = _report(("lamp", {"power": True}, "done"), ("lamp", {"power": True}, "failed"))
    assert differences(one, other) == [{"device": "lamp", "asked": "power=True", "foretold": "already", "seen": "failed"}]
    assert [each["seen"] for each in differences(one, _report(("lamp", {"power": True}, "done")))] == [""]


def test_a_branch_of_the_failure_tree_names_the_missing_one_and_whoever_else_comes_out_otherwise() -> None:
    usual = _report(("lamp", {"power": True}, "done"), ("fan", {"power": True}, "done"))
    without = _report(("lamp", {"power": True}, "unreachable"), ("fan", {"power": True}, "rolledBack"), why="rolled back")
    branch = changed_by({"lamp": "away"}, usual, without)
    assert [line["outcome"] for line in branch["own"]] == ["unreachable"]
    assert [(line["device"], line["seen"]) for line in branch["others"]] == [("fan", "rolledBack")]
    assert (branch["good"], branch["why"]) == (False, "rolled back")


def test_a_curve_is_shown_by_time_and_not_by_how_often_it_was_measured() -> None:
    levels = evenly([[0.0, 1.0], [0.1, 1.0], [0.2, 1.0], [100.0, 9.0]], 10)
    assert levels == [1.0] * 9 + [9.0]


@pytest.mark.parametrize(("seconds", "words"), [(2.04, "2.0 s"), (90, "1 min 30 s"), (7260, "2 h 1 min")])
def test_times_are_told_as_people_say_them(seconds: float, words: str) -> None:
    assert span(seconds) == words
