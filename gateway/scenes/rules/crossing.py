"""A property that comes to be within a limit: armed, within, fired; and armed again once it has been far enough outside.

What a device says no longer, or never said, is not known to be within or outside: nothing begins and nothing ends by it.
"""

from typing import Final

from gateway.home import merge
from gateway.home.twin import Twin
from gateway.scenes.house import believed
from gateway.scenes.rules.rule import Crossing, Limit
from gateway.scenes.rules.said import said, time_words
from gateway.scenes.rules.standing import Cause, Standing
from gateway.thing.value import Value

LONGEST_VALUE: Final = 64


def within(limit: Limit, value: Value) -> bool:
    """Return whether a value is one a limit means."""
    if limit.values:
        return any(merge.same(value, each) for each in limit.values)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value > limit.above if limit.above is not None else limit.below is not None and value < limit.below


def rearms(trigger: Crossing, value: Value) -> bool:
    """Return whether a value is so far outside that the trigger may fire again."""
    if within(trigger.limit, value):
        return False
    if trigger.rearm is None or isinstance(value, bool) or not isinstance(value, int | float):
        return True
    return value <= trigger.rearm if trigger.limit.above is not None else value >= trigger.rearm


def crossed(standing: Standing, trigger: Crossing, twin: Twin, now: float, monotonic: float) -> Cause | None:
    """Return why it fires for a device now, None where it does not; what is known of the device is brought up to date."""
    shown = believed(twin, (trigger.name,))
    if trigger.name not in shown:
        return None
    value, device = shown[trigger.name], twin.id
    if device not in standing.armed:
        standing.arm(device, armed=not within(trigger.limit, value))
        return None
    if not within(trigger.limit, value):
        standing.let_go(device)
        if rearms(trigger, value):
            standing.arm(device, armed=True)
        return None
    if not standing.armed[device] or (trigger.held and standing.hold(device, now, monotonic) < trigger.held):
        return None
    standing.let_go(device)
    standing.arm(device, armed=False)
    return _cause(trigger, twin, value, now)


def left(standing: Standing, trigger: Crossing, monotonic: float) -> float | None:
    """Return in how many seconds it may fire for somebody for whom it holds already, None where it holds for nobody."""
    return min((start + trigger.held - monotonic for start in standing.held_from.values()), default=None)


def _cause(trigger: Crossing, twin: Twin, value: Value, now: float) -> Cause:
    shown = str(value).lower() if isinstance(value, bool) else str(value)[:LONGEST_VALUE]
    words = {"name": trigger.name, "device": twin.name, "value": shown, "limit": trigger.limit.words(), "held": time_words(trigger.held)}
    more = {"device": twin.id, "name": trigger.name, "value": value}
    return Cause(said("held" if trigger.held else "property", **words), now, more=more)
