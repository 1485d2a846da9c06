"""Every recorded session in `recordings/` is played to its driver: dropping a file there is all it takes to have a test."""

import json
import re
from pathlib import Path

import pytest

from gateway.drivers.recording.player import Differs, play, read_recording
from gateway.drivers.table import load
from tests.drivers.kit import LIBRARY
from tests.drivers.recordings.make import KEYS, SCENES, TOKEN

RECORDINGS = sorted((Path(__file__).parent / "recordings").glob("*.jsonl"))


@pytest.mark.parametrize("file", RECORDINGS, ids=lambda file: file.stem)
async def test_a_recorded_unit_makes_the_same_reports(file: Path) -> None:
    head, events = read_recording(file.read_text(encoding="utf-8").splitlines())
    try:
        reports = await play(head, events, load(head["driver"]), LIBRARY, loose=file.stem not in SCENES)
    except Differs as error:
        again = f"on purpose? Then `python -m tests.drivers.recordings.make {file.stem}`" if file.stem in SCENES else "it was a real unit"
        pytest.fail(f"{error}\n{again}")
    assert reports == sum("report" in event for event in events) > 0


@pytest.mark.parametrize("file", RECORDINGS, ids=lambda file: file.stem)
def test_a_recording_says_nothing_of_whose_it_is(file: Path) -> None:
    text = file.read_text(encoding="utf-8").lower()
    assert not [secret for secret in (TOKEN, *KEYS.values()) if secret in text]
    assert not re.search(r"\b(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d{1,3}){2,3}\b", text), "an address"
    assert "hulian-sim" not in text


def test_there_is_a_recording_of_every_wire() -> None:
    recorded = {json.loads(file.read_text(encoding="utf-8").partition("\n")[0])["driver"] for file in RECORDINGS}
    assert recorded >= {"native", "gree", "midea", "miio", "echonet", "daikin", "broadlink", "esphome", "zigbee2mqtt", "mqttdiscovery"}
