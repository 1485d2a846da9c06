"""What announces itself on the broker of a demo: it is this home's, for nobody else can reach that broker."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from gateway.app import Gateway

WIRES: Final = frozenset({"zigbee2mqtt", "mqttdiscovery"})
"""Wires, and drivers of the same name, whose units are found on the broker and have no address of their own."""
Unit = Mapping[str, Any]


def announces_itself(unit: Unit) -> bool:
    """Return whether a simulated unit is found on the broker."""
    return bool(unit["wire"] in WIRES)


def announced(gateway: Gateway, units: Iterable[Unit]) -> dict[str, set[str]]:
    """Return the devices of units that announce themselves, by the unit's id: they say what the home file calls them."""
    carried = {(session.driver, session.key): {*session.devices} for session in gateway.supervisor.status()}
    known = {
        (entry.driver, entry.title): carried.get((entry.driver, entry.key), set())
        for entry in gateway.discovery.inbox()
        if entry.driver in WIRES
    }
    return {
        unit["id"]: known.get((unit["wire"], str(unit.get("title"))), set()) | known.get((unit["wire"], unit["id"]), set())
        for unit in units
        if announces_itself(unit)
    }
