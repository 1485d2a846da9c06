"""What the owner of a demo's home does for appliances that only have a remote: the transmitter of their room is told to speak for them."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.app import Gateway
from gateway.app.remotes import known_codes
from gateway.home.change import AvailabilityChanged, Described, Snapshot

WIRE = "ir"
Unit = Mapping[str, Any]


def only_remote(unit: Unit) -> bool:
    """Return whether a simulated unit has no network at all."""
    return bool(unit["wire"] == WIRE)


def spoken_for(gateway: Gateway, units: Iterable[Unit]) -> dict[str, set[str]]:
    """Return the devices that transmitters made of units that only have a remote, by the unit's id."""
    made = {
        str(thing["title"]): str(thing["id"])
        for device in gateway.home.devices()
        if (remote := gateway.supervisor.remote(device)) is not None
        for thing in remote.things()
    }
    return {unit["id"]: {made[unit["title"]]} if unit["title"] in made else set() for unit in units if only_remote(unit)}


async def speak_for(gateway: Gateway, units: Iterable[Unit]) -> None:
    """Have each of them spoken for once the transmitter in its room is there, unless it is already; ends when all are."""
    waiting = [unit for unit in units if only_remote(unit)]
    rooms = {unit["room"]: unit["address"] for unit in units if unit["kind"] == "ir-remote" and unit.get("room") and not only_remote(unit)}
    if not waiting:
        return
    codes = {each["kind"]: each["name"] for each in reversed(known_codes()["codes"])}
    async with gateway.home.subscribe() as changes:
        async for change in changes:
            if isinstance(change, Snapshot | AvailabilityChanged | Described):
                waiting = [unit for unit in waiting if not await _spoken(gateway, unit, rooms.get(unit.get("room")), codes)]
            if not waiting:
                return


async def _spoken(gateway: Gateway, unit: Unit, address: str | None, codes: Mapping[str, str]) -> bool:
    """Return whether a unit is spoken for now."""
    carried = next((each.devices[0] for each in gateway.supervisor.status() if each.devices and each.address == address), None)
    remote = None if carried is None else gateway.supervisor.remote(carried)
    if remote is None:
        return False
    if all(thing["title"] != unit["title"] for thing in remote.things()):
        await remote.add(unit["kind"], codes[unit["kind"]], unit["title"])
    return True
