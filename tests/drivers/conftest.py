"""Checks of the contract that a wire cannot have are left out of the run, by what its own test declares; and results become grades.

With HULIAN_GRADES naming a file, how each check went on each bench is written there (`make grades`).
"""

import os
from collections.abc import Generator
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import settings
from pluggy import Result

from gateway.drivers.spi import Context
from gateway.thing.clock import SystemClock
from tests.drivers.contract_terms import MARK, NOTED, Terms
from tests.drivers.kit import LIBRARY
from tests.drivers.units import PACE, Hurry, hurried

GRADES = "HULIAN_GRADES"
TOLD = pytest.StashKey[dict[tuple[str, str], dict[str, Any]]]()

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def context(clock: SystemClock) -> Context:
    return Context(gateway="test", clock=clock, random=Random(1), library=LIBRARY)


@pytest.fixture
def pace() -> float:
    """How fast `hurry` is."""
    return PACE


@pytest.fixture
def hurry(clock: SystemClock, pace: float) -> Hurry:
    """Await something while the clock runs away."""
    return lambda awaited: hurried(awaited, clock, pace)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}(check): a check of the contract that every driver keeps")
    config.stash[TOLD] = {}
    config.pluginmanager.register(_Collector(config), "grades of drivers")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    lacked = [item for item in items if (terms := _terms(item)) is not None and _check(item) in terms.lacks]
    if lacked:
        config.hook.pytest_deselected(items=lacked)
        items[:] = [item for item in items if item not in lacked]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Result[pytest.TestReport], None]:
    report = (yield).get_result()
    terms = _terms(item)
    if terms is not None and isinstance(terms.driver, str):
        report.user_properties.append((MARK, {"check": _check(item), "driver": terms.driver, **declared(terms)}))


def declared(terms: type[Terms]) -> dict[str, Any]:
    """Return what a driver's test says about itself, as it goes into the grades."""
    more = {
        "untold": dict(terms.untold),
        "differs": dict(terms.differs),
        "read_only": sorted(terms.read_only),
        "unchecked": terms.unchecked,
    }
    return {
        "bench": terms.__name__,
        "wire": terms.wire,
        "kind": terms.kind,
        "lacks": dict(terms.lacks),
        "judges": list(terms.judges),
        "terms": {name: value for name, value in more.items() if value},
    }


def _terms(item: pytest.Item) -> type[Terms] | None:
    cls = getattr(item, "cls", None)
    return cls if isinstance(cls, type) and issubclass(cls, Terms) and _check(item) else None


def _check(item: pytest.Item) -> str:
    marker = item.get_closest_marker(MARK)
    return "" if marker is None else str(marker.args[0])


class _Collector:
    """Gathers, where the run is led from, what the workers tell."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._told = config.stash[TOLD]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        said: dict[str, Any] | None = next((dict(value) for name, value in report.user_properties if name == MARK), None)  # type: ignore[call-overload]
        if said is None:
            return
        check, driver = said.pop("check"), said.pop("driver")
        unit = self._told.setdefault((driver, said["bench"]), {**said, "checks": {}, "locality": "", "needs": [], "push": None})
        if report.when == "call" or report.failed:
            unit["checks"][check] = "kept" if report.passed and unit["checks"].get(check) != "failed" else "failed"
        for name, noted in report.user_properties:
            if name == NOTED and isinstance(noted, dict):
                unit |= noted

    def pytest_sessionfinish(self) -> None:
        where = os.environ.get(GRADES)
        if where and self._told and not hasattr(self._config, "workerinput"):
            write(Path(where), self._told)


def write(path: Path, told: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Write what was told, so that the same results make the same file."""
    drivers: dict[str, list[dict[str, Any]]] = {}
    for driver, _bench in sorted(told):
        unit = told[driver, _bench]
        drivers.setdefault(driver, []).append({**unit, "checks": dict(sorted(unit["checks"].items()))})
    path.write_bytes(orjson.dumps({"drivers": drivers}, option=orjson.OPT_INDENT_2) + b"\n")
