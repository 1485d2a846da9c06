"""How much of what one unit says is read: a unit may say a lot at once, and go on saying some.

Reading costs time that the units beside it wait for. One that says thousands of things a second, because it is broken or means harm, is
heard as often as others are, and the rest is dropped or waits in its own queue. The time is the loop's: no clock that is set moves it.
"""

import asyncio


class Allowance:
    """So many (messages, or bytes) a second, and so many at once after a while of silence."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._credit = burst
        self._at = asyncio.get_running_loop().time()

    def take(self, amount: float = 1.0) -> bool:
        """Return whether so much may be read now; nothing is used up where not."""
        self._earn()
        if self._credit < amount:
            return False
        self._credit -= amount
        return True

    def owe(self, amount: float) -> float:
        """Take what has been read already; return the seconds to wait before anything more is."""
        self._earn()
        self._credit -= amount
        return max(0.0, -self._credit / self._rate)

    def _earn(self) -> None:
        now = asyncio.get_running_loop().time()
        self._credit = min(self._burst, self._credit + (now - self._at) * self._rate)
        self._at = now


DATAGRAMS = (1000.0, 2000.0)
"""Of one unit: a second, and at once."""
