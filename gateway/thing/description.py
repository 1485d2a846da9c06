"""What a session says about a device it carries, before the first value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.thing.value import Value


class Locality(StrEnum):
    """What a device needs from outside the home, told to the user as it is; of two that hold, the one that asks for more."""

    LOCAL = "local"
    CLOUD_KEY = "local-cloud-key"
    NEEDS_INTERNET = "local-needs-internet"
    ASSUMED = "assumed"
    CLOUD = "cloud"

    @property
    def sentence(self) -> str:
        """Return it in words for people."""
        return _LOCALITIES[self]

    @classmethod
    def stored(cls, word: str) -> "Locality":
        """Return the one an earlier version may have kept under another word; ValueError for a word that never was one."""
        return cls(_EARLIER.get(word, word))


_LOCALITIES = {
    Locality.LOCAL: "local",
    Locality.CLOUD_KEY: "local, key from the vendor's cloud once",
    Locality.NEEDS_INTERNET: "local but leaves the LAN without the internet",
    Locality.ASSUMED: "assumed: nothing tells what it really does",
    Locality.CLOUD: "through the vendor's cloud",
}
_EARLIER = {"local-with-heartbeat": "local-needs-internet"}


class Relation(StrEnum):
    """What another Thing is to this one: a part of it, or the whole it is a part of (link relations of W3C TD 1.1)."""

    ITEM = "item"
    COLLECTION = "collection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A composite appliance and one of its parts: `thing` is the URN of the other, `name` the part's within the whole."""

    relation: Relation
    thing: str
    name: str

    def document(self) -> dict[str, str]:
        """Return it as a Thing Description has it."""
        return {"rel": self.relation.value, "href": self.thing, "type": "application/td+json", "instanceName": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One device.

    `id`: its stable id in this home. `kind`, `major`: the profile. `features`: names from the kind's `hl:features`.
    `narrowing`: property name to the JSON Schema terms that are tighter than the kind's (minimum, maximum, multipleOf, enum);
    `readOnly: true` for what the kind lets one write and this device does not, with `hl:reason` in words.
    `additions`: what the kind does not have, `{"properties"|"actions"|"events": {name: schema}}`: vendor affordances `x-<vendor>-*`,
    and standard ones of a mixin: `{"temperature": {"tm:ref": "./mixin-environment-1.yaml#/properties/temperature", tighter terms}}`.
    `title`: a name to show until a person gives one. `identity`: the base profile's `identity` object.
    `links`: the parts of a composite appliance, or the whole a part belongs to.
    """

    id: str
    kind: str
    major: int = 1
    features: tuple[str, ...] = ()
    narrowing: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    additions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    title: str = ""
    identity: Mapping[str, Value] = field(default_factory=dict)
    locality: Locality = Locality.LOCAL
    links: tuple[Link, ...] = ()
