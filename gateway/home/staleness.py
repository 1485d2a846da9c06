"""Values that were not refreshed in time are no longer believed: `stale` after twice their maxInterval.

All times are monotonic, so a jump of the wall clock ages nothing. Each twin remembers the earliest moment anything of it
can become stale, so that a sweep over a thousand fresh devices is a thousand comparisons.
"""

from gateway.home.merge import age
from gateway.home.twin import Twin


def sweep(twin: Twin, monotonic: float) -> set[str]:
    """Mark what became stale; return the public names where that was news."""
    if monotonic < twin.stale_due or not twin.refreshed:
        return set()
    late = [name for name, at in twin.refreshed.items() if monotonic - at >= twin.watched.get(name, monotonic)]
    for name in late:
        del twin.refreshed[name]
    twin.stale_due = min((at + twin.watched[name] for name, at in twin.refreshed.items() if name in twin.watched), default=0.0)
    return age(twin, late)
