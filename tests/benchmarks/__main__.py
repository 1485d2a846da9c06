"""`make bench`: everything as ratios to the raw broker in one run; prints a table and writes JSON.

Absolute figures depend on the machine and on what else runs there; the ratios inside one run are what to compare. The raw
broker is measured anew before each gateway, so that both meet the same machine.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from gateway.protocol.broker.private import private_broker
from gateway.thing.clock import SystemClock
from tests.benchmarks.appliances import announce, plugs
from tests.benchmarks.building import measure_demo, measure_simulator
from tests.benchmarks.coap_keys import measure_oscore
from tests.benchmarks.fleet import fleet_table, measure_fleet
from tests.benchmarks.hop import ColdStart, Hop, Raw
from tests.benchmarks.isolation import WRONG, measure_isolation
from tests.benchmarks.judging import measure_judging
from tests.benchmarks.process import gateway_process
from tests.benchmarks.raw import RawClient
from tests.benchmarks.scenes import measure_scenes
from tests.benchmarks.selfdescribed import measure_mqttdiscovery, measure_zigbee2mqtt
from tests.benchmarks.standard import measure_profiles
from tests.benchmarks.vendors import measure_vendors, vendors_table
from tests.kit.hosts import can_make_hosts

RATE = 50.0
CPU_RATE = 300.0
WINDOW = 100
RAW_WINDOW = 200
PAYLOAD = b"x" * 160
PARTS = ("hop", "profiles", "building", "oscore", "vendors", "fleet", "isolation", "selfdescribed", "conformance", "scenes")
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


FULL, QUICK = Effort(500, 200_000, 3000, 20_000, 10, 500), Effort(100, 50_000, 600, 4_000, 4, 100)


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


def gateway_of(run: Run) -> str:
    """Return the id of the gateway that came up on the broker."""
    with closing(RawClient(run.host, run.port, "bench-finder")) as client:
        client.subscribe("hulian/1/+/$/avail")
        while True:
            for topic, payload in client.messages():
                if json.loads(payload or b"{}").get("state") == "online":
                    return topic.split("/")[2]


def measure(run: Run, count: int, *, uvloop: bool) -> Row:
    """Return one row: the raw broker, then a gateway with `count` devices on it."""
    units = plugs(count)
    row: Row = {"devices": count, "uvloop": uvloop} | measure_raw(run)
    with closing(RawClient(run.host, run.port, "bench-seed")) as seed:
        announce(seed, units)
    with tempfile.TemporaryDirectory(prefix="hulian-bench-") as data:
        with gateway_process(Path(data), run.url, uvloop=uvloop, verbose=run.verbose) as process:
            gateway = gateway_of(run)
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


def growth(rows: list[Row]) -> dict[str, float]:
    """Return the KiB each added device took, from the fewest to the most devices, for each loop."""
    found = {}
    for loop in (True, False):
        same = sorted((row for row in rows if row["uvloop"] is loop), key=lambda row: row["devices"])
        if len(same) > 1 and (added := same[-1]["devices"] - same[0]["devices"]):
            found["uvloop" if loop else "asyncio"] = (same[-1]["memory_mib"] - same[0]["memory_mib"]) * 1024 / added
    return found


def show(result: dict[str, Any]) -> None:
    """Print what was measured, the target beside it."""
    parts = (
        ("profiles", "the standard, in an installed wheel", PROFILES),
        ("building", "200 appliances", BUILDING),
        ("oscore", "a GET over CoAP under a key", OSCORE),
        ("selfdescribed", "devices behind Zigbee2MQTT, no two of one model, announced at once", SELFDESCRIBED),
        ("announced", "devices that announce themselves over MQTT, no two of one model, at once", SELFDESCRIBED),
        ("conformance", "a simulated air conditioner judged over both transports", CONFORMANCE),
        ("scenes", "scenes: what the hub adds to its slowest device", SCENES),
        ("isolation", "a command beside five units whose driver is wrong, x alone", ISOLATION),
    )
    for part, title, figures in parts:
        if part in result:
            table = Table("figure", "target", "measured", title=title)
            for name, target, text in figures:
                table.add_row(name, target, text(result[part]))
            Console(width=120).print(table)
    for part, drawn in (("vendors", vendors_table), ("fleet", fleet_table)):
        if part in result:
            Console(width=120).print(drawn(result[part]))
    if "rows" in result:
        show_hop(result)


def show_hop(result: dict[str, Any]) -> None:
    """Print one line a figure, one column a gateway."""
    rows: list[Row] = result["rows"]
    table = Table(title="hop: native state in, profile state out, through mosquitto")
    table.add_column("figure")
    table.add_column("target")
    for row in rows:
        table.add_column(f"{row['devices']} devices\n{_loop(row)}", justify="right")
    for name, target, text in FIGURES:
        table.add_row(name, target, *(text(row) for row in rows))
    growing = result["kib_per_device"]
    table.add_row("KiB an added device", "<= 6", *(f"{growing[loop]:.1f}" if (loop := _loop(row)) in growing else "–" for row in rows))
    table.add_row("imports ms", "<= 300", *(f"{result['imports_ms']:.0f}" for _ in rows))
    Console(width=120).print(table)


def _counted(counts: dict[str, int]) -> str:
    return f"{counts['passed']}, {counts['failed'] + counts['errored']}, {counts['skipped']}"


def _loop(row: Row) -> str:
    return "uvloop" if row["uvloop"] else "asyncio"


FIGURES: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("raw p50 us at 50/s", "", lambda row: f"{row['raw_p50_us']:.0f}"),
    ("raw messages/s", "", lambda row: f"{row['raw_messages_per_second']:,.0f}"),
    ("hop p50 us at 50/s", "", lambda row: f"{row['hop_p50_us']:.0f}"),
    ("hop p50, x raw", "<= 3.0 uvloop, 4.0 asyncio", lambda row: f"{row['hop_p50_us'] / row['raw_p50_us']:.1f}"),
    ("hop messages/s", "", lambda row: f"{row['messages_per_second']:,.0f}"),
    ("hop messages/s, x raw", ">= 0.20", lambda row: f"{row['messages_per_second'] / row['raw_messages_per_second']:.2f}"),
    ("lost", "0", lambda row: str(row["lost"])),
    ("CPU s per 1,000 at 300/s", "<= 0.26", lambda row: f"{row['cpu_seconds_per_1000']:.2f}"),
    ("MiB", "<= 64 at 1,000 devices", lambda row: f"{row['memory_mib']:.0f}"),
    ("MiB after the load", "<= 1.2 x before", lambda row: f"{row['memory_after_mib']:.0f}"),
    ("cold start s", "<= 0.8 at 100 devices", lambda row: f"{row['cold_start_seconds']:.2f}"),
    ("cold start s, every device", "", lambda row: f"{row['cold_start_all_seconds']:.2f}"),
)

PROFILES: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("kinds", ">= 38", lambda row: str(row["kinds"])),
    ("ms to load them all", "<= 150", lambda row: f"{row['ms']:.0f}"),
    ("the same from YAML, x", "", lambda row: f"{row['yaml_ms'] / row['ms']:.0f}"),
    ("MiB", "<= 8", lambda row: f"{row['mib']:.1f}"),
)
BUILDING: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("appliances in one simulator", "200", lambda row: str(row["units"])),
    ("s until all of them answer", "<= 10", lambda row: f"{row['simulator_s']:.1f}"),
    ("MiB of the simulator", "<= 120", lambda row: f"{row['simulator_mib']:.0f}"),
    ("s until hulian demo has all of them online", "", lambda row: f"{row['demo_s']:.1f}"),
    ("MiB of the gateway beside it", "<= 64", lambda row: f"{row['gateway_mib']:.0f}"),
)

SELFDESCRIBED: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("devices", "1000", lambda row: str(row["devices"])),
    ("MiB they are announced in", "", lambda row: f"{row['announced_mib']:.1f}"),
    ("s until all are in the inbox", "<= 10", lambda row: f"{row['inbox_s']:.1f}"),
    ("KiB of the gateway for each", "<= 25", lambda row: f"{row['kib_each']:.1f}"),
)

ISOLATION: tuple[tuple[str, str, Callable[[dict[str, Any]], str]], ...] = tuple(
    (wrong, "< 2.0", lambda found, wrong=wrong: f"{found[wrong]:.2f}")  # type: ignore[misc]
    for wrong in WRONG
)
CONFORMANCE: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("s for the whole suite, with advance", "<= 240", lambda row: f"{row['whole_s']:.0f}"),
    ("CPU s of the judge for that", "", lambda row: f"{row['whole_cpu_s']:.0f}"),
    ("checks passed, failed, skipped", "0 failed", lambda row: _counted(row["whole_counts"])),
    ("s with --budget 10", "<= 10", lambda row: f"{row['quick_s']:.1f}"),
    ("checks passed, failed, skipped in that", "0 failed", lambda row: _counted(row["quick_counts"])),
)
SCENES: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("ms over the slowest device: 20 steps, 12 devices", "<= 50", lambda row: f"{row['steps_ms']:.0f}"),
    ("the same: one wave of 200 devices", "<= 300", lambda row: f"{row['wave_ms']:.0f}"),
    ("s to check 1,000 scenes, all kinds unread", "< 2", lambda row: f"{row['check']['s']:.2f}"),
)
OSCORE: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("p50 us in clear", "", lambda row: f"{row['plain_p50_us']:.0f}"),
    ("p50 us with OSCORE", "", lambda row: f"{row['oscore_p50_us']:.0f}"),
    ("p50, x in clear", "<= 3.0", lambda row: f"{row['oscore_p50_us'] / row['plain_p50_us']:.1f}"),
    ("CPU of the server, x in clear", "<= 3.0", lambda row: f"{row['oscore_cpu_us'] / row['plain_cpu_us']:.1f}"),
)

if __name__ == "__main__":
    asyncio.run(main())
