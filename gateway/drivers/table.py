"""The table of drivers: one line each, imported when first used."""

from importlib import import_module
from typing import cast

from gateway.drivers.spi import Driver
from gateway.errors import Unknown

DRIVERS: dict[str, str] = {
    "native": "gateway.drivers.native",
    "midea": "gateway.drivers.midea",
}
"""Name in registrations and rules -> module that has the record `DRIVER`."""


def names() -> tuple[str, ...]:
    """Return the names of all drivers, nothing imported."""
    return tuple(DRIVERS)


def load(name: str) -> Driver:
    """Return the driver called `name`; raise Unknown for a name that is not in the table."""
    module = DRIVERS.get(name)
    if module is None:
        raise Unknown(f"there is no driver {name!r}; known: {', '.join(DRIVERS)}")
    return cast("Driver", import_module(module).DRIVER)
