"""A whole simulated home, as `hulian demo` runs it, on addresses of its own."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from firmware_sim.models.electric_water_heater import ElectricWaterHeater
from tests.kit.addresses import address
from tests.kit.demo import ROOT, Demo, start_demo, stop

HOMES = ROOT / "firmware_sim" / "homes"


def home_file(name: str, folder: Path) -> Path:
    """Write one of the simulator's homes so that it disturbs no other on this machine; return its path.

    Its water heaters have the switch with which somebody at the appliance takes its remote control away: so they can be made to refuse.
    """
    one, two, three, _ = address().split(".")
    text = (HOMES / f"{name}.yaml").read_text(encoding="utf-8")
    text = re.sub(r"(\{id: |- id: |via: |feeds: )\"?([a-z][a-z0-9-]*)(?=[,}\n])", rf"\g<1>\g<2>-{os.getpid()}", text)
    text = re.sub(r" address: [0-9.]+,", "", text)
    usual = ", ".join(ElectricWaterHeater.FEATURES)
    text = text.replace("kind: electric-water-heater, wire: native", f"features: [{usual}, RMT], kind: electric-water-heater, wire: native")
    text = re.sub(
        r"\bseed: (\d+)(?=, title|\n)", lambda seed: f"seed: {int(seed[1]) + 1000 * (os.getpid() % 10_000)}", text
    )  # ids come of seeds
    text = re.sub(r"base-address: .*\n", "", text)
    file = folder / f"{name}.yaml"
    file.write_text(f"{text}base-address: {one}.{two}.{int(three) + 1}.2\n", encoding="utf-8")
    return file


@contextmanager
def whole_home(name: str, folder: Path, *more: str) -> Iterator[Demo]:
    """Run one of the simulator's homes, everybody online."""
    demo = start_demo(folder / "data", "--home", str(home_file(name, folder)), *more)
    try:
        yield demo
    finally:
        stop(demo.process)


def hulian(demo: Demo, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line against a home."""
    command = [sys.executable, "-m", "gateway.cli.main", "--data", str(demo.data), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=ROOT)


def run_scene(demo: Demo, name: str, **arguments: Any) -> dict[str, Any]:
    """Run a scene to its end and return its report."""
    said = hulian(
        demo, "scene", "run", name, "--json", *(word for each in arguments.items() for word in ("--with", f"{each[0]}={each[1]}"))
    )
    if said.returncode not in (0, 1) or not said.stdout.strip():
        raise AssertionError(said.stderr + said.stdout)
    return dict(json.loads(said.stdout))
