"""What a home that was described elsewhere looks like here once its appliances come: their names and rooms, and what hangs on what.

It is kept until each has come, over restarts. A device that is here already takes its labels at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.errors import HulianError
from gateway.thing.log import Log
from gateway.thing.value import Value

_log = Log()
SETTING = "expected"


class Settings(Protocol):
    """Where it is kept."""

    async def setting(self, name: str) -> Value:
        """Return what is kept under a name, None when there is nothing."""
        ...

    async def keep(self, name: str, value: Value) -> None:
        """Keep it; on disk when this returns."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """What a device that is not here yet will be called, and where it stands."""

    name: str = ""
    room: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedLink:
    """A link both ends of which are to be here before it can be made."""

    source: str
    relation: str
    target: str


@dataclass(slots=True)
class Expected:
    """Labels by device id, and links; `load` before anything else."""

    settings: Settings
    labels: dict[str, Awaited] = field(default_factory=dict)
    links: tuple[AwaitedLink, ...] = ()

    async def load(self) -> None:
        """Bring back what is awaited."""
        kept = await self.settings.setting(SETTING)
        if isinstance(kept, dict):
            self.labels = {device: _awaited(label) for device, label in kept["labels"].items()}
            self.links = tuple(AwaitedLink(**link) for link in kept["links"])

    async def add(self, labels: Mapping[str, Awaited], links: Iterable[AwaitedLink]) -> None:
        """Await more; on disk when this returns."""
        self.labels |= labels
        self.links = tuple(dict.fromkeys((*self.links, *links)))
        await self._keep()

    def label(self, device: str) -> Awaited:
        """Return what a device that has just come is called."""
        return self.labels.get(device, Awaited())

    def due(self, here: Iterable[str]) -> tuple[AwaitedLink, ...]:
        """Return the links that can be made now."""
        devices = set(here)
        return tuple(link for link in self.links if {link.source, link.target} <= devices)

    async def come(self, device: str, made: Iterable[AwaitedLink] = ()) -> None:
        """Await a device, and these links, no longer; a disk that fails only makes them be awaited once more."""
        gone = set(made)
        if self.labels.pop(device, None) is None and not gone:
            return
        self.links = tuple(link for link in self.links if link not in gone)
        try:
            await self._keep()
        except HulianError as error:
            _log.error("what is awaited is not stored", reason=str(error))

    async def _keep(self) -> None:
        labels: dict[str, Any] = {
            device: {"name": label.name, "room": label.room, "tags": list(label.tags)} for device, label in self.labels.items()
        }
        links = [{"source": link.source, "relation": link.relation, "target": link.target} for link in self.links]
        await self.settings.keep(SETTING, {"labels": labels, "links": links} if labels or links else None)


def _awaited(label: Mapping[str, Any]) -> Awaited:
    return Awaited(name=label["name"], room=label["room"], tags=tuple(label["tags"]))
