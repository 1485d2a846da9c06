"""How long the suite takes on a simulated air conditioner over both transports: all of it, its clock advanced, and within a budget."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.kit.addresses import address

BUDGET: Final = 10
Row = dict[str, Any]


def measure_judging(broker: str) -> Row:
    """Return wall and CPU seconds of the whole suite and of a run with a budget, and what they found."""
    with tempfile.TemporaryDirectory(prefix="hulian-bench-") as folder, _appliance(broker, Path(folder)) as target:
        whole = _judged(target, Path(folder))
        quick = _judged(target, Path(folder), "--budget", str(BUDGET))
    return {f"{name}_{fact}": value for name, row in (("whole", whole), ("quick", quick)) for fact, value in row.items()}


@contextmanager
def _appliance(broker: str, folder: Path) -> Iterator[str]:
    at, name = address(), f"bench-{os.getpid()}"
    words = ["--wire", "native", "--address", at, "--broker", broker, "--id", name, "--control", str(folder / "control")]
    command = [sys.executable, "-m", "firmware_sim.cli", "air-conditioner", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "ready" in process.stdout.readline()
            yield f"coap://{at}"
        finally:
            process.kill()


def _judged(target: str, folder: Path, *more: str) -> Row:
    words = ["conformance", target, "--control", str(folder / "control"), "--seed", "1", "--claim", "air-conditioner@1", "--json", *more]
    before, began = os.times(), time.perf_counter()
    command = [sys.executable, "-c", "from gateway.cli.main import main; main()", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"HULIAN_DATA": str(folder)})
    wall, after = time.perf_counter() - began, os.times()
    records = [json.loads(line) for line in done.stdout.splitlines()]
    if not records or records[-1]["event"] != "end":
        raise RuntimeError(f"the suite did not come to its end: {done.stderr}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    wrong = [record["id"] for record in records if record.get("outcome") in ("failed", "errored")]
    return {"s": wall, "cpu_s": cpu, "counts": records[-1]["counts"], "wrong": wrong}
