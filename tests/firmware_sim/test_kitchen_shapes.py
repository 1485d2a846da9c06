"""Kitchen, gas and water appliances with all, with the usual and with no features: whatever is done, they stay true."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.notice import Notice, Raised
from firmware_sim.refusal import Refusal
from firmware_sim.schema import problem
from tests.firmware_sim.test_sixteen_kinds import build, deeds, do
from tests.firmware_sim.test_truthful_reports import check

KINDS = (
    "clothes-dryer",
    "gas-water-heater",
    "gas-hob",
    "induction-hob",
    "microwave",
    "oven",
    "dishwasher",
    "steriliser",
    "rice-cooker",
    "water-purifier",
    "integrated-stove",
)
SHAPES: list[tuple[str, tuple[str, ...] | None]] = [
    *((kind, features) for kind in KINDS for features in (None, ())),
    ("microwave", ("MOD", "MTR")),
    ("oven", ("FRM", "MTR")),
    ("gas-water-heater", ("PRE", "ZCC", "VOL", "GSP", "CON")),
    ("induction-hob", ("ZON", "ZTM", "MTR")),
    ("steriliser", ("OZN", "CON", "LBL")),
]


@pytest.mark.parametrize(("kind", "features"), SHAPES, ids=lambda value: value if isinstance(value, str) else "+".join(value or ["usual"]))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_kind_stays_within_schema_and_constraints(kind: str, features: tuple[str, ...] | None, data: st.DataObject) -> None:
    unit = build(kind, features, seed=data.draw(st.integers(0, 2)))
    heard: list[Notice] = []
    unit.listen(heard.append)
    meter = unit.truth()["energy"]
    for deed, value in data.draw(st.lists(deeds(unit), max_size=12)):
        with suppress(Refusal):
            do(unit, deed, value)
        check(unit)
        assert unit.truth()["energy"] >= meter
        meter = unit.truth()["energy"]
    for notice in heard:
        if isinstance(notice, Raised):
            assert problem(unit.surface.events[notice.event]["data"], dict(notice.data)) is None, notice
