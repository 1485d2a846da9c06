"""A node without its connections: what it is, which entities it has, what they show, what a client's message makes it do and say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from firmware_sim.appliance import Appliance
from firmware_sim.profile import parse
from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.esphome.entity import Entity, key_of
from firmware_sim.wires.esphome.identity import Identity
from firmware_sim.wires.esphome.messages import Said

FOLDER: Final = Path(__file__).parent / "nodes"
Answer = tuple[str, Said]
_ARGUMENTS: Final = {
    "BOOL": "bool_",
    "INT": "int_",
    "FLOAT": "float_",
    "STRING": "string_",
    "BOOL_ARRAY": "bool_array",
    "INT_ARRAY": "int_array",
    "FLOAT_ARRAY": "float_array",
    "STRING_ARRAY": "string_array",
}
"""Types of arguments in the order of their numbers, and where each travels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A user's service that was called (or infrared that was sent): its name and arguments."""

    name: str
    arguments: Mapping[str, Any]


class Node:
    """`entities` by key (of two with one key the later counts); `calls`: services that were called, infrared sent, the time told.

    `strange`: further messages in its list of entities, as (name, fields), for a node that is not well.
    """

    def __init__(self, appliance: Appliance, identity: Identity, model: str | None, entities: Sequence[Mapping[str, Any]] = ()) -> None:
        self.sheet = node_sheet(appliance.kind, model)
        self.identity = identity
        self.calls: list[Call] = []
        self.strange: list[Answer] = []
        self._appliance = appliance
        self.listed: list[Entity] = []
        self.entities: dict[tuple[int, int], Entity] = {}
        for spec in (*self.sheet["entities"], *entities):
            self.add(spec)
        self.services = {key_of(str(spec["name"])): spec for spec in self.sheet.get("services", ())}

    def add(self, spec: Mapping[str, Any]) -> None:
        """Give it one entity more, as another program would."""
        entity = Entity(spec, f"{self.sheet['model']}.yaml")
        self.listed.append(entity)
        self.entities[entity.device, entity.key] = entity

    def about(self) -> Said:
        """Return what it says of itself."""
        told = {name: value for name, value in self.sheet["node"].items() if name != "board"}
        own = {
            "name": self.identity.name,
            "mac_address": self.identity.mac,
            "uses_password": bool(self.identity.password),
            "api_encryption_supported": self.identity.key is not None,
            "model": self.sheet["node"].get("board", ""),
        }
        return told | own

    def contents(self) -> Iterator[Answer]:
        """Yield the list of its entities and services, with its end."""
        for entity in self.listed:
            yield entity.entry.name, entity.listing
        for key, spec in self.services.items():
            arguments = [{"name": name, "type": list(_ARGUMENTS).index(kind)} for name, kind in spec.get("args", {}).items()]
            yield "ListEntitiesServicesResponse", {"name": spec["name"], "key": key, "args": arguments}
        yield from self.strange
        yield "ListEntitiesDoneResponse", {}

    def states(self) -> dict[tuple[int, int], Answer]:
        """Return what every entity shows now."""
        values = self._appliance.values()
        shown = {key: (entity, entity.shown(values)) for key, entity in self.entities.items()}
        return {key: (entity.state.name, said) for key, (entity, said) in shown.items() if entity.state is not None and said is not None}

    def obey(self, name: str, said: Said) -> list[Answer]:
        """Do what a command says; return what is answered to it, mostly nothing."""
        if name == "ExecuteServiceRequest":
            return self._called(said)
        if name == "GetTimeResponse":
            self.calls.append(Call(name="time", arguments={"epoch": said["epoch_seconds"]}))
        if name == "InfraredRFTransmitRawTimingsRequest":
            self.calls.append(Call(name="infrared", arguments={"timings": said["timings"], "carrier": said["carrier_frequency"]}))
            return [("InfraredRFTransmitCompleteResponse", {"key": said["key"], "success": True})]
        entity = self.entities.get((said.get("device_id", 0), said.get("key", 0)))
        if entity is not None and entity.command is not None and entity.command.name == name:
            entity.obey(said, self._appliance)
            if entity.type == "button":
                self.calls.append(Call(name=entity.object_id, arguments={}))
        return []

    def _called(self, said: Said) -> list[Answer]:
        spec = self.services.get(said["key"])
        if spec is None:
            return []
        pairs = zip(spec.get("args", {}).items(), said["args"], strict=False)
        self.calls.append(Call(name=spec["name"], arguments={name: each[_ARGUMENTS[kind]] for (name, kind), each in pairs}))
        return [("ExecuteServiceResponse", {"call_id": said["call_id"], "success": True})] if said["call_id"] else []


def models() -> tuple[str, ...]:
    """Return the nodes that can be simulated."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def node_sheet(kind: str, model: str | None) -> Mapping[str, Any]:
    """Return a node's file, of the first one with that kind of appliance behind it when none is named; SetupMistake when there is none.

    A file without kinds has nothing of the appliance and goes with any.
    """
    if model is not None and model not in models():
        raise SetupMistake(f"there is no ESPHome node {model!r}; there are {', '.join(models())}")
    known_here = map(sheet, models() if model is None else (model,))
    fitting = [each for each in known_here if kind in each["kinds"] or (model is not None and not each["kinds"])]
    if not fitting:
        known = ", ".join(f"{name} ({', '.join(sheet(name)['kinds'])})" for name in models())
        raise SetupMistake(f"no ESPHome node here has a {kind} behind it; there are {known}")
    return fitting[0]


@cache
def sheet(model: str) -> Mapping[str, Any]:
    """Return a node's file."""
    document: Mapping[str, Any] = parse(FOLDER / f"{model}.yaml")
    return {**document, "model": model}
