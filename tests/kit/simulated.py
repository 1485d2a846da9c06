"""Simulated units on a host of their own (`tests/kit/hosts.py`), as rows of a home file."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.kit.hosts import Host


def simulate(host: Host, folder: Path, *units: dict[str, Any]) -> None:
    """Have a host simulate these units, at its own address unless they name one; return when they are ready."""
    home, log = folder / "home.yaml", folder / "simulator.log"
    home.write_text(json.dumps({"units": [{"address": host.address, **unit} for unit in units]}))
    host.start([sys.executable, "-m", "firmware_sim.cli", "--home", home], log=log)
    host.run(["timeout", "30", "sh", "-c", f"until grep -q ready {log}; do sleep 0.1; done"])


def broadcast_of(host: Host) -> str:
    """Return the broadcast address of a host's network."""
    return f"{host.address.rpartition('.')[0]}.255"
