"""The matrix tells who was caught by what, who was not and why, and who was accused wrongly."""

from typing import Any

from tests.mutants.case import Case
from tests.mutants.matrix import Matrix, drawn, healthy_cases, twin_cases


def found(**outcomes: dict[str, str]) -> dict[str, Any]:
    return {"passed": {}, "failed": {}, "skipped": {}, "errored": {}, "seconds": 1.0, **outcomes}


def test_a_twin_is_killed_by_an_id_of_its_own_only() -> None:
    matrix, case = Matrix(), twin_cases(["ack-late"], 1)[0]
    assert "killed by C1.bare[mqtt]; also S1" in matrix.add(case, found(failed={"C1.bare[mqtt]": "", "S1": ""}))
    assert matrix.clean
    other = Matrix()
    assert "SURVIVES" in other.add(case, found(failed={"C10[mqtt]": ""}, passed={"C1[mqtt]": ""}))
    assert not other.clean


def test_a_survivor_says_why() -> None:
    matrix, case = Matrix(), twin_cases(["ack-late"], 1)[0]
    assert "there is no such check" in matrix.add(case, found())
    assert "skipped C1[coap] (no hands)" in matrix.add(case, found(skipped={"C1[coap]": "no hands"}))
    assert "survivor: ack-late" in matrix.summary()


def test_whatever_a_healthy_one_fails_is_a_false_alarm() -> None:
    for outcome in ("failed", "errored"):
        matrix = Matrix()
        assert "FALSE ALARM S1" in matrix.add(Case(kind="plug"), found(**{outcome: {"S1": "boo"}}))
        assert not matrix.clean
    matrix = Matrix()
    assert "silent" in matrix.add(Case(kind="plug"), found(passed={"S1": ""}))
    assert matrix.clean


def test_what_cannot_be_run_is_no_kill_and_no_silence() -> None:
    matrix = Matrix()
    matrix.add(twin_cases(["ack-late"], 1)[0], {"broken": "TimeoutError()", "seconds": 1.0})
    matrix.add(Case(kind="plug"), {"broken": "TimeoutError()", "seconds": 1.0})
    assert list(matrix.alive) == ["ack-late"]
    assert len(matrix.alarms) == 1


def test_a_share_is_the_same_for_the_same_seed() -> None:
    names = [f"n{number}" for number in range(50)]
    assert drawn(names, 0.1, 3) == drawn(names, 0.1, 3)
    assert len(drawn(names, 0.1, 3)) == 5
    assert drawn(names, 0.1, 3) != drawn(names, 0.1, 4)


def test_healthy_runs_go_round_the_kinds_with_new_seeds() -> None:
    cases = healthy_cases(["plug", "light"], 7, 1.0, 5)
    assert [(case.kind, case.seed) for case in cases] == [("plug", 7), ("light", 7), ("plug", 8), ("light", 8), ("plug", 9)]


def test_a_case_travels() -> None:
    case = twin_cases(["ack-late"], 3)[0]
    assert Case.read(case.line()) == case
