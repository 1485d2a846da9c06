"""What is offered of a device (`Part`), where it stands (`Site`), and what becomes of it (`Entity`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.profile.homeassistant import PLATFORMS, shape_of
from gateway.protocol.topics import GatewayTopics, Topics

CLIENT = "homeassistant"
"""The branch of envelopes, `c/homeassistant/`, that Home Assistant's constant payloads go to."""
Config = dict[str, Any]
Projection = Callable[[Mapping[str, Any]], dict[str, Any]]
"""From the public state to what one platform wants to read in its own form."""


@dataclass(frozen=True, slots=True)
class Part:
    """One affordance that is offered, with its hook. `writable`: Home Assistant may set it; `withheld`: only by its kind's word."""

    section: str
    name: str
    hook: Mapping[str, Any]
    schema: Mapping[str, Any]
    writable: bool = False
    withheld: bool = False

    @property
    def platform(self) -> str:
        """Return the platform it asks for."""
        return str(self.hook["platform"])

    @property
    def shape(self) -> str | None:
        """Return the shape of its schema (see the grammar)."""
        return shape_of(self.schema)

    @property
    def topic(self) -> str:
        """Return the part it plays in a composite entity, empty in a simple one."""
        topic = str(self.hook.get("topic", ""))
        return "power" if topic == "mode" and self.hook.get("fold") == "power+mode" else topic

    @property
    def composite(self) -> bool:
        """Return whether its platform is made of several parts."""
        return bool(PLATFORMS[self.platform].parts)


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity: `key` is stable and unique within its device; `config` lacks what all entities of a device share.

    `projection`: a state the face itself publishes, for a platform that reads no template.
    """

    key: str
    platform: str
    config: Config
    projection: Projection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a device is shown: its topics, the language of names, its public state now, and the constraints of its kind.

    `older`: for releases before 2024.12, one message an entity.
    """

    topics: Topics
    gateway: GatewayTopics
    language: str
    older: bool
    state: Mapping[str, Any] = field(default_factory=dict)
    constraints: tuple[Mapping[str, Any], ...] = ()

    @property
    def rpc(self) -> str:
        """Return the topic of envelopes."""
        return self.gateway.rpc(CLIENT)

    def projected(self, key: str) -> str:
        """Return the topic of an entity's projection."""
        return projection_topic(self.gateway, self.topics.device, key)

    def title(self, schema: Mapping[str, Any], name: str) -> str:
        """Return what people call it, in the language asked for, else in English."""
        titles = schema.get("titles", {})
        return str(titles.get(self.language) or schema.get("title") or titles.get("en") or name)


def projection_topic(gateway: GatewayTopics, device: str, key: str) -> str:
    """Return where the projection of an entity stands, retained."""
    return f"{gateway.client_prefix(CLIENT)}/{device}/{key}"


def key_of(text: str) -> str:
    """Return `text` as a part of a key: letters, digits, `_` and `-` only; what is another text is another key."""
    clean = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "_-") else "_" for letter in text)
    return clean if clean == text else f"{clean}_{sum(map(ord, text)):x}{len(text):x}"
