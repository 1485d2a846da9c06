"""Every recorded session in `recordings/` is played to its driver: dropping a file there is all it takes to have a test."""

from pathlib import Path

import pytest

from gateway.drivers.recording.player import play, read_recording
from gateway.drivers.table import load
from tests.drivers.kit import LIBRARY

RECORDINGS = sorted((Path(__file__).parent / "recordings").glob("*.jsonl"))


@pytest.mark.parametrize("file", RECORDINGS, ids=lambda file: file.stem)
async def test_a_recorded_unit_makes_the_same_reports(file: Path) -> None:
    head, events = read_recording(file.read_text(encoding="utf-8").splitlines())
    assert await play(head, events, load(head["driver"]), LIBRARY) == sum("report" in event for event in events) > 0
