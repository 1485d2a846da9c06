"""What one entity is: its features, what a state of it says of them, and the command that asks for values of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.drivers.esphome.leaf import Leaf, Place, leaf_of, there
from gateway.drivers.esphome.message import ENTITY, Message
from gateway.drivers.parts.sheet import document
from gateway.errors import SchemaViolation
from gateway.thing.value import Value

FILE: Final = Path(__file__).parent / "entities.yaml"
_OTHER: Final = re.compile(r"[^a-z0-9]+")
_LONGEST: Final = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """`place`: its number and its part's; `state`: the message that tells it, "" for none; `assumed`: it guesses."""

    place: tuple[int, int]
    state: str
    command: str
    leaves: Mapping[str, Leaf]
    assumed: bool

    @property
    def tells(self) -> bool:
        """Whether it has a state that is told when asked for (an event has none)."""
        return any(leaf.feature.readable and not leaf.feature.event for leaf in self.leaves.values())

    def read(self, message: Message) -> dict[str, Value]:
        """Return what a message says, by the keys of features; a value nobody knows is None."""
        return {key: leaf.read(message.fields) for key, leaf in self.leaves.items() if leaf.feature.readable}

    def asked(self, values: Mapping[str, Value], shown: Mapping[str, Any]) -> Message:
        """Return the command that asks for these values; raise SchemaViolation for one that it has no words for."""
        fields: dict[str, Any] = {}
        for key, value in values.items():
            leaf = self.leaves[key]
            if (said := leaf.ask(value)) is None:
                raise SchemaViolation(f"{leaf.feature.title or leaf.feature.name} cannot become {value!r}")
            bits = fields.get("has_fields", 0) | said.get("has_fields", 0)
            fields |= {name: shown[name] for name in leaf.together if name not in fields and name in shown}
            fields |= {**said, **({"has_fields": bits} if bits else {})}
        number, part = self.place
        return Message(self.command, {ENTITY: number, **({"device_id": part} if part else {}), **fields})


def lists() -> Mapping[str, str]:
    """Return the messages that list an entity, each with the kind of entity."""
    return {spec["list"]: kind for kind, spec in kinds().items()}


@cache
def kinds() -> Mapping[str, Any]:
    """Return what is known of each kind of entity; a feature's `shows` is its own name unless something else is said."""
    table: dict[str, Any] = {}
    for kind, spec in document(FILE).items():
        features = {name: {"shows": name, "flagless": spec.get("flagless"), **each} for name, each in spec["features"].items()}
        table[kind] = {**spec, "features": features}
    return table


def entity_of(kind: str, listed: Mapping[str, Any], endpoint: str = "", *, plain: bool = False) -> Entity:
    """Return an entity as it is listed; `plain`: a switch that is a setting of something else."""
    spec = kinds()[kind]
    identifier = object_id(listed)
    plain = plain or bool(spec.get("plain"))
    leaves = {}
    for name, each in spec["features"].items():
        if there(each, listed):
            place = Place(
                key=f"{kind}/{identifier}/{name}",
                name=identifier if plain else name,
                group="button" if kind == "button" else "" if plain else kind,
                instance=identifier,
                endpoint=endpoint,
            )
            leaves[place.key] = leaf_of(each, listed, place)
    return Entity(
        place=(listed.get(ENTITY, 0), listed.get("device_id", 0)),
        state=spec.get("state", ""),
        command=spec.get("command", ""),
        leaves=leaves,
        assumed=bool(listed.get(spec.get("assumed", ""))),
    )


def object_id(listed: Mapping[str, Any]) -> str:
    """Return the entity's id in snake case: the one it says, else made from its name, else from its number."""
    told = slug(str(listed.get("object_id") or "")) or slug(str(listed.get("name") or ""))
    return told or f"entity_{listed.get(ENTITY, 0):08x}"


def slug(text: str) -> str:
    """Return a text in snake case, "" where nothing is left of it."""
    return _OTHER.sub("_", text.lower()[: 4 * _LONGEST]).strip("_")[:_LONGEST]
