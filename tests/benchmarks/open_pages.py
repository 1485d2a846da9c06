"""What open pages cost: twenty real tabs beside the hop, and what each of them takes of the gateway's time and memory.

Two gateways with the same appliances take turns, one without HTTP and one that is looked at, so that both meet the same machine. Half
of the pages are *Home*, half are of one appliance each. They are windows of a real browser, all of them in view, because what a page asks
of the hub is decided by the script in it; the browser itself gets only time that nobody else wants, for in a home it is on other machines.
"""

import statistics
import time
from typing import Any, Final

from gateway.protocol.mqtt import BrokerAddress
from tests.benchmarks.hop import Latency
from tests.benchmarks.web_side import Side, missing, side
from tests.kit.browser import Browser, browser

Row = dict[str, Any]
PAGES: Final = 20
DEVICES: Final = 20
RATE: Final = 50.0
SETTLING: Final = 5.0
QUIET: Final = 10.0
"""Seconds in which nothing changes and the time of the gateway is read."""


def measure_open_pages(rounds: int, messages: int, plain: BrokerAddress, looked_at: BrokerAddress) -> Row:
    """Return both gateways' p50 and p99 (us) and CPU a message (ms), and what a page weighs (MiB): `rounds` times `messages` each."""
    if reason := missing("chromium", "chromedriver"):
        return {"not_measured": reason}
    with side(plain, DEVICES, http=False) as alone, side(looked_at, DEVICES) as shown:
        before = _by_turns(alone, shown, rounds, messages)
        light = shown.process.resident_mebibytes()
        with browser(shown.base, gives_way=True) as windows:
            _open(windows, shown)
            time.sleep(SETTLING)
            row = _by_turns(alone, shown, rounds, messages)
            heavy = shown.process.resident_mebibytes()
            row["idle_cpu_percent"] = _idle(shown) * 100
    unopened = before["looked_p50_us"] / before["alone_p50_us"]
    return row | {"pages": PAGES, "devices": DEVICES, "unopened_x": unopened, "mib_a_page": (heavy - light) / PAGES}


def _open(windows: Browser, shown: Side) -> None:
    """Open every page in a window of its own."""
    for number in range(PAGES):
        if number:
            windows.chrome.switch_to.new_window("window")
        windows.open("/" if number % 2 else f"/device/{shown.devices[number]}")


def _by_turns(alone: Side, shown: Side, rounds: int, messages: int) -> Row:
    """Return the medians of both gateways' rounds, and the CPU a message takes in each."""
    found: dict[str, list[Latency]] = {"alone": [], "looked": []}
    spent = {"alone": 0.0, "looked": 0.0}
    for _ in range(rounds):
        for name, where in (("alone", alone), ("looked", shown)):
            before = where.process.cpu_seconds()
            found[name].append(where.hop.latency(messages, RATE))
            spent[name] += where.process.cpu_seconds() - before
    row: Row = {}
    for name, latencies in found.items():
        row[f"{name}_p50_us"] = statistics.median(each.p50 for each in latencies)
        row[f"{name}_p99_us"] = statistics.median(each.p99 for each in latencies)
        row[f"{name}_cpu_ms"] = spent[name] / rounds / messages * 1000
    return row


def _idle(shown: Side) -> float:
    """Return the share of a processor the gateway takes with its pages open while nothing changes."""
    before = shown.process.cpu_seconds()
    time.sleep(QUIET)
    return (shown.process.cpu_seconds() - before) / QUIET
