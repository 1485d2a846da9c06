"""One entity of a node: how it is listed, what it shows, and what a command to it changes.

A command names the fields it means by a `has_` of each; what has none is always meant. Some commands are words of their own (LOCK, PAUSE,
stop), and `commands.yaml` tells which fields of the state these change.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from firmware_sim.appliance import Appliance
from firmware_sim.profile import parse
from firmware_sim.refusal import Refusal, SetupMistake
from firmware_sim.wires.esphome.binding import Binding, Wish, binding_of
from firmware_sim.wires.esphome.messages import Message, catalogue
from firmware_sim.wires.press import press

HAS: Final = "has_"
_NOT_STATE: Final = {"key", "device_id"}


class Entity:
    """`type`: as in `commands.yaml`; `key`: its number on the wire; `listing`: the fields of its entry in the list of entities."""

    def __init__(self, spec: Mapping[str, Any], where: str) -> None:
        table = entity_types()
        self.type = str(spec["type"])
        if self.type not in table:
            raise SetupMistake(f"{where}: no entity type {self.type!r}; there are {', '.join(table)}")
        row = table[self.type]
        self.object_id = str(spec["id"])
        self.device = int(spec.get("device", 0))
        self.key = int(spec.get("key", key_of(self.object_id)))
        self.entry = catalogue().name(row["list"])
        self.state: Message | None = catalogue().name(row["state"]) if "state" in row else None
        self.command: Message | None = catalogue().name(row["command"]) if "command" in row else None
        self.listing = {"object_id": self.object_id, "key": self.key, "name": spec.get("name", self.object_id), **spec.get("list", {})}
        if self.device:
            self.listing["device_id"] = self.device
        self.listing = {name: value for name, value in self.listing.items() if name in self.entry.shape}
        self._words: Mapping[str, Mapping[Any, Mapping[str, Any]]] = row.get("words", {})
        self._instead: Mapping[str, str] = row.get("instead", {})
        self.bindings: dict[str, Binding] = {
            name: binding_of(each, f"{where}: {self.object_id}.{name}") for name, each in spec.get("state", {}).items()
        }
        self._presses: Mapping[str, Any] = spec.get("presses", {})

    def shown(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the fields of its state message, None where it has none; what is not known is said so, or left out."""
        if self.state is None:
            return None
        known = {name: binding.shown(values) for name, binding in self.bindings.items()}
        said: dict[str, Any] = {"key": self.key} | {name: value for name, value in known.items() if value is not None}
        if "missing_state" in self.state.shape and "state" in known and known["state"] is None:
            said |= {"missing_state": True}
        unknown = [name for name, value in known.items() if value is None and self.state.shape[name].type == "float"]
        said |= dict.fromkeys(unknown, float("nan"))
        return said | ({"device_id": self.device} if self.device and "device_id" in self.state.shape else {})

    def obey(self, said: Mapping[str, Any], appliance: Appliance) -> None:
        """Do what a command asks for, as much as the appliance takes."""
        wish = Wish()
        for name, value in self._changes(said).items():
            if name in self.bindings:
                self.bindings[name].ask(value, wish)
        wish.settings.update(self._presses)
        press(appliance, wish.settings)
        for action, argument in wish.actions.items():
            try:
                appliance.invoke(action, argument, confirmed=True)
            except Refusal:
                continue

    def _changes(self, said: Mapping[str, Any]) -> dict[str, Any]:
        meant = {name: value for name, value in said.items() if name not in _NOT_STATE and not name.startswith(HAS)}
        changes = {name: value for name, value in meant.items() if self._means(name, said)}
        for name, words in self._words.items():
            if name in changes:
                changes |= words.get(changes.pop(name), {})
        for name in tuple(changes):
            if (other := self._instead.get(name)) is not None and other in self.bindings:
                changes.setdefault(other, None)
        return changes

    def _means(self, name: str, said: Mapping[str, Any]) -> bool:
        """Colours come together under one `has_rgb`."""
        flag = HAS + ("rgb" if name in ("red", "green", "blue") else name)
        return bool(said[flag]) if flag in said else True


def key_of(object_id: str) -> int:
    """Return the number of an entity, made from its id (FNV-1, 32 bits)."""
    number = 2166136261
    for byte in object_id.encode():
        number = number * 16777619 & 0xFFFFFFFF ^ byte
    return number


@cache
def entity_types() -> Mapping[str, Mapping[str, Any]]:
    """Return what kinds of entities there are: their messages, and the commands that are words."""
    types: Mapping[str, Mapping[str, Any]] = parse(Path(__file__).parent / "commands.yaml")
    return types
