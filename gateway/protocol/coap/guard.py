"""What stands before the decoder: nothing a stranger sends is looked at before it has passed here.

Each address has a bucket of tokens; when it is empty a confirmable request is told 4.29, and when the debt grows to a
whole burst nothing is said at all. The table of addresses is bounded (the one heard of longest ago is forgotten), and
one more bucket holds for everybody together, so inventing addresses gains nothing.
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from enum import Enum, auto

import structlog

from gateway.errors import WireError
from gateway.protocol.coap.quiet import Sparsely
from gateway.protocol.coap.wire import Frame, parse
from gateway.thing.clock import Clock, SystemClock

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one endpoint takes.

    `size`: bytes of one datagram. `rate`, `burst`: datagrams a second and at once from one address; `total`: a second
    from everybody. `peers`: addresses remembered. `observations`, `observations_per_peer`: live ones.
    """

    size: int = 2048
    rate: float = 500.0
    burst: float = 1000.0
    total: float = 4000.0
    peers: int = 1024
    observations: int = 1024
    observations_per_peer: int = 256


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
        if self._held <= -self._most:
            return Verdict.DROP
        self._held -= 1
        return Verdict.ADMIT if self._held >= 0 else Verdict.REFUSE


class Guard:
    """Lets datagrams through or not; `counts` says how many of each fate, `said` how many log lines that took."""

    def __init__(self, limits: Limits | None = None, clock: Clock | None = None) -> None:
        self.limits = limits or Limits()
        self.counts: Counter[str] = Counter()
        self._clock = clock or SystemClock()
        self._peers: OrderedDict[str, Bucket] = OrderedDict()
        self._all = Bucket(self.limits.total, self.limits.total, self._clock.monotonic())
        self._sparsely = Sparsely(_log, self._clock)

    @property
    def said(self) -> int:
        """Return how many log lines were written."""
        return self._sparsely.said

    def admit(self, address: str, size: int) -> Verdict:
        """Say what to do with a datagram of `size` bytes from `address`, before a byte of it is read."""
        if size > self.limits.size:
            self.drop(address, "too long")
            return Verdict.DROP
        now = self._clock.monotonic()
        verdict = self._bucket(address, now).take(now)
        if verdict is Verdict.ADMIT and self._all.take(now) is not Verdict.ADMIT:
            verdict = Verdict.DROP
        if verdict is not Verdict.ADMIT:
            self.drop(address, "over the rate")
        return verdict

    def read(self, address: str, datagram: bytes) -> Frame | None:
        """Return the datagram as a Frame, or None (counted, logged now and then) when it is not exactly CoAP."""
        try:
            frame = parse(datagram)
        except WireError as error:
            self.drop(address, str(error))
            return None
        self.counts["admitted"] += 1
        return frame

    def drop(self, address: str, reason: str) -> None:
        """Count one dropped datagram and say so at most once in a while."""
        self.counts["dropped"] += 1
        self.counts[f"dropped: {reason}"] += 1
        self._sparsely.warning("coap datagram dropped", peer=address, reason=reason, dropped=self.counts["dropped"])

    def _bucket(self, address: str, now: float) -> Bucket:
        bucket = self._peers.get(address)
        if bucket is None:
            if len(self._peers) >= self.limits.peers:
                self._peers.popitem(last=False)
            bucket = self._peers[address] = Bucket(self.limits.rate, self.limits.burst, now)
        else:
            self._peers.move_to_end(address)
        return bucket
