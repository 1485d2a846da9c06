"""A set command: everything the unit showed, with what is asked written over it."""

from collections.abc import Mapping as MappingOf

from gateway.drivers.midea.mapping import SetCommand
from gateway.errors import Offline, ReadOnly
from gateway.thing.value import Value


def set_body(command: SetCommand, shown: bytes, readings: MappingOf[str, Value], asked: MappingOf[str, Value]) -> bytes:
    """Return the body (without message number) that changes `asked` and nothing else.

    `shown` is the body of the unit's latest status and `readings` what it says. Raises ReadOnly for a property this wire cannot
    write, SchemaViolation for a value it has no form for, Offline while no status is known.
    """
    if not shown:
        raise Offline("the appliance has not told its settings yet")
    body = bytearray(command.body)
    for source, target in command.carry:
        number = source.get(shown)
        if number is not None:
            target.put(body, number)
    for name, value in _complete(command, readings, asked).items():
        if name not in command.writers:
            raise ReadOnly(f"{name} cannot be set on this appliance", property=name)
        command.writers[name](body, value)
    return bytes(body)


def _complete(command: SetCommand, readings: MappingOf[str, Value], asked: MappingOf[str, Value]) -> dict[str, Value]:
    """Return what is to be written: what is kept, what is ended by something asked, and what is asked."""
    kept = {name: readings[name] for name in command.keep if name in readings}
    begun = any(asked.get(name) == on for name, on, _ in command.exclusive)
    ended = {name: off for name, on, off in command.exclusive if begun and readings.get(name) == on}
    return kept | ended | dict(asked)
