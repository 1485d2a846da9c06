"""One Zigbee2MQTT as the broker shows it: whether it runs, and which devices it has."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from gateway.drivers.zigbee2mqtt.listing import Definitions, Listed, Refused, listed
from gateway.errors import WireError
from gateway.protocol.topics import ROOT

STATE, DEVICES = "/bridge/state", "/bridge/devices"
_LONGEST_STATE = 256
_NOT_BRIDGES = frozenset({"", "$SYS", ROOT.partition("/")[0], "homeassistant"})
"""First levels of topics that are no bridge's."""


@dataclass(slots=True)
class Bridge:
    """`base`: its topic. `online`: None before it has said so; one that never does counts as online."""

    base: str
    online: bool | None = None
    devices: Mapping[str, Listed] = field(default_factory=dict)
    list_digest: int | None = None

    @property
    def runs(self) -> bool:
        """Return whether it is not known to be down."""
        return self.online is not False


def read_state(payload: bytes) -> bool | None:
    """Return whether a bridge or a device says that it is there, as JSON or as the bare word; None for anything else."""
    if len(payload) > _LONGEST_STATE:
        return None
    word: object = payload.decode(errors="replace").strip()
    if payload[:1] == b"{":
        try:
            document = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return None
        word = document.get("state")
    return {"online": True, "offline": False}.get(word) if isinstance(word, str) else None


def read_devices(payload: bytes, definitions: Definitions, refuse: Callable[[Refused], None]) -> dict[str, Listed]:
    """Return the devices of a list by address; `refuse` is told of each row that is none. Raise WireError when it is no list."""
    return {row.ieee: row for row in _usable(listed(payload, definitions), refuse)} if payload else {}


def _usable(rows: Iterator[Listed | Refused], refuse: Callable[[Refused], None]) -> Iterator[Listed]:
    for row in rows:
        if isinstance(row, Refused):
            refuse(row)
        else:
            yield row


def base_of(topic: str, tail: str) -> str:
    """Return the base topic of a bridge's own topic; raise WireError for one that has none, or none of a bridge's.

    The hub's own tree is no bridge's: what the hub said there to a device it would say to itself.
    """
    base = topic[: -len(tail)]
    if base.partition("/")[0] in _NOT_BRIDGES:
        raise WireError(f"{topic[:100]!r} belongs to no bridge")
    return base
