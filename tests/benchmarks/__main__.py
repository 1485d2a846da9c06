"""`make bench`: everything as ratios to the raw broker in one run; prints a table and writes JSON.

Absolute figures depend on the machine and on what else runs there; the ratios inside one run are what to compare. The raw
broker is measured anew before each gateway, so that both meet the same machine.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from gateway.protocol.broker.private import private_broker
from gateway.thing.clock import SystemClock
from tests.benchmarks.api import measure_reads
from tests.benchmarks.appliances import announce, plugs
from tests.benchmarks.browsing import measure_browsing
from tests.benchmarks.building import measure_demo, measure_simulator
from tests.benchmarks.coap_keys import measure_oscore
from tests.benchmarks.fleet import measure_fleet
from tests.benchmarks.hop import ColdStart, Hop, Raw
from tests.benchmarks.isolation import measure_isolation
from tests.benchmarks.judging import measure_judging
from tests.benchmarks.open_pages import measure_open_pages
from tests.benchmarks.process import gateway_of, gateway_process
from tests.benchmarks.raw import RawClient
from tests.benchmarks.scenes import measure_scenes
from tests.benchmarks.selfdescribed import measure_mqttdiscovery, measure_zigbee2mqtt
from tests.benchmarks.standard import measure_profiles
from tests.benchmarks.tables import show
from tests.benchmarks.vendors import measure_vendors
from tests.benchmarks.web_side import on_brokers
from tests.benchmarks.weight import DRESSES, measure_weight
from tests.kit.hosts import can_make_hosts

RATE = 50.0
CPU_RATE = 300.0
WINDOW = 100
TURN, READS, WEIGHED = 150, 400, 100
"""Messages and questions of a turn; devices of a hub that is weighed."""
RAW_WINDOW = 200
PAYLOAD = b"x" * 160
WEB = ("pages", "open-pages", "api", "weight")
PARTS = ("hop", "profiles", "building", "oscore", "vendors", "fleet", "isolation", "selfdescribed", "conformance", "scenes", *WEB)
Row = dict[str, Any]


@dataclass(frozen=True)
class Effort:
    """How many messages each measurement takes."""

    latency: int
    raw: int
    paced: int
    hops: int
    rounds: int
    fleet: int
    loads: int
    changes: int
    turns: int


FULL, QUICK = Effort(500, 200_000, 3000, 20_000, 10, 500, 9, 100, 8), Effort(100, 50_000, 600, 4_000, 4, 100, 3, 30, 3)


@dataclass(frozen=True)
class Run:
    """What holds for one run of the benchmark."""

    host: str
    port: int
    effort: Effort
    verbose: bool

    @property
    def url(self) -> str:
        return f"mqtt://{self.host}:{self.port}"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer messages: a look, not a measurement")
    parser.add_argument("--devices", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), nargs="+", default=["uvloop", "asyncio"])
    parser.add_argument("--only", choices=PARTS, nargs="+", default=[*PARTS])
    parser.add_argument("--verbose", action="store_true", help="show the log of the gateway under test")
    parser.add_argument("--json", type=Path, default=Path("bench-result.json"), help="where the JSON goes")
    return parser.parse_args()


@asynccontextmanager
async def broker() -> AsyncIterator[tuple[str, int]]:
    with tempfile.TemporaryDirectory(prefix="hulian-bench-") as folder:
        async with private_broker("127.0.0.1", 0, Path(folder), SystemClock()) as private:
            if private.kind != "mosquitto":
                sys.exit("make bench needs mosquitto (apt-get install mosquitto): the ratios are to it")
            yield private.address.host, private.address.port


def measure(run: Run, count: int, *, uvloop: bool) -> Row:
    """Return one row: the raw broker, then a gateway with `count` devices on it."""
    units = plugs(count)
    row: Row = {"devices": count, "uvloop": uvloop} | measure_raw(run)
    with closing(RawClient(run.host, run.port, "bench-seed")) as seed:
        announce(seed, units)
    with tempfile.TemporaryDirectory(prefix="hulian-bench-") as data:
        with gateway_process(Path(data), run.url, uvloop=uvloop, verbose=run.verbose) as process:
            gateway = gateway_of(run.host, run.port)
            with closing(Hop(run.host, run.port, units)) as hop:
                hop.settle(gateway)
                row["memory_mib"] = process.resident_mebibytes()
                delay = hop.latency(run.effort.latency, RATE)
                row["hop_p50_us"], row["hop_p99_us"] = delay.p50, delay.p99
                before = process.cpu_seconds()
                hop.pace(run.effort.paced, CPU_RATE)
                hop.drain()
                row["cpu_seconds_per_1000"] = (process.cpu_seconds() - before) / run.effort.paced * 1000
                row["messages_per_second"], row["lost"] = hop.throughput(run.effort.hops, WINDOW)
                row["memory_after_mib"] = process.resident_mebibytes()
        with (
            closing(ColdStart(run.host, run.port, units, gateway)) as cold,
            gateway_process(Path(data), run.url, uvloop=uvloop, verbose=run.verbose) as process,
        ):
            row["cold_start_seconds"], row["cold_start_all_seconds"] = cold.wait(process.spawned)
    clear(run)
    return row


def measure_raw(run: Run) -> Row:
    with closing(Raw(run.host, run.port, PAYLOAD)) as raw:
        delay = raw.latency(run.effort.latency, RATE)
        return {"raw_p50_us": delay.p50, "raw_messages_per_second": raw.throughput(run.effort.raw, RAW_WINDOW)}


def clear(run: Run) -> None:
    """Take everything retained off the broker."""
    with closing(RawClient(run.host, run.port, "bench-clear")) as client:
        client.subscribe("hulian/#")
        client.socket.settimeout(2)
        try:
            while True:
                for topic, payload in [*client.messages()]:
                    if payload:
                        client.publish(topic, b"", retain=True)
        except TimeoutError:
            return


def import_milliseconds() -> float:
    """Milliseconds the imports of `hulian run` take, a bare interpreter's start taken away."""

    def timed(code: str) -> float:
        best = 9.9
        for _ in range(7):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            best = min(best, time.perf_counter() - began)
        return best

    reading, running = "import gateway.cli.main, gateway.cli.run", "import gateway.cli.takeover, gateway.cli.logs, gateway.cli.serving"
    return (timed(reading) + timed(running) - timed("pass")) * 1000  # it becomes another program in between


async def main() -> None:
    options = arguments()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled, once
    async with broker() as (host, port):
        run = Run(host, port, QUICK if options.quick else FULL, options.verbose)
        result = await asyncio.to_thread(measure_all, run, options)
    options.json.write_text(json.dumps(result, indent=1) + "\n")
    show(result)


def measure_all(run: Run, options: argparse.Namespace) -> dict[str, Any]:
    console = Console(stderr=True)
    result: dict[str, Any] = {}
    if "profiles" in options.only:
        console.print("profiles in an installed wheel ...")
        result["profiles"] = measure_profiles()
    if "building" in options.only:
        console.print("a building of 200 appliances ...")
        result["building"] = measure_simulator(run.url) | measure_demo()
    if "oscore" in options.only:
        console.print("a GET in clear and under a key ...")
        result["oscore"] = measure_oscore()
    if {"vendors", "fleet"} & set(options.only) and not can_make_hosts():
        console.print("no network namespaces here (they need root): vendors and fleet are left out")
    else:
        result |= _measure_makes(run, options, console)
    result |= _measure_behaviour(run, options, console)
    result |= _measure_web(run.effort, options, console)
    if "selfdescribed" in options.only:
        console.print("a thousand devices that describe themselves ...")
        result["selfdescribed"] = asyncio.run(measure_zigbee2mqtt())
        result["announced"] = asyncio.run(measure_mqttdiscovery())
    if "hop" in options.only:
        rows = []
        for loop in options.loop:
            for count in options.devices:
                console.print(f"{count} devices, {loop} ...")
                rows.append(measure(run, count, uvloop=loop == "uvloop"))
        result |= {"imports_ms": import_milliseconds(), "rows": rows, "kib_per_device": growth(rows)}
    return result


def _measure_makes(run: Run, options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Measure what is about appliances on the wires of their makes, on hosts of their own."""
    result: dict[str, Any] = {}
    if "vendors" in options.only:
        console.print("commands to five sorts of air conditioners, beside clients of the makes ...")
        result["vendors"] = measure_vendors(run.effort.rounds)
    if "fleet" in options.only:
        console.print(f"{run.effort.fleet} appliances of four makes ...")
        result["fleet"] = measure_fleet(run.effort.fleet)
    return result


def _measure_behaviour(run: Run, options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Measure a command among drivers that are wrong, and the judge itself."""
    result: dict[str, Any] = {}
    if "isolation" in options.only:
        console.print("a command beside drivers that misbehave ...")
        result["isolation"] = asyncio.run(measure_isolation(run.effort.rounds))
    if "conformance" in options.only:
        console.print("an air conditioner judged over both transports ...")
        result["conformance"] = measure_judging(run.url)
    if "scenes" in options.only:
        console.print("scenes in a home of 12 and of 200 devices ...")
        result["scenes"] = measure_scenes(run.effort.rounds)
    return result


def _measure_web(effort: Effort, options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Measure the pages and the API; a part whose programs are not installed says so in its place."""
    result: dict[str, Any] = {}
    if "pages" in options.only:
        console.print("the pages of the demo flat in a browser ...")
        result["pages"] = measure_browsing(effort.loads, effort.changes)
    if "open-pages" in options.only:
        console.print("the hop beside twenty open pages ...")
        result["open_pages"] = asyncio.run(on_brokers(2, partial(measure_open_pages, effort.turns, TURN)))
    if "api" in options.only:
        console.print("a property over HTTP, beside node-wot's ...")
        result["api"] = asyncio.run(on_brokers(1, partial(measure_reads, effort.turns, READS)))
    if "weight" in options.only:
        console.print("what HTTP and pages weigh ...")
        result["weight"] = asyncio.run(on_brokers(len(DRESSES), partial(measure_weight, WEIGHED)))
    return result


def growth(rows: list[Row]) -> dict[str, float]:
    """Return the KiB each added device took, from the fewest to the most devices, for each loop."""
    found = {}
    for loop in (True, False):
        same = sorted((row for row in rows if row["uvloop"] is loop), key=lambda row: row["devices"])
        if len(same) > 1 and (added := same[-1]["devices"] - same[0]["devices"]):
            found["uvloop" if loop else "asyncio"] = (same[-1]["memory_mib"] - same[0]["memory_mib"]) * 1024 / added
    return found


if __name__ == "__main__":
    asyncio.run(main())
