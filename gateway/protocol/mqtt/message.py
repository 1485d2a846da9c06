"""What travels: a message, its MQTT 5 properties, and the will the broker keeps for us."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias


@dataclass(frozen=True, slots=True)
class Properties:
    """The MQTT 5 properties we use; under 3.1.1 they are dropped on the way out and empty on the way in.

    `correlation` is copied byte for byte. `user`: the last one wins when a name comes twice. `expiry` in seconds.
    """

    response_topic: str | None = None
    correlation: bytes | None = None
    user: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None
    expiry: int | None = None


NO_PROPERTIES = Properties()


class Message(NamedTuple):
    """One message that arrived. `retain`: it is what the broker kept, not something that happened now."""

    topic: str
    payload: bytes
    retain: bool = False
    qos: int = 1
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes (QoS 1) when we vanish. `delay` in seconds: how long it waits for us to come back (MQTT 5 only)."""

    topic: str
    payload: bytes
    retain: bool = True
    delay: int = 0


Handler: TypeAlias = Callable[[Message], None]
"""Takes one message on the loop and returns at once; a HulianError it raises is logged and forgotten."""
