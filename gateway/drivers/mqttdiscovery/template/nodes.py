"""What an expression comes to: functions of the names there are, made of one another."""

from collections.abc import Callable
from typing import Any

from gateway.drivers.mqttdiscovery.template.values import BINARY, bounded, joined

Names = dict[str, Any]
Node = Callable[[Names], Any]


def constant(value: Any) -> Node:
    """Return what is always the same."""
    return lambda _names: value


def choice(condition: Node, yes: Node, no: Node) -> Node:
    """Return one of two, as the condition says."""
    return lambda names: yes(names) if condition(names) else no(names)


def either(one: Node, other: Node) -> Node:
    """Return `one or other`, as Python does."""
    return lambda names: one(names) or other(names)


def both(one: Node, other: Node) -> Node:
    """Return `one and other`, as Python does."""
    return lambda names: one(names) and other(names)


def operation(sign: str, one: Node, other: Node) -> Node:
    """Return what a sign makes of two values."""
    if sign == "~":
        return lambda names: joined(one(names), other(names))
    function = BINARY[sign]
    return lambda names: bounded(function(one(names), other(names)))


def compared(value: Any, rest: list[tuple[Callable[[Any, Any], bool], Node]], names: Names) -> bool:
    """Compare one after the other, as Python does."""
    for holds, node in rest:
        other = node(names)
        if not holds(value, other):
            return False
        value = other
    return True
