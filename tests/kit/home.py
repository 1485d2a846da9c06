"""Homes for tests: each test process gets loopback addresses and ids of its own, so that many homes live side by side."""

import os
from pathlib import Path

UNITS = (
    ("air-conditioner", "midea-v2"),
    ("refrigerator", "native-coap"),
    ("set-top-box", "native-mqtt"),
    ("plug", "native-mqtt"),
    ("light", "native"),
)
_given = 0


def block() -> int:
    """Return the first of eight addresses 127.0.0.N that no other worker and no other home of this one uses."""
    global _given  # noqa: PLW0603 - one count a process
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    _given += 1
    return 20 + worker * 112 + (_given * 8) % 104


def write_home(folder: Path, units: tuple[tuple[str, str], ...] = UNITS) -> Path:
    """Write a home file with the given (kind, wire) pairs; return its path."""
    first = block()
    lines = ["name: test home", "units:"]
    for number, (kind, wire) in enumerate(units):
        lines.append(f"  - {{id: {kind}-{first + number}, kind: {kind}, wire: {wire}, address: 127.0.0.{first + number}}}")
    path = folder / "home.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path
