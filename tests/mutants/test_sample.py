"""A seeded tenth of the kill matrix, and some healthy kinds with a budget. `make mutants` runs all of it.

What is about time (P) is left to `make mutants`: on a busy machine it says more of the machine than of the appliance.
"""

import asyncio
import os

import pytest

from firmware_sim.profile import kinds
from firmware_sim.twins.table import twins
from tests.mutants.case import Case, judged
from tests.mutants.matrix import Matrix, drawn, healthy_cases, twin_cases

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

SEED = int(os.environ.get("HULIAN_SEED", "1"))
SLOW = ("P1", "P2", "P5", "R2", "S9", "D4")
"""Requirements about time, or that take long: their twins are left to the whole matrix."""
TIMELESS = ("T", "S1", "S2", "S3", "S4", "S6", "S7", "S10", "C2", "C3", "C8", "E")
"""What healthy kinds are asked here: what does not depend on how busy the machine is."""
RUNS, BUDGET = 20, 1.0


def quick() -> list[str]:
    return [name for name, bad in twins().items() if not set(bad.caught_by) & set(SLOW)]


@pytest.mark.parametrize("name", drawn(quick(), 0.1, SEED))
def test_a_bad_twin_is_caught(name: str) -> None:
    matrix = Matrix()
    case = twin_cases([name], SEED)[0]
    assert matrix.add(case, asyncio.run(judged(Case(kind=case.kind, twin=name, ids=case.ids, seed=SEED, thorough=False))))
    assert matrix.clean, matrix.summary()


@pytest.mark.parametrize("case", healthy_cases(drawn(kinds(), 0.5, SEED), SEED, BUDGET, RUNS), ids=lambda case: f"{case.kind}-{case.seed}")
def test_a_healthy_appliance_is_not_accused(case: Case) -> None:
    matrix = Matrix()
    asked = Case(kind=case.kind, seed=case.seed, budget=case.budget, ids=TIMELESS)
    assert matrix.add(asked, asyncio.run(judged(asked)))
    assert matrix.clean, matrix.summary()


def test_a_run_that_cannot_be_cancelled_may_go_on() -> None:
    matrix = Matrix()
    asked = Case(kind="smoke-gas-alarm", seed=SEED, ids=("C5",))
    assert matrix.add(asked, asyncio.run(judged(asked)))
    assert matrix.clean, matrix.summary()
