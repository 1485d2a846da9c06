"""Set, evidence, ack through the gateway, beside the same by a client of the make that we did not write: setting and reading back.

Each wire has two alike air conditioners in one simulator, one for the gateway and one for the client, because a Midea unit has room for one
only. They take turns, so that both meet the same machine. Once with units that answer at once, which shows what the programs cost, and
once with units that answer after 20 ms, as they do over Wi-Fi. pychonet looks every 0.1 s whether an answer came: its figure is
that. The gateway stores what it accepts and how it ended before it says so, which no client does: what the disk takes stands
beside. It is asked three times a second, as by a person in a hurry; the clients go on without a pause.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from gateway.drivers.midea.reply import PROBE
from tests.kit.demo import ROOT
from tests.kit.island import Island, island
from tests.kit.makes import MAKES

CLIENTS = ROOT / ".venv-appliances" / "bin" / "python"
SCRIPTS = ROOT / "tests" / "interop"
WIRES = ("midea-v2", "midea-v3", "gree", "miio", "echonet")
SPARE = "127.0.28.250"
WIFI = 0.02
BLOCKS = 3
Row = dict[str, Any]
COLUMNS = (
    "wire",
    "units answer after",
    "gateway ms",
    "foreign client ms",
    "x client (<= 1.2)",
    "bare question ms",
    "disk ms",
    "x without disk",
)
WAITS = 2
"""How often a command waits for the disk: when it is accepted, and when it has ended."""


def measure_vendors(rounds: int) -> list[Row]:
    """Return a row a wire and delay: medians in milliseconds, of `rounds` rounds in each of three blocks."""
    with tempfile.TemporaryDirectory(prefix="hulian-vendors-") as folder, island(Path(folder), _units(), speed=1.0) as home:
        home.all_online(len(home.units))
        rows = []
        for delay in (0.0, WIFI):
            home.simulator(do="network", delay=delay)
            rows += [{"wire": wire, "delay_ms": delay * 1000} | _measure(home, wire, rounds) for wire in WIRES]
        return rows


def vendors_table(rows: list[Row]) -> Table:
    """Return the figures as a table, one line a wire and network."""
    table = Table(*COLUMNS, title="set, evidence, ack: through the gateway, and set and read back by a client of the make")
    for row in rows:
        figures = (row[name] for name in ("gateway_ms", "client_ms", "x_client", "bare_ms", "disk_ms", "x_without_disk"))
        table.add_row(row["wire"], f"{row['delay_ms']:.0f} ms", *(f"{figure:.2f}" for figure in figures))
    return table


def _units() -> list[dict[str, Any]]:
    return [
        MAKES[wire].unit(f"{wire}-{who}", "air-conditioner", f"127.0.28.{10 * number + place}", 10 * number + place)
        for number, wire in enumerate(WIRES, 1)
        for place, who in enumerate(("ours", "theirs"))
    ]


def _measure(home: Island, wire: str, rounds: int) -> Row:
    ours, theirs = (next(unit for unit in home.units if unit["id"] == f"{wire}-{who}") for who in ("ours", "theirs"))
    gateway, device = str(home.call("status")["gateway"]), home.by_unit()[ours["id"]]
    _let_go(home, wire, theirs)
    through: list[float] = []
    client: list[float] = []
    for _ in range(BLOCKS):
        through += _timed(home, sys.executable, "-m", "tests.benchmarks.rounds", "through", gateway, device, rounds)
        client += _timed(home, CLIENTS, *_words(wire, theirs, rounds))
    bare = _timed(home, sys.executable, "-m", "tests.benchmarks.rounds", "bare", *_question(wire, theirs["address"]), rounds)
    named = {"gateway_ms": through, "client_ms": client, "bare_ms": bare}
    row = {name: statistics.median(seconds) * 1000 for name, seconds in named.items()} | {"disk_ms": _disk(home.folder) * 1000}
    without = max(0.0, row["gateway_ms"] - WAITS * row["disk_ms"])
    return row | {"x_client": row["gateway_ms"] / row["client_ms"], "x_without_disk": without / row["client_ms"]}


def _disk(folder: Path) -> float:
    """Return the median of the seconds until something written over is on the disk, for a command is stored before it is answered."""
    seconds = []
    with (folder / "disk").open("wb") as file:
        file.write(bytes(1 << 20))
        for _ in range(20):
            file.seek(0)
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def _let_go(home: Island, wire: str, unit: Any) -> None:
    """Have the gateway leave the unit to the client."""
    make, device = MAKES[wire], home.by_unit().get(unit["id"])
    carried = {session["address"]: session["key"] for session in home.call("status")["sessions"] if session["driver"] == make.driver}
    if device is not None:
        home.call("ignore", unit=f"{make.driver}:{carried[unit['address']]}")


def _words(wire: str, unit: Any, rounds: int) -> list[str]:
    address, facts = unit["address"], unit["facts"]
    words = {
        "midea-v2": lambda: ["timed_client.py", "midea", address, rounds],
        "midea-v3": lambda: ["timed_client.py", "midea", address, rounds, facts["token"], facts["key"]],
        "gree": lambda: ["gree_client.py", "roundtrip", address, 7000, facts["mac"], 10001, rounds],
        "miio": lambda: ["miio_client.py", "roundtrip", address, facts["token"], rounds],
        "echonet": lambda: ["timed_client.py", "echonet", SPARE, address, rounds],
    }[wire]()
    return [str(SCRIPTS / str(words[0])), *map(str, words[1:])]


def _question(wire: str, address: str) -> list[str]:
    """Return a question that needs no key: who is there, or what the target is."""
    port, question, own = {
        "midea": (6445, PROBE.hex(), 0),
        "gree": (7000, b'{"t":"scan"}'.hex(), 0),
        "miio": (54321, "21310020" + "ff" * 28, 0),
        "echonet": (3610, "1081000105ff010130016201b300", 3610),
    }[wire.partition("-")[0]]
    return [SPARE, str(own), address, str(port), question]


def _timed(home: Island, program: str | Path, *words: object) -> Sequence[float]:
    said = home.host.run([program, *map(str, words)], timeout=300).stdout
    return list(json.loads(said.splitlines()[-1]))
