"""After the broker was killed everybody is back soon, and not all in the same moment."""

from pathlib import Path

import pytest

from tests.benchmarks.storm import storm
from tests.kit.brokers import needs_mosquitto

pytestmark = [needs_mosquitto, pytest.mark.long, pytest.mark.timeout(180)]
CLIENTS = 1000


async def test_a_thousand_clients_with_certificates_are_back_within_thirty_seconds(tmp_path: Path) -> None:
    seen = await storm(CLIENTS, tmp_path)
    print(seen.line("full jitter"))
    assert seen.back < 30
    assert seen.peak < CLIENTS / 2
