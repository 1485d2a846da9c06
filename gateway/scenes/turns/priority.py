"""Who comes first: the classes of `priority.yaml`, what a home says otherwise with its tags, and what a scene says for itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.home.twin import Twin

FILE: Final = Path(__file__).with_name("priority.yaml")
BY_TAG, NAMED, USUAL, UNNAMED = 0, 1, 2, 3
"""Groups of a rank: what a home's tag puts first, what the scene names, the classes, what is named nowhere; then the last."""
LAST: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """An order of devices. `places`: kind to its place in the classes; `first`, `last`: what a scene puts before and after."""

    places: Mapping[str, int]
    kept: frozenset[str]
    tags: Mapping[str, str]
    first: tuple[str, ...] = field(default=())
    last: tuple[str, ...] = field(default=())

    def rank(self, twin: Twin) -> tuple[int, int, str]:
        """Return what devices are sorted by: the dearest is the least."""
        words = (twin.description.id, twin.label.name, twin.description.kind)
        if self.tags["first"] in twin.tags:
            return (BY_TAG, 0, twin.id)
        if self.tags["last"] in twin.tags:
            return (LAST, 0, twin.id)
        for group, named in ((NAMED, self.first), (LAST - 1, self.last)):
            if places := [named.index(word) for word in words if word in named]:
                return (group, min(places), twin.id)
        place = self.places.get(twin.description.kind)
        return (UNNAMED, 0, twin.id) if place is None else (USUAL, place, twin.id)

    def keeps(self, twin: Twin) -> bool:
        """Return whether a device is never switched off because the mains are weak."""
        return twin.description.kind in self.kept or self.tags["keep"] in twin.tags


def priority(first: Iterable[str] = (), last: Iterable[str] = ()) -> Priority:
    """Return the order with what a scene says otherwise; raise ProfileInvalid where the table cannot be read."""
    table = _table()
    kinds = [kind for each in table["classes"] for kind in each["kinds"]]
    return Priority(
        places={kind: place for place, kind in enumerate(kinds)},
        kept=frozenset(table["keep"]),
        tags=table["tags"],
        first=tuple(first),
        last=tuple(last),
    )


@cache
def _table() -> Mapping[str, Any]:
    from gateway.profile.resolver import read_yaml  # noqa: PLC0415 - the YAML reader: only where something is done in turn

    return read_yaml(FILE)
