"""What every driver must do, whatever its wire; nothing here names one. A driver is done when it passes.

    class TestGreeAirConditioner(DriverContract):
        driver = "gree"
        wire = "gree-v1"
        kind = "air-conditioner"

A wire that is found otherwise than by a search gives a `bench` fixture of its own, which yields a Bench.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.drivers.spi import Registration
from gateway.drivers.supervisor import Supervisor
from tests.drivers.contract_bench import LIMITS, Bench
from tests.drivers.contract_finding import Finding
from tests.drivers.contract_life import Living
from tests.drivers.contract_network import Weathering
from tests.drivers.contract_setting import Setting
from tests.drivers.contract_showing import Showing
from tests.drivers.contract_terms import MARK
from tests.drivers.kit import RecordingSink

__all__ = ["CHECKS", "LIMITS", "Bench", "DriverContract", "supervised"]


class DriverContract(Finding, Showing, Setting, Weathering, Living):
    """All of it."""

    @pytest.fixture(autouse=True)
    def _no_mistake_of_the_driver(self, caplog: pytest.LogCaptureFixture) -> object:
        yield
        assert not mistakes(caplog), "the driver threw what is no error of ours"


def mistakes(caplog: pytest.LogCaptureFixture) -> list[object]:
    """Return what the log tells of errors that only a mistake in a driver makes."""
    return [record.__dict__.get("facts") for record in caplog.records if record.message == "driver.failed"]


CHECKS: dict[str, str] = {
    mark.args[0]: name
    for name in dir(DriverContract)
    for mark in getattr(getattr(DriverContract, name), "pytestmark", ())
    if mark.name == MARK
}
"""Every check to the test that makes it."""


@asynccontextmanager
async def supervised(bench: Bench, sink: RecordingSink, registration: Registration | None = None) -> AsyncIterator[Supervisor]:
    """Keep a session for `sink` for as long as the context lives."""
    async with Supervisor(sink, bench.context, lambda _: bench.driver, limits=LIMITS) as supervisor:
        supervisor.add(registration or bench.registration)
        yield supervisor
