"""A driver that hangs, throws, floods or blocks for short stretches costs the others less than twice their time."""

import pytest

from gateway.drivers.supervisor import Limits
from tests.benchmarks.isolation import ALLOWED, WRONG, measure_isolation
from tests.drivers.kit import context

TURNS = 4


@pytest.mark.long
@pytest.mark.timeout(180)
async def test_commands_beside_drivers_that_misbehave_take_less_than_twice_as_long() -> None:
    for _ in range(TURNS):  # whatever else this machine does weighs on one turn more than on the other
        ratios = await measure_isolation(commands=25)
        assert ratios.keys() == WRONG.keys()
        if all(ratio < ALLOWED for ratio in ratios.values()):
            return
    pytest.fail(f"in {TURNS} turns never all below {ALLOWED}; last: {ratios}")


def test_the_pause_before_another_try_grows_is_bounded_and_never_the_same() -> None:
    limits, random = Limits(first_pause=1.0, longest_pause=60.0), context(seed=7).random
    pauses = {attempts: [limits.pause(attempts, random) for _ in range(400)] for attempts in (1, 3, 8, 500)}
    for attempts, most in ((1, 1.0), (3, 4.0), (8, 60.0), (500, 60.0)):
        assert 0.0 <= min(pauses[attempts]) < 0.1 * most
        assert 0.9 * most < max(pauses[attempts]) <= most
        assert len(set(pauses[attempts])) > 390
