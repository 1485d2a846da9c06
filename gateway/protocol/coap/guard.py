"""What stands before the decoder: nothing a stranger sends is looked at before it has passed here.

Each address has a bucket of tokens; when it is empty a confirmable request is told 4.29, and when the debt grows to a
whole burst nothing is said at all. The table of addresses is bounded (the one heard of longest ago is forgotten), and
one more bucket holds for everybody together, so inventing addresses gains nothing. On the LAN strangers have a table and
a common bucket of their own, a small one: whoever invents addresses takes from other strangers, not from the clients that
have shown a key. What answers a question of ours has buckets of its own: an appliance whose every word comes a hundred
times over is answered by nobody, but still heard.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from gateway.errors import WireError
from gateway.protocol.coap.wire import Frame, parse
from gateway.protocol.restraint import Senders, Sparsely, Verdict
from gateway.thing.clock import Clock, SystemClock
from gateway.thing.log import Log

_log = Log()

TURNED_AWAY = "turned away"
KNOWN_FOR = 600.0
"""Seconds an address is taken for a client's after it last showed a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one endpoint takes.

    `size`: bytes of one datagram. `rate`, `burst`: datagrams a second and at once from one address; `total`: a second
    from everybody. `strangers`: of these, from all who have shown no key lately (None: no difference is made). `peers`: addresses
    remembered. `observations`, `observations_per_peer`: live ones.
    """

    size: int = 2048
    rate: float = 500.0
    burst: float = 1000.0
    total: float = 4000.0
    strangers: float | None = None
    peers: int = 1024
    observations: int = 1024
    observations_per_peer: int = 256


class Guard:
    """Lets datagrams through or not; `counts` says how many of each fate, `said` how many log lines that took.

    `turned_away_last`: the address that came last without a key, or with a wrong one.
    """

    def __init__(self, limits: Limits | None = None, clock: Clock | None = None) -> None:
        self.limits = limits or Limits()
        self.counts: Counter[str] = Counter()
        self.turned_away_last = ""
        self._clock = clock = clock or SystemClock()
        limits = self.limits
        self._senders = Senders(clock, rate=limits.rate, burst=limits.burst, total=limits.total, most=limits.peers)
        self._answering = Senders(clock, rate=limits.rate, burst=limits.burst, total=limits.total, most=limits.peers)
        self._known: OrderedDict[str, float] = OrderedDict()
        self._strangers = self._senders
        if limits.strangers is not None:
            rate = min(limits.rate, limits.strangers)
            self._strangers = Senders(clock, rate=rate, burst=min(limits.burst, rate), total=limits.strangers, most=limits.peers)
        self._sparsely = Sparsely(_log, clock)

    @property
    def said(self) -> int:
        """Return how many log lines were written."""
        return self._sparsely.said

    def admit(self, address: str, size: int, awaited: Callable[[], bool] = lambda: False) -> Verdict:
        """Say what to do with a datagram of `size` bytes from `address`, before a byte of it is read.

        `awaited`: whether it looks like the answer to a question of ours; only asked when its sender has said too much.
        """
        if size > self.limits.size:
            self.drop(address, "too long")
            return Verdict.DROP
        verdict = (self._senders if self._is_known(address) else self._strangers).take(address)
        if verdict is not Verdict.ADMIT and awaited():
            verdict = self._answering.take(address)
        if verdict is not Verdict.ADMIT:
            self.drop(address, "over the rate")
        return verdict

    def know(self, address: str) -> None:
        """Take an address for a client's for a while: a message from it was opened with a key."""
        if self._strangers is self._senders:
            return
        self._known[address] = self._clock.monotonic() + KNOWN_FOR
        self._known.move_to_end(address)
        if len(self._known) > self.limits.peers:
            self._known.popitem(last=False)

    def _is_known(self, address: str) -> bool:
        return self._known.get(address, float("-inf")) > self._clock.monotonic()

    def turn_away(self, address: str) -> None:
        """Count one that came without a key, or with a wrong one."""
        self.counts[TURNED_AWAY] += 1
        self.turned_away_last = address

    def is_strange(self, address: str) -> bool:
        """Return whether strangers are told apart and this is one."""
        return self._strangers is not self._senders and not self._is_known(address)

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
