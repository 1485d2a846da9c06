"""Inputs are drawn until the time is over; not even then does a check pass that tried nothing."""

import time

import pytest
from hypothesis import strategies as st

from gateway.conformance.failure import Failure
from gateway.conformance.generated import Trial


async def test_the_first_input_is_tried_even_when_the_time_is_over() -> None:
    seen: list[int] = []

    async def holds(value: int) -> None:
        seen.append(value)

    trial = Trial(1, 20, until=time.monotonic() - 1)
    await trial.run(st.integers(), holds)
    assert len(seen) == trial.tried == 1


async def test_what_fails_at_once_fails_though_the_time_is_over() -> None:
    async def holds(value: int) -> None:
        raise Failure("a number nobody has", came=value)

    trial = Trial(1, 20, until=time.monotonic() - 1)
    with pytest.raises(Failure, match="a number nobody has"):
        await trial.run(st.integers(), holds)
    assert trial.failing == 0
