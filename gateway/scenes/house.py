"""What scenes need of the home: who is there, how each stands, and a way to ask."""

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from gateway.home import merge
from gateway.home.run import Run
from gateway.home.subscription import Subscription
from gateway.home.twin import Twin
from gateway.scenes.document import Selector
from gateway.thing.availability import AvailabilityState
from gateway.thing.command import Command
from gateway.thing.value import Quality, Value


class Feeders(Protocol):
    """What hangs on what."""

    def feeder(self, device: str) -> str | None:
        """Return the plug a device hangs on, None where nobody said."""
        ...


class House(Protocol):
    """The home, as far as scenes see it."""

    def devices(self) -> tuple[str, ...]:
        """Return the ids of every device."""
        ...

    def twin(self, device: str) -> Twin:
        """Return a device's twin; raise Unknown."""
        ...

    async def history(self, device: str, name: str | None, since: float, limit: int) -> list[dict[str, Value]]:
        """Return the newest changes since a moment, each with its `value`; raise Unknown."""
        ...

    def subscribe(self, devices: frozenset[str] | None = None) -> Subscription:
        """Return a reader of the change stream, of all devices or of these."""
        ...

    @property
    def links(self) -> Feeders:
        """Return what hangs on what."""
        ...

    async def submit(self, command: Command) -> Run:
        """Take a command; a refusal is an ack."""
        ...

    def run(self, device: str, id: str) -> Run:
        """Return the run of a command, also of one from before a restart; raise Unknown."""
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


WORDS: Final = {"rooms": "room", "tags": "tag", "ids": "device"}


def known_words(house: House) -> dict[str, frozenset[str]]:
    """Return every room, tag, and id or name there is in a home."""
    twins = [house.twin(device) for device in house.devices()]
    return {
        "rooms": frozenset(twin.label.room for twin in twins),
        "tags": frozenset(tag for twin in twins for tag in twin.label.tags),
        "ids": frozenset(word for twin in twins for word in (twin.description.id, twin.label.name)),
    }


def dangling(select: Selector, known: Mapping[str, frozenset[str]]) -> list[str]:
    """Return a sentence for each name a selector says and nothing in the home has. That a kind is not there is usual, and no mistake."""
    said = [
        f"there is no {word} {name!r} in this home"
        for field, word in WORDS.items()
        for name in getattr(select, field)
        if name not in known[field]
    ]
    return said + (dangling(select.but, known) if select.but is not None else [])


def shows(twin: Twin, values: Mapping[str, Value]) -> bool:
    """Return whether a device shows all of these, as far as it can be believed."""
    return all(merge.shows(twin, name, value) for name, value in values.items())


def is_so(twin: Twin, values: Mapping[str, Value]) -> bool:
    """Return whether all of these need not be asked for: it has said so itself. What is only assumed is asked for again."""
    return shows(twin, values) and not any(twin.quality.get(name) is Quality.ASSUMED for name in values)


def believed(twin: Twin, names: Iterable[str]) -> dict[str, Value]:
    """Return what a device shows of these, without what is old or no value of its profile."""
    return {name: twin.values[name] for name in names if name in twin.values and merge.shows(twin, name, twin.values[name])}


def reachable(twin: Twin) -> bool:
    """Return whether a command would get to a device now."""
    return twin.session is not None and twin.availability.state is not AvailabilityState.OFFLINE


def heard(twin: Twin) -> bool:
    """Return whether a device can be reached and has said how it is since it can."""
    return reachable(twin) and twin.silent_since is None
