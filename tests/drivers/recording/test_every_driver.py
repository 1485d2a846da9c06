"""Whatever a bench has a unit of can be recorded, and what was recorded plays: for all drivers, none of which is named here.

Left out are benches that begin their units in a way of their own (on a broker, paired before): their drivers have a recorded scene each.
"""

import json
from collections.abc import Iterator
from importlib import import_module
from inspect import getattr_static
from pathlib import Path
from typing import Any

import pytest

from gateway.drivers.recording.player import play, read_recording
from gateway.drivers.recording.recorder import Recorder
from gateway.drivers.table import load
from tests.drivers.contract import DriverContract
from tests.drivers.contract_bench import House, simulated, watched
from tests.drivers.contract_setting import something
from tests.drivers.contract_terms import writable
from tests.drivers.kit import LIBRARY, until
from tests.drivers.recordings.make import entries_of

pytestmark = pytest.mark.long
BENCHES = Path(__file__).parent.parent / "benches"


def units() -> Iterator[Any]:
    """Yield each unit there is a bench for, and that the contract begins."""
    usual = getattr_static(DriverContract, "bench")
    for file in sorted(BENCHES.glob("test_*.py")):
        for name, terms in vars(import_module(f"tests.drivers.benches.{file.stem}")).items():
            if not (isinstance(terms, type) and issubclass(terms, DriverContract) and name.startswith("Test")):
                continue
            if isinstance(terms.driver, str) and getattr_static(terms, "bench") is usual and not terms.unrecorded:
                yield pytest.param(terms, id=f"{file.stem.removeprefix('test_')}-{name.removeprefix('Test')}")


@pytest.mark.parametrize("terms", list(units()))
async def test_a_unit_of_every_bench_is_recorded_and_its_recording_plays(terms: Any) -> None:
    recorder = Recorder(load)
    unit = simulated(
        recorder.driver(terms.driver),
        terms.wire,
        terms.kind,
        facts=terms.facts,
        answers=terms.answers,
        features=terms.features,
        settings=terms.settings,
        read_only=terms.read_only,
    )
    async with unit as bench, recorder.recording(bench.registration.driver, bench.registration.key, bench.clock) as recording:
        async with watched(bench) as house:
            await until(lambda: any(report.complete for report in house.sink.reports), "a complete report")
            await written(house)
            recording.finish()
        entries = entries_of(recording)
    text = "\n".join(json.dumps(entry) for entry in entries)
    assert not [secret for secret in terms.answers.values() if secret in text]
    head, events = read_recording(text.splitlines())
    assert await play(head, events, load(terms.driver), LIBRARY) == sum("report" in event for event in events) > 0


async def written(house: House) -> None:
    """Set something, where this unit takes anything."""
    if writable(house.instance).keys() <= house.bench.read_only:
        return
    before = len(house.sink.reports)
    await house.write(*something(house))
    await until(lambda: len(house.sink.reports) > before, "what it shows after that")
