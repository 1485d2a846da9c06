"""The table of drivers: one line each, imported when first used."""

from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import cast

from gateway.drivers.asked import secrets_in
from gateway.drivers.spi import Driver
from gateway.errors import Unknown

DRIVERS: dict[str, str] = {
    "native": "gateway.drivers.native",
    "midea": "gateway.drivers.midea",
    "echonet": "gateway.drivers.echonet",
    "gree": "gateway.drivers.gree",
    "miio": "gateway.drivers.miio",
    "daikin": "gateway.drivers.daikin",
    "mqttdiscovery": "gateway.drivers.mqttdiscovery",
    "zigbee2mqtt": "gateway.drivers.zigbee2mqtt",
    "esphome": "gateway.drivers.esphome",
    "broadlink": "gateway.drivers.broadlink",
    "androidtv": "gateway.drivers.androidtv",
    "dlna": "gateway.drivers.dlna",
}
"""Name in registrations and rules -> module that has the record `DRIVER`."""


def names() -> tuple[str, ...]:
    """Return the names of all drivers, nothing imported."""
    return tuple(DRIVERS)


@cache
def load(name: str) -> Driver:
    """Return the driver called `name`, with what its units ask for; raise Unknown for a name that is not in the table."""
    driver = cast("Driver", import_module(DRIVERS[known(name)]).DRIVER)
    return driver._replace(secrets=partial(secrets_in, folder_of(name)))


def folder_of(name: str) -> Path:
    """Return where a driver's data lies, nothing imported; raise Unknown likewise."""
    return Path(__file__).parent / DRIVERS[known(name)].rpartition(".")[2]


def known(name: str) -> str:
    """Return the name of a driver there is; raise Unknown for another."""
    if name not in DRIVERS:
        raise Unknown(f"there is no driver {name!r}; known: {', '.join(DRIVERS)}")
    return name
