"""A hub moves: it starts before its network is there, or the router gives it another address.

Whoever runs on `auto` is told when this machine has an address that is not served yet, and begins anew on it. An address that
only went away is waited for: a pulled cable comes back.
"""

from collections.abc import Callable

from gateway.errors import ConfigurationInvalid
from gateway.thing.clock import Clock

LOOK_SECONDS = 10.0
LOOKS = 2
"""How often in a row an address must have been seen before it is believed: a network that comes up tries several."""


async def moved(served: frozenset[str], present: Callable[[], frozenset[str]], clock: Clock) -> frozenset[str]:
    """Return the addresses that should be served and are not, once there are any. `present()`: those that should be now."""
    seen = 0
    while True:
        await clock.sleep(LOOK_SECONDS)
        try:
            new = present() - served
        except ConfigurationInvalid:  # an address named by hand has gone: nothing better to go to
            new = frozenset()
        seen = seen + 1 if new else 0
        if seen >= LOOKS:
            return new
