"""Every cell of MQTT is tried on a real mosquitto with real certificates: each line as each of the eight, in each state.

The long run tries every place and everybody's will besides; the doors of both places are one listener's.
"""

from pathlib import Path

import pytest

from tests.kit.brokers import needs_mosquitto
from tests.routes.mqtt_tries import choir, try_line
from tests.routes.stage import stage, without_waiting
from tests.routes.table import IDENTITIES, PLACES, STATES, table

pytestmark = needs_mosquitto
WILLING = ("viewer", "device")
"""Whose wills are tried in every run; everybody's are in the long one."""


@pytest.mark.parametrize("state", [state for state in STATES if state != "first"])
async def test_every_line_is_as_the_table_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    without_waiting(monkeypatch)
    async with stage(tmp_path, state) as made, choir(made, tmp_path) as singing:
        for line in table().lines["mqtt"].values():
            for identity in IDENTITIES:
                will = identity in WILLING and state == "paired"
                await try_line(singing, line, identity, "loopback" if state == "fresh" else "lan", will=will)


@pytest.mark.long
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("state", STATES)
async def test_every_line_and_every_will_is_as_the_table_says_in_every_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, place: str
) -> None:
    without_waiting(monkeypatch)
    async with stage(tmp_path, state) as made, choir(made, tmp_path) as singing:
        for line in table().lines["mqtt"].values():
            for identity in IDENTITIES:
                await try_line(singing, line, identity, place, will=True)
