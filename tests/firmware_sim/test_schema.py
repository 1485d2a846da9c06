"""The simulator's own reading of data schemas."""

from typing import Any

import pytest

from firmware_sim.schema import problem


@pytest.mark.parametrize(
    ("form", "value", "fits"),
    [
        ("date-time", "2026-07-02T04:11:09Z", True),
        ("date-time", "2026-07-02T12:11:09.5+08:00", True),
        ("date-time", "2026-07-02T04:11:09", False),
        ("date-time", "2026-07-02", False),
        ("date-time", "", False),
        ("date-time", "tomorrow", False),
        ("date", "2026-07-02", True),
        ("date", "2026-02-30", False),
        ("date", "2026-07-02T04:11:09Z", False),
        ("uri", "not checked", True),
    ],
)
def test_a_date_is_one_and_a_time_has_a_zone(form: str, value: str, fits: bool) -> None:
    schema: dict[str, Any] = {"type": "string", "format": form}
    assert (problem(schema, value) is None) is fits
