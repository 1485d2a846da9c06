"""The Thing Description of each device, made when asked for: it is 30 to 50 KiB and made in half a millisecond.

The last few are kept, for clients that read one in blocks.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from gateway.home.twin import Twin
from gateway.profile.canonical import canonical
from gateway.profile.thing_description import Forms, thing_description

KEPT = 8


@dataclass(frozen=True, slots=True)
class ThingDescription:
    """`body`: the TD 1.1 in its RFC 8785 form, the bytes every face sends; `hash`: SHA-256 of `body` in hex."""

    body: bytes
    hash: str

    @property
    def document(self) -> dict[str, Any]:
        """Return it as JSON data; few ask for that, and as data it weighs ten times as much."""
        document: dict[str, Any] = orjson.loads(self.body)
        return document


class Papers:
    """Makes and keeps Thing Descriptions. `forms(device)`: how the device is reached through this gateway; `links(device)`: to others."""

    def __init__(self, forms: Callable[[str], Forms], links: Callable[[str], Iterable[Mapping[str, Any]]]) -> None:
        self._forms = forms
        self._links = links
        self._kept: OrderedDict[str, ThingDescription] = OrderedDict()

    def of(self, twin: Twin) -> ThingDescription:
        """Return the device's Thing Description."""
        kept = self._kept.get(twin.id)
        if kept is None:
            kept = self._kept[twin.id] = self._make(twin)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(twin.id)
        return kept

    def outdated(self, device: str) -> None:
        """Make it anew the next time: its description or name changed."""
        self._kept.pop(device, None)

    def _make(self, twin: Twin) -> ThingDescription:
        links = [*(link.document() for link in twin.description.links), *self._links(twin.id)]
        document = thing_description(twin.instance, title=twin.name, forms=self._forms(twin.id), links=links)
        body = canonical(document)
        return ThingDescription(body, sha256(body).hexdigest())
