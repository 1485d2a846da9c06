"""How much one client may ask: a bucket of tokens each. Above it the answer is `rate` (4.29), and everybody else is served as ever."""

import time

_MOST_CLIENTS = 256


class Rate:
    """`burst` requests at once, then `steady` a second."""

    def __init__(self, burst: float = 400.0, steady: float = 200.0) -> None:
        self._burst, self._steady = burst, steady
        self._buckets: dict[str, tuple[float, float]] = {}

    def allows(self, client: str) -> bool:
        """Return whether one more request of this client is served."""
        now = time.monotonic()
        held, at = self._buckets.pop(client, (self._burst, now))
        held = min(self._burst, held + (now - at) * self._steady)
        if len(self._buckets) >= _MOST_CLIENTS:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[client] = (held - 1 if held >= 1 else held, now)
        return held >= 1
