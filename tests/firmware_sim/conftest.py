"""Appliances on a clock that stands still unless the test lets time pass."""

from collections.abc import Callable

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.notice import Notice

NOON = 1_795_000_000.0

Build = Callable[..., Appliance]


@pytest.fixture
def build() -> Build:
    """Return a maker of appliances: kind, then what `make_appliance` takes."""

    def make(kind: str, **options: object) -> Appliance:
        return make_appliance(kind, clock=SimulatorClock(wall=lambda: NOON), **options)  # type: ignore[arg-type]

    return make


@pytest.fixture
def heard() -> Callable[[Appliance], list[Notice]]:
    """Return a function that starts collecting the notices of an appliance."""

    def collect(appliance: Appliance) -> list[Notice]:
        notices: list[Notice] = []
        appliance.listen(notices.append)
        return notices

    return collect
