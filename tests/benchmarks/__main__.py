"""`make bench`: everything as ratios to the raw broker in one run; prints a table and writes JSON.

Absolute figures depend on the machine and on what else runs there; the ratios inside one run are what to compare.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from gateway.protocol.broker.private import private_broker
from gateway.thing.clock import SystemClock
from tests.benchmarks.appliances import announce, plugs
from tests.benchmarks.hop import Hop, raw_latency, raw_throughput
from tests.benchmarks.process import gateway_process
from tests.benchmarks.raw import RawClient

RATE = 50.0
CPU_RATE = 300.0
WINDOW = 100
HEADINGS = ("devices", "loop", "hop p50", "x raw", "messages/s", "x raw", "lost", "CPU s/1000", "MiB", "MiB after", "cold start s")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer messages: a look, not a measurement")
    parser.add_argument("--devices", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--json", type=Path, default=Path("bench-result.json"), help="where the JSON goes")
    return parser.parse_args()


@asynccontextmanager
async def broker() -> AsyncIterator[tuple[str, int]]:
    with tempfile.TemporaryDirectory(prefix="hulian-bench-") as folder:
        async with private_broker("127.0.0.1", 0, Path(folder), SystemClock()) as private:
            if private.kind != "mosquitto":
                sys.exit("make bench needs mosquitto (apt-get install mosquitto): the ratios are to it")
            yield private.address.host, private.address.port


def gateway_of(host: str, port: int) -> str:
    """Return the id of the gateway that came up on the broker."""
    client = RawClient(host, port, "bench-finder")
    client.subscribe("hulian/1/+/$/avail")
    try:
        while True:
            for topic, payload in client.messages():
                if json.loads(payload or b"{}").get("state") == "online":
                    return topic.split("/")[2]
    finally:
        client.close()


def measure(host: str, port: int, count: int, *, uvloop: bool, quick: bool) -> dict[str, Any]:
    units = plugs(count)
    seed = RawClient(host, port, "bench-seed")
    announce(seed, units)
    messages = 100 if quick else 500
    with tempfile.TemporaryDirectory(prefix="hulian-bench-") as data:
        with gateway_process(Path(data), f"mqtt://{host}:{port}", uvloop=uvloop) as process:
            hop = Hop(host, port, gateway_of(host, port), units)
            hop.settle()
            hop.drain()
            memory = process.resident_mebibytes()
            delay = hop.latency(messages, RATE)
            before, load = process.cpu_seconds(), 600 if quick else 3000
            hop.pace(load, CPU_RATE)
            hop.drain()
            cpu = (process.cpu_seconds() - before) / load * 1000
            rate, lost = hop.throughput(2_000 if quick else 20_000, WINDOW)
            after = process.resident_mebibytes()
            hop.close()
        cold = cold_start(host, port, Path(data), units[0].device, uvloop=uvloop) if count <= 100 else None
    clear(seed, host, port)
    seed.close()
    return {
        "devices": count,
        "uvloop": uvloop,
        "hop_p50_us": delay.p50,
        "hop_p99_us": delay.p99,
        "messages_per_second": rate,
        "lost": lost,
        "cpu_seconds_per_1000": cpu,
        "memory_mib": memory,
        "memory_after_mib": after,
        "cold_start_seconds": cold,
    }


def cold_start(host: str, port: int, data: Path, device: str, *, uvloop: bool) -> float:
    """Seconds from starting the process to the first translated message, its devices known from before."""
    receiver = RawClient(host, port, "bench-cold")
    receiver.subscribe(f"hulian/1/+/{device}/s")
    receiver.socket.settimeout(1)
    try:
        while True:
            list(receiver.messages())
    except TimeoutError:
        receiver.socket.settimeout(30)
    with gateway_process(data, f"mqtt://{host}:{port}", uvloop=uvloop) as process:
        while True:
            for _, payload in receiver.messages():
                if payload and "stale" not in json.loads(payload)["$"].get("q", {}).values():
                    return time.perf_counter() - process.spawned


def clear(client: RawClient, host: str, port: int) -> None:
    """Take everything retained off the broker."""
    reader = RawClient(host, port, "bench-clear")
    reader.subscribe("hulian/#")
    reader.socket.settimeout(2)
    try:
        while True:
            for topic, payload in reader.messages():
                if payload:
                    client.publish(topic, b"", retain=True)
    except TimeoutError:
        reader.close()


def import_milliseconds() -> float:
    """Milliseconds the gateway's imports take, a bare interpreter's start taken away."""
    import subprocess  # noqa: PLC0415

    def timed(code: str) -> float:
        best = 9.9
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            best = min(best, time.perf_counter() - began)
        return best

    return (timed("import gateway.cli.main, gateway.cli.serving") - timed("pass")) * 1000


async def main() -> None:
    options = arguments()
    async with broker() as (host, port):
        result = await asyncio.to_thread(run, host, port, options)
    options.json.write_text(json.dumps(result, indent=1) + "\n")
    show(result)


def run(host: str, port: int, options: argparse.Namespace) -> dict[str, Any]:
    payload = b"x" * 160
    console = Console(stderr=True)
    console.print("raw broker ...")
    delay = raw_latency(host, port, payload, 100 if options.quick else 500, RATE)
    rate = raw_throughput(host, port, payload, 20_000 if options.quick else 100_000, 200)
    rows = []
    for uvloop in (True, False):
        for count in options.devices:
            console.print(f"{count} devices, {'uvloop' if uvloop else 'asyncio'} ...")
            rows.append(measure(host, port, count, uvloop=uvloop, quick=options.quick))
    return {"raw_p50_us": delay.p50, "raw_messages_per_second": rate, "imports_ms": import_milliseconds(), "rows": rows}


def show(result: dict[str, Any]) -> None:
    raw = f"p50 {result['raw_p50_us']:.0f} us at 50/s, {result['raw_messages_per_second']:,.0f} messages/s"
    table = Table(title=f"raw mosquitto: {raw}; imports {result['imports_ms']:.0f} ms")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for row in result["rows"]:
        cold = row["cold_start_seconds"]
        table.add_row(
            str(row["devices"]),
            "uvloop" if row["uvloop"] else "asyncio",
            f"{row['hop_p50_us']:.0f} us",
            f"{row['hop_p50_us'] / result['raw_p50_us']:.1f}",
            f"{row['messages_per_second']:,.0f}",
            f"{row['messages_per_second'] / result['raw_messages_per_second']:.2f}",
            str(row["lost"]),
            f"{row['cpu_seconds_per_1000']:.2f}",
            f"{row['memory_mib']:.0f}",
            f"{row['memory_after_mib']:.0f}",
            "–" if cold is None else f"{cold:.2f}",
        )
    Console(width=160).print(table)


if __name__ == "__main__":
    asyncio.run(main())
