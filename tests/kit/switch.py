"""A bad cable between two hosts: it loses, delays, doubles and reorders frames, by a seed, so that a run can be had again.

Run as `python -m tests.kit.switch NAMESPACE NAMESPACE NAME LOSS DELAY JITTER DOUBLED SEED` (shares of one, and seconds one way). It makes a
network card NAME in each namespace and carries frames between them; says `ready`, ends with its standard input, and then says what it did.
"""

import ctypes
import fcntl
import heapq
import json
import os
import select
import struct
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
CLONE_NEWNET = 0x40000000
LONGEST = 65536


@dataclass
class Cable:
    """What happens to frames on their way; `waiting` holds (when due, number, where to, frame)."""

    loss: float
    delay: float
    jitter: float
    doubled: float
    chance: Random
    counts: Counter[str] = field(default_factory=Counter)
    waiting: list[tuple[float, int, int, bytes]] = field(default_factory=list)

    def take(self, frame: bytes, towards: int, now: float) -> None:
        """Decide what becomes of a frame."""
        self.counts["seen"] += 1
        if self.chance.random() < self.loss:
            self.counts["lost"] += 1
            return
        copies = 2 if self.chance.random() < self.doubled else 1
        self.counts["doubled"] += copies - 1
        for _ in range(copies):
            due = now + self.delay + self.chance.uniform(-self.jitter, self.jitter)
            heapq.heappush(self.waiting, (due, self.counts["seen"] * 2 + copies, towards, frame))

    def due(self, now: float) -> tuple[bytes, int] | None:
        """Return a frame whose time has come, and where it goes."""
        if not self.waiting or self.waiting[0][0] > now:
            return None
        _, _, towards, frame = heapq.heappop(self.waiting)
        return frame, towards

    def patience(self, now: float) -> float | None:
        """Return seconds until the next frame is due, None when there is none."""
        return max(0.0, self.waiting[0][0] - now) if self.waiting else None


def card(namespace: str, name: str) -> int:
    """Make a network card in a namespace; return what is read from and written to. This process stays in that namespace."""
    with Path("/run/netns", namespace).open() as place:
        if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    made = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(made, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return made


def carry(cards: tuple[int, int], cable: Cable) -> None:
    """Carry frames until standard input ends."""
    other = {cards[0]: cards[1], cards[1]: cards[0]}
    while True:
        readable, _, _ = select.select([*cards, sys.stdin.fileno()], [], [], cable.patience(time.monotonic()))
        if sys.stdin.fileno() in readable:
            return
        for each in set(cards).intersection(readable):
            cable.take(os.read(each, LONGEST), other[each], time.monotonic())
        while (parcel := cable.due(time.monotonic())) is not None:
            try:
                os.write(parcel[1], parcel[0])
            except OSError:
                cable.counts["not taken"] += 1  # the card at the other end is not up yet, or no more


def main() -> None:
    first, second, name, *figures = sys.argv[1:]
    loss, delay, jitter, doubled = map(float, figures[:4])
    cable = Cable(loss, delay, jitter, doubled, Random(figures[4]))
    cards = card(first, name), card(second, name)
    print(json.dumps({"event": "ready"}), flush=True)
    carry(cards, cable)
    print(json.dumps({"event": "end", **cable.counts}), flush=True)


if __name__ == "__main__":
    main()
