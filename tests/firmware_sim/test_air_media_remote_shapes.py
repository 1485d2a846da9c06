"""Television, air purifier, curtain and remotes with all, with the usual and with no features: whatever is done, they stay true."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.notice import Notice, Raised
from firmware_sim.profile import load, locate
from firmware_sim.refusal import Refusal
from firmware_sim.schema import problem
from tests.firmware_sim.test_sixteen_kinds import build, deeds, do
from tests.firmware_sim.test_truthful_reports import check

KINDS = ("uhd-tv", "air-purifier", "curtain", "ir-remote", "remote-control")
SHAPES: list[tuple[str, tuple[str, ...] | None]] = [
    *((kind, features) for kind in KINDS for features in (None, (), tuple(load(*locate(kind)).features))),
    ("uhd-tv", ("PIC", "STL")),
    ("uhd-tv", ("APP", "BKL", "PLB", "MTR")),
    ("air-purifier", ("CO2", "MNS")),
    ("curtain", ("TLT", "BAT", "CHG", "CAL")),
]


@pytest.mark.parametrize(("kind", "features"), SHAPES, ids=lambda value: value if isinstance(value, str) else "+".join(value or ["usual"]))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_kind_stays_within_schema_and_constraints(kind: str, features: tuple[str, ...] | None, data: st.DataObject) -> None:
    unit = build(kind, features, seed=data.draw(st.integers(0, 2)))
    heard: list[Notice] = []
    unit.listen(heard.append)
    meter, told = unit.truth()["energy"], unit.values().get("energyTotal", 0.0)
    for deed, value in data.draw(st.lists(deeds(unit), max_size=14)):
        with suppress(Refusal):
            do(unit, deed, value)
        check(unit)
        assert unit.truth()["energy"] >= meter
        assert unit.values().get("energyTotal", 0.0) >= told
        meter, told = unit.truth()["energy"], unit.values().get("energyTotal", 0.0)
    for notice in heard:
        if isinstance(notice, Raised):
            assert problem(unit.surface.events[notice.event]["data"], dict(notice.data)) is None, notice
