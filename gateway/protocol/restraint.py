"""Limits that hold against a flood: buckets of tokens for each sender, and log lines that come sparsely."""

from collections import OrderedDict
from enum import Enum, auto
from typing import Any

from gateway.thing.clock import Clock

INTERVAL = 10.0
"""Seconds between two log lines of one kind."""


class Verdict(Enum):
    """What to do with a datagram."""

    ADMIT = auto()
    REFUSE = auto()
    DROP = auto()


class Bucket:
    """Tokens that refill with time; may go as far below zero as it holds."""

    __slots__ = ("_at", "_held", "_most", "_rate")

    def __init__(self, rate: float, most: float, at: float) -> None:
        self._rate = rate
        self._most = most
        self._held = most
        self._at = at

    def take(self, at: float) -> Verdict:
        """Take one token at time `at` (seconds, monotonic)."""
        self._held = min(self._most, self._held + (at - self._at) * self._rate)
        self._at = at
        if self._held - 1 < -self._most:
            return Verdict.DROP
        self._held -= 1
        return Verdict.ADMIT if self._held >= 0 else Verdict.REFUSE


class Senders:
    """A bucket for each sender, at most `most` of them (the one heard of longest ago is forgotten), and one for all together."""

    def __init__(self, clock: Clock, *, rate: float, burst: float, total: float, most: int) -> None:
        self._clock = clock
        self._rate = rate
        self._burst = burst
        self._most = most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._all = Bucket(total, total, clock.monotonic())

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, sender: str) -> Verdict:
        """Take one token of `sender` now."""
        now = self._clock.monotonic()
        verdict = self._bucket(sender, now).take(now)
        if verdict is Verdict.ADMIT and self._all.take(now) is not Verdict.ADMIT:
            return Verdict.DROP
        return verdict

    def _bucket(self, sender: str, now: float) -> Bucket:
        bucket = self._buckets.get(sender)
        if bucket is None:
            if len(self._buckets) >= self._most:
                self._buckets.popitem(last=False)
            bucket = self._buckets[sender] = Bucket(self._rate, self._burst, now)
        else:
            self._buckets.move_to_end(sender)
        return bucket


class Sparsely:
    """Writes a warning at most once in `interval` seconds; `said` counts the lines written."""

    def __init__(self, log: Any, clock: Clock, interval: float = INTERVAL) -> None:
        self.said = 0
        self._log = log
        self._clock = clock
        self._interval = interval
        self._next = float("-inf")
        self._kept_back = 0

    def warning(self, event: str, **facts: Any) -> None:
        """Write `event`, or keep it back."""
        now = self._clock.monotonic()
        if now < self._next:
            self._kept_back += 1
            return
        self._next = now + self._interval
        self._log.warning(event, **facts, kept_back=self._kept_back)
        self.said += 1
        self._kept_back = 0
