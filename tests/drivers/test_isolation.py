"""A driver that hangs, throws, floods or blocks for short stretches stands in nobody's way."""

import pytest

from gateway.drivers.supervisor import Limits
from tests.benchmarks.isolation import WRONG, measure_isolation
from tests.drivers.kit import context


@pytest.mark.long
async def test_every_command_is_done_beside_drivers_that_misbehave() -> None:
    """How much longer it takes there is measured by `make bench`; `measure_isolation` fails when one command is not done and shown."""
    assert (await measure_isolation(commands=10, turns=1)).keys() == WRONG.keys()


def test_the_pause_before_another_try_grows_is_bounded_and_never_the_same() -> None:
    limits, random = Limits(first_pause=1.0, longest_pause=60.0), context(seed=7).random
    pauses = {attempts: [limits.pause(attempts, random) for _ in range(400)] for attempts in (1, 3, 8, 500)}
    for attempts, most in ((1, 1.0), (3, 4.0), (8, 60.0), (500, 60.0)):
        assert 0.0 <= min(pauses[attempts]) < 0.1 * most
        assert 0.9 * most < max(pauses[attempts]) <= most
        assert len(set(pauses[attempts])) > 390
