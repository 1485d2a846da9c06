"""What the tests of the types share: bodies written by hand, read and written by the mapping data."""

from typing import Any

from gateway.drivers.midea.mapping import Mapping, mapping_of

REFRIGERATOR, WASHER, TOP_LOADER, DRYER, HEATER, HOOD, PURIFIER, DEHUMIDIFIER = 0xCA, 0xDB, 0xDA, 0xDC, 0xE2, 0xB6, 0xFC, 0xA1
TYPES = (REFRIGERATOR, WASHER, TOP_LOADER, DRYER, HEATER, HOOD, PURIFIER, DEHUMIDIFIER)


def data(appliance: int, model: str = "") -> Mapping:
    mapping = mapping_of(appliance, model)
    assert mapping is not None
    return mapping


def body(length: int, first: int, **at: int) -> bytes:
    """Return a body with some bytes set: `_17=108`."""
    made = bytearray(length)
    made[0] = first
    for name, value in at.items():
        made[int(name[1:])] = value
    return bytes(made)


def read(appliance: int, content: bytes, message: str = "status", model: str = "") -> dict[str, Any]:
    return data(appliance, model).messages[message].read(content)


def written(appliance: int, asked: dict[str, Any], shown: bytes = b"") -> list[str]:
    """Return the bodies that set something, as hexadecimal, on a unit that showed this."""
    mapping = data(appliance)
    readings = mapping.messages["status"].read(shown)
    return [command.fill(shown, readings, part).hex(" ") for command, part in mapping.commands_for(asked) if command.meant(readings)]


def acted(appliance: int, action: str, asked: dict[str, Any], shown: bytes) -> str:
    return data(appliance).invocation(action, asked).fill(shown, {}, asked).hex(" ")
