"""How many requests a client may send: each has a bucket of tokens, and who finds it empty is told 4.29 and when to come back.

A request over the rate is answered by hand, before the library sees it: refusing must cost less than answering, or it protects nobody.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable

from firmware_sim.refusal import Refusal
from firmware_sim.wires.errors import error_object
from firmware_sim.wires.payload import encode

RATE, BURST = 250.0, 500.0
"""Requests a second in the long run, and at once, of one client."""
_MOST = 256
_ACK, _CON, _NON = 2, 0, 1
_TOO_MANY = 4 << 5 | 29
_MAX_AGE = bytes((0xD1, 14 - 13))
"""Option 14 as the first one, one byte long."""


def is_request(datagram: bytes) -> bool:
    """Return whether a readable datagram asks for something; a ping and an acknowledgement need no token."""
    return 0 < datagram[1] < 1 << 5 and datagram[0] >> 4 & 3 in (_CON, _NON)


class Pace:
    """The buckets of all clients, those heard of last; `now`: monotonic seconds. `again`: seconds after which a client may come back."""

    def __init__(self, now: Callable[[], float], *, rate: float = RATE, burst: float = BURST, again: int = 2) -> None:
        self.rate = rate
        self.burst = burst
        self.again = again
        self._now = now
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def allows(self, client: Hashable) -> bool:
        """Take one token; False when there is none."""
        now = self._now()
        left, since = self._left.pop(client, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.rate)
        self._left[client] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > _MOST:
            self._left.popitem(last=False)
        return left >= 1

    def refusal(self, request: bytes) -> bytes:
        """Return the answer to a request over the rate."""
        kind, length = request[0] >> 4 & 3, request[0] & 15
        head = bytes((1 << 6 | (_ACK if kind == _CON else _NON) << 4 | length, _TOO_MANY))
        body = encode(error_object(Refusal("rate", "too many requests: come back later")))
        return head + request[2 : 4 + length] + self.options() + b"\xff" + body

    def options(self) -> bytes:
        """Return the encoded options of a refusal: Max-Age alone."""
        return _MAX_AGE + bytes((self.again,))
