"""Homes for tests: each test process gets loopback addresses and ids of its own, so that many homes live side by side."""

import atexit
import os
import re
import socket
from collections import deque
from pathlib import Path
from typing import Final

from tests.kit.addresses import address

HOMES = Path(__file__).parent.parent.parent / "firmware_sim" / "homes"

UNITS = (
    ("air-conditioner", "midea-v2"),
    ("refrigerator", "native-coap"),
    ("set-top-box", "native-mqtt"),
    ("plug", "native-mqtt"),
    ("light", "native"),
)
_given = 0


PORTS = ((socket.SOCK_DGRAM, 5683), (socket.SOCK_DGRAM, 6445), (socket.SOCK_STREAM, 6444))
WORKERS, BLOCKS, SIZE = 4, 4, 14
"""Workers that run beside each other, the blocks each of them has, and the addresses of a block: 20 to 243."""


RESERVED: Final = 61009
"""Port that is bound at the first address of a block from when it is given until a home has had the time to start on it."""
KEPT: Final = 2
"""Reservations a process has at a time: more homes than a test writes before it starts the first."""
_reservations: deque[socket.socket] = deque()


def block() -> int:
    """Return the first of SIZE addresses 127.0.0.N that no other worker, no other test run, no other home and no other program uses."""
    global _given  # noqa: PLW0603 - one count a process
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % WORKERS
    _given += 1
    own = [worker * BLOCKS + (_given + number) % BLOCKS for number in range(BLOCKS)]
    others = [number for number in range(WORKERS * BLOCKS) if number not in own]
    for number in (*own, *others):  # what other workers of this run do not need yet another run may have taken, and the other way round
        first = 20 + number * SIZE
        if all(is_free(f"127.0.0.{first + unit}") for unit in range(SIZE)) and reserved(first):
            return first
    raise RuntimeError(f"no {SIZE} addresses of 127.0.0.0/24 are free: is another test run going on?")


def reserved(first: int) -> bool:
    """Return whether a block is ours from now on, False where another process was faster. The oldest of ours is given back."""
    while len(_reservations) >= KEPT:
        _reservations.popleft().close()
    holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        holder.bind((f"127.0.0.{first}", RESERVED))
    except OSError:
        holder.close()
        return False
    _reservations.append(holder)
    return True


@atexit.register
def _give_back() -> None:
    """Close them before the interpreter does, which would complain."""
    for holder in _reservations:
        holder.close()


def is_free(address: str) -> bool:
    for kind, port in PORTS:
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def write_home(folder: Path, units: tuple[tuple[str, str], ...] = UNITS) -> Path:
    """Write a home file with the given (kind, wire) pairs; return its path."""
    first = block()
    lines = ["name: test home", "units:"]
    for number, (kind, wire) in enumerate(units):
        lines.append(f"  - {{id: {kind}-{first + number}, kind: {kind}, wire: {wire}, address: 127.0.0.{first + number}}}")
    path = folder / "home.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def copied_home(name: str, folder: Path) -> Path:
    """Write a copy of a home that comes along, with ids and addresses that only this process uses, and return its path."""
    first, second, third, _ = address().split(".")
    text = (HOMES / f"{name}.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^units:", f"base-address: {first}.{second}.{int(third) + 1}.1\nunits:", text, count=1, flags=re.MULTILINE)
    path = folder / f"{name}.yaml"
    path.write_text(re.sub(r"(\{id: [a-z-]+)", rf"\g<1>-{os.getpid()}", text), encoding="utf-8")
    return path
