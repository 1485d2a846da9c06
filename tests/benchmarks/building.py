"""A building of 200 appliances: how soon one simulator process has them all, what it weighs, and what the gateway beside it weighs."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SETTLING = 15.0
"""Seconds after the start in which what it leaves behind is collected and the first states pass."""
PAGE = os.sysconf("SC_PAGE_SIZE")


def measure_simulator(broker: str) -> dict[str, Any]:
    """Return the number of units, the seconds until all of them answer, and the MiB of the one process."""
    began = time.perf_counter()
    with _running("firmware_sim.cli", "--home", "building", "--broker", broker) as process:
        ready = _ready(process)
        seconds = time.perf_counter() - began
        time.sleep(SETTLING)
        return {"units": len(ready["units"]), "simulator_s": seconds, "simulator_mib": _mebibytes(process.pid)}


def measure_demo() -> dict[str, Any]:
    """Return the seconds until `hulian demo` has every device of the building online, and the MiB of its gateway."""
    with tempfile.TemporaryDirectory(prefix="hulian-building-") as folder:
        began = time.perf_counter()
        options = ("--home", "building", "--plain", "--speed", "1", "--mqtt-port", "0", "--coap-port", "0", "--no-http", "--data", folder)
        with _running("gateway.cli.main", "demo", *options) as process:
            ready = _ready(process)
            seconds = time.perf_counter() - began
            time.sleep(SETTLING)
            return {"online": len(ready["devices"]), "demo_s": seconds, "gateway_mib": _mebibytes(process.pid)}


@contextmanager
def _running(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the line that says everything answers."""
    assert process.stdout is not None
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event.get("event") == "ready":
            return event
    raise RuntimeError(f"it ended before it was ready, with code {process.wait()}")


def _mebibytes(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20
