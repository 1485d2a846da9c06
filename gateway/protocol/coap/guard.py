"""What stands before the decoder: nothing a stranger sends is looked at before it has passed here."""

from collections import Counter
from dataclasses import dataclass

from gateway.thing.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one server takes.

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
    """Lets datagrams through or not, and counts why (`counts`)."""

    def __init__(self, limits: Limits | None = None, clock: Clock | None = None) -> None:
        self.limits = limits or Limits()
        self.clock = clock or SystemClock()
        self.counts: Counter[str] = Counter()
