"""What scenes need of the home: who is there, how each stands, and a way to ask."""

from collections.abc import Mapping
from typing import Protocol

from gateway.home.run import Run
from gateway.home.twin import Twin
from gateway.scenes.document import Selector
from gateway.thing.availability import AvailabilityState
from gateway.thing.command import Command
from gateway.thing.value import Value


class House(Protocol):
    """The home, as far as scenes see it."""

    def devices(self) -> tuple[str, ...]:
        """Return the ids of every device."""
        ...

    def twin(self, device: str) -> Twin:
        """Return a device's twin; raise Unknown."""
        ...

    async def submit(self, command: Command) -> Run:
        """Take a command; a refusal is an ack."""
        ...


def meant(select: Selector, house: House) -> tuple[str, ...]:
    """Return the devices a selector means, in the order of their ids."""
    return tuple(device for device in sorted(house.devices()) if is_meant(select, house.twin(device)))


def is_meant(select: Selector, twin: Twin) -> bool:
    """Return whether a device is among those a selector means."""
    features = set(twin.description.features)
    lists = (
        (select.kinds, {twin.description.kind}),
        (select.features, features),
        (select.rooms, {twin.label.room}),
        (select.tags, set(twin.label.tags)),
        (select.ids, {twin.description.id, twin.label.name}),
    )
    if any(wanted and has.isdisjoint(wanted) for wanted, has in lists):
        return False
    return select.but is None or not is_meant(select.but, twin)


def shows(twin: Twin, values: Mapping[str, Value]) -> bool:
    """Return whether a device shows all of these."""
    return all(name in twin.values and twin.values[name] == value for name, value in values.items())


def reachable(twin: Twin) -> bool:
    """Return whether a command would get to a device now."""
    return twin.session is not None and twin.availability.state is not AvailabilityState.OFFLINE
