"""In which order one device takes several values: together where its profile lets it, else one after the other where that helps.

A refrigerator takes its temperature only outside holiday mode; an air conditioner at rest takes no fan speed. What is to be set at once
is then set in the order in which each is allowed by what the ones before it made of the device.
"""

from collections.abc import Mapping

from gateway.errors import CommandError
from gateway.profile.instance import Instance
from gateway.thing.value import Value


def in_order(instance: Instance, values: Mapping[str, Value], state: Mapping[str, Value]) -> tuple[Mapping[str, Value], ...]:
    """Return the writes that bring a device to these values; one with all of them where no order is better."""
    if len(values) == 1 or takes(instance, values, state):
        return (values,)
    expected, left, writes = dict(state), dict(values), []
    while left:
        name = next((name for name, value in left.items() if takes(instance, {name: value}, expected)), None)
        if name is None:
            return (values,)
        writes.append({name: left[name]})
        expected[name] = left.pop(name)
    return tuple(writes)


def takes(instance: Instance, values: Mapping[str, Value], state: Mapping[str, Value]) -> bool:
    """Return whether the profile lets these be written in this state."""
    try:
        instance.check_write(values, state)
    except CommandError:
        return False
    return True
