"""500 appliances of four makes in one simulator: how soon a gateway that starts has all of them online, and what it takes to keep them.

They are found by true broadcast and multicast on a host of its own, once on a good network and once on one that loses a tenth of what is
said, each way. What units ask for (tokens, keys) is in the vault already; nothing else is known of them. Then every one of them changes
something every ten seconds, and the gateway's share of one core is taken.
"""

import json
import math
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.benchmarks.process import GatewayProcess
from tests.kit.hosts import one_host
from tests.kit.island import Island
from tests.kit.makes import MAKES

WIRES = ("midea-v2", "gree", "miio", "echonet", "midea-v3")
COUNT = 500
PERIOD = 10.0
"""Seconds in which each appliance changes once."""
SETTLING, LONGEST, WATCHED = 20.0, 90.0, 30.0
"""Seconds before the CPU share is taken, those a start may take at most, and those the share is taken for."""
LOSSES = (0.0, 0.1)
Row = dict[str, Any]
FIGURES: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("appliances online", "all", lambda row: f"{row['online']} of {row['units']}"),
    ("s until 99 of 100 are", "", lambda row: f"{row.get('most_s', math.nan):.1f}"),
    ("s until all are", "<= 15", lambda row: f"{row['all_s']:.1f}"),
    ("share of a core, nothing changes", "", lambda row: f"{row['quiet_cpu']:.1%}"),
    ("share of a core, each changes every 10 s", "<= 25%", lambda row: f"{row['changing_cpu']:.1%}"),
    ("still online after that", "all", lambda row: f"{row['online_after']}"),
    ("MiB", "", lambda row: f"{row['gateway_mib']:.0f}"),
)


def measure_fleet(count: int) -> list[Row]:
    """Return a row for a good network and one for a bad one."""
    return [_measure(count, loss) for loss in LOSSES]


def fleet_table(rows: list[Row]) -> Table:
    """Return the figures as a table, one column a network."""
    table = Table(
        "figure", "target", *(f"{row['loss']:.0%} lost" for row in rows), title="appliances of four makes, from the start of the gateway"
    )
    for name, target, text in FIGURES:
        table.add_row(name, target, *map(text, rows))
    return table


def units_of(count: int) -> list[dict[str, Any]]:
    """Return air conditioners of all makes in turn, each at its address."""
    return [
        MAKES[WIRES[number % len(WIRES)]].unit(
            f"unit-{number:03}", "air-conditioner", f"127.0.{28 + number // 250}.{2 + number % 250}", number
        )
        for number in range(count)
    ]


def _measure(count: int, loss: float) -> Row:
    with tempfile.TemporaryDirectory(prefix="hulian-fleet-") as folder, one_host() as host:
        home = Island(host, Path(folder), units_of(count), 1.0)
        home.begin()
        home.tell_secrets()
        home.end()
        home.furnish()
        home.simulator(do="network", loss=loss)
        began = time.monotonic()
        home.begin()
        row: Row = {"loss": loss, "units": count} | _found(home, count, began)
        assert home.gateway is not None
        gateway = GatewayProcess(home.gateway.pid, began)
        time.sleep(SETTLING)
        row["quiet_cpu"] = _share(gateway, lambda _: None)
        with closing(Hand(home)) as hand:
            row["changing_cpu"] = _share(gateway, hand.keep_changing)
            row["changes_per_second"] = hand.changes / WATCHED
        row |= {"online_after": len(home.online()), "gateway_mib": gateway.resident_mebibytes()}
        home.end()
        return row


def _found(home: Island, count: int, began: float) -> Row:
    """Wait until all are online; return how long it took to have nearly all of them, and all."""
    seen: Row = {}
    while (passed := time.monotonic() - began) < LONGEST:
        online = len(home.online())
        if online >= count * 0.99 and "most_s" not in seen:
            seen["most_s"] = passed
        if online >= count:
            return seen | {"all_s": passed, "online": online}
        time.sleep(0.25)
    return seen | {"all_s": float("nan"), "online": len(home.online())}


def _share(gateway: GatewayProcess, doing: Callable[[float], None]) -> float:
    """Return the share of one core the gateway took while something was done for so long."""
    before, began = gateway.cpu_seconds(), time.monotonic()
    while (passed := time.monotonic() - began) < WATCHED:
        doing(passed)
        time.sleep(0.02)
    return (gateway.cpu_seconds() - before) / passed


class Hand:
    """Somebody who goes round and changes the target of every appliance, one after the other."""

    def __init__(self, home: Island) -> None:
        self.changes = 0
        self._units = [unit["id"] for unit in home.units]
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(home.folder / "simulator.sock"))
        self._answers = self._socket.makefile("rb")

    def close(self) -> None:
        self._answers.close()
        self._socket.close()

    def keep_changing(self, passed: float) -> None:
        """Do as many changes as are due."""
        while self.changes < passed * len(self._units) / PERIOD:
            turn, which = divmod(self.changes, len(self._units))
            request = {"do": "touch", "unit": self._units[which], "set": {"targetTemperature": 20 + turn % 8}}
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(self._answers.readline())
            assert answer["ok"], answer
            self.changes += 1
