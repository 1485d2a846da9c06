"""What stands before the decoder: nothing a stranger sends is looked at before it has passed here.

Each address has a bucket of tokens; when it is empty a confirmable request is told 4.29, and when the debt grows to a
whole burst nothing is said at all. The table of addresses is bounded (the one heard of longest ago is forgotten), and
one more bucket holds for everybody together, so inventing addresses gains nothing.
"""

from collections import Counter
from dataclasses import dataclass

from gateway.errors import WireError
from gateway.protocol.coap.wire import Frame, parse
from gateway.protocol.restraint import Senders, Sparsely, Verdict
from gateway.thing.clock import Clock, SystemClock
from gateway.thing.log import Log

_log = Log()


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


class Guard:
    """Lets datagrams through or not; `counts` says how many of each fate, `said` how many log lines that took."""

    def __init__(self, limits: Limits | None = None, clock: Clock | None = None) -> None:
        self.limits = limits or Limits()
        self.counts: Counter[str] = Counter()
        clock = clock or SystemClock()
        limits = self.limits
        self._senders = Senders(clock, rate=limits.rate, burst=limits.burst, total=limits.total, most=limits.peers)
        self._sparsely = Sparsely(_log, clock)

    @property
    def said(self) -> int:
        """Return how many log lines were written."""
        return self._sparsely.said

    def admit(self, address: str, size: int) -> Verdict:
        """Say what to do with a datagram of `size` bytes from `address`, before a byte of it is read."""
        if size > self.limits.size:
            self.drop(address, "too long")
            return Verdict.DROP
        verdict = self._senders.take(address)
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
