"""What the gateway weighs without HTTP, with the API alone, and with the pages: with the same appliances, one after the other."""

import time
from typing import Any, Final
from urllib.request import urlopen

from gateway.protocol.mqtt import BrokerAddress
from tests.benchmarks.web_side import side

DRESSES: Final[dict[str, dict[str, bool]]] = {"plain": {"http": False}, "api": {"pages": False}, "pages": {}}
SETTLING: Final = 15.0
"""Seconds after the start in which what it leaves behind is collected."""


def measure_weight(devices: int, *brokers: BrokerAddress) -> dict[str, Any]:
    """Return the MiB of each dress with so many devices; of the pages once more after the first one was drawn."""
    row: dict[str, Any] = {"devices": devices}
    for broker, (name, dress) in zip(brokers, DRESSES.items(), strict=True):
        with side(broker, devices, **dress) as worn:
            time.sleep(SETTLING)
            row[f"{name}_mib"] = worn.process.resident_mebibytes()
            if name == "pages":
                with urlopen(worn.base) as page:
                    page.read()
                row["first_page_mib"] = worn.process.resident_mebibytes() - row["pages_mib"]
    return row
