"""The mapping data of one type of appliance, read from YAML, checked and made into readers and writers.

`kinds/*.yaml` has one file for each type of appliance; `models/<MODEL>.yaml` changes one for a model, which is eight characters of the
serial number (the tenth to the seventeenth): it names the file it `extends` and what is different, member by member. Supporting another
model, or another type whose settings travel the same way, is a file and no code.
"""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.drivers.midea.capabilities import Rule, rule
from gateway.drivers.midea.command import NO_COMMAND, Command, command
from gateway.drivers.midea.message import Message, message
from gateway.drivers.parts.sheet import Sheet, built, common, document, merged
from gateway.drivers.parts.withholding import Taken, together
from gateway.errors import ConfigurationInvalid, ReadOnly, Unknown
from gateway.thing.value import Value

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Where a number's limits stand in the capabilities; `within` are the profile's, `unsaid` those of a unit that names none."""

    rule: Rule
    lowest: tuple[int, ...]
    highest: tuple[int, ...]
    scale: float
    halves: int | None
    within: tuple[float, float]
    unsaid: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping(Sheet):
    """Everything the driver knows about one type or model of appliance.

    `numbered`: its frames carry a message number and a CRC. `capable`: it says what it can do when asked. `commands` set properties,
    `invocations` carry out actions; `refusal`: why nothing else can be set, `refusals`: why a property or an action cannot, by name.
    """

    appliance: int
    numbered: bool
    capable: bool
    refusal: str
    refusals: MappingOf[str, str]
    messages: MappingOf[str, Message]
    commands: tuple[Command, ...]
    invocations: MappingOf[str, Command]
    features: MappingOf[str, Rule]
    words: MappingOf[str, MappingOf[str, Rule]]
    ranges: MappingOf[str, Range]

    def commands_for(self, asked: MappingOf[str, Value]) -> list[tuple[Command, dict[str, Value]]]:
        """Return the commands that set these, each with its part; raise ReadOnly for what none can set."""
        for name in asked:
            if not any(name in command.writers for command in self.commands):
                raise self.refused(name)
        parts = ((command, {name: value for name, value in asked.items() if name in command.writers}) for command in self.commands)
        return [(command, part) for command, part in parts if part]

    def invocation(self, action: str, asked: MappingOf[str, Value]) -> Command:
        """Return the command that carries out an action; raise Unknown, or ReadOnly for what this wire cannot say."""
        if action in self.refusals:
            raise ReadOnly(f"{action} cannot be asked for: {self.refusals[action]}")
        if action not in self.invocations:
            raise Unknown(f"this appliance has no {action}")
        for name in asked:
            if name not in self.invocations[action].writers:
                raise self.refused(name)
        return self.invocations[action]

    def takes(self, action: str) -> Taken | None:
        """Return the members of an action's input that go with it, whether they can be set by themselves or not."""
        if action in self.invocations:
            return Taken(own=self.invocations[action].writers)
        return together(self)(action)

    def refused(self, name: str) -> ReadOnly:
        """Return the error for a property that this wire cannot set."""
        return ReadOnly(f"{name} cannot be set: {self.refusals.get(name, self.refusal)}", property=name)


def mapping_of(appliance: int, model: str = "", folder: Path = FOLDER) -> Mapping | None:
    """Return the mapping of a model, or of its type when the model has no file of its own; None for a type without one."""
    return _built(appliance, model if model in _models(folder) else "", folder)


@cache
def _models(folder: Path) -> frozenset[str]:
    """Return the models that have a file: whatever else anybody calls itself is not looked for on the disk, nor remembered."""
    return frozenset(file.stem for file in (folder / "models").glob("*.yaml"))


@cache
def _built(appliance: int, model: str, folder: Path) -> Mapping | None:
    kinds = {name: data for name, data in _kinds(folder).items() if data.get("appliance") == appliance}
    if kinds and model:
        file = folder / "models" / f"{model}.yaml"
        change = document(file)
        if (base := change.get("extends")) not in _kinds(folder):
            raise ConfigurationInvalid(f"{file}: there is no {base!r} to extend")
        if base in kinds:
            return built(_mapping, merged(kinds[base], change), file)
        return _built(appliance, "", folder)
    return next((built(_mapping, data, folder / "kinds" / f"{name}.yaml") for name, data in kinds.items()), None)


@cache
def _kinds(folder: Path) -> dict[str, dict[str, Any]]:
    return {file.stem: document(file) for file in sorted((folder / "kinds").glob("*.yaml"))}


def _mapping(data: MappingOf[str, Any]) -> Mapping:
    return Mapping(
        **common(data),
        appliance=data["appliance"],
        numbered=bool(data.get("numbered", False)),
        capable=bool(data.get("capable", False)),
        refusal=data.get("refusal", NO_COMMAND),
        refusals=dict(data.get("refusals", {})),
        messages={name: message(name, spec) for name, spec in data["messages"].items()},
        commands=tuple(command(spec) for spec in _several(data.get("set", ()))),
        invocations={name: command(spec) for name, spec in data.get("invoke", {}).items()},
        features={name: rule(spec) for name, spec in data["features"].items()},
        words={name: {word: rule(spec) for word, spec in words.items()} for name, words in data.get("words", {}).items()},
        ranges={name: _range(spec) for name, spec in data.get("ranges", {}).items()},
    )


def _several(written: Any) -> list[Any]:
    """Return a list of one where only one is written."""
    return [written] if isinstance(written, dict) else list(written)


def _range(spec: dict[str, Any]) -> Range:
    (least, most), (low, high) = spec["within"], spec["unsaid"]
    return Range(
        rule=rule({name: value for name, value in spec.items() if name != "unsaid"}),
        lowest=tuple(spec.get("lowest", ())),
        highest=tuple(spec.get("highest", ())),
        scale=spec.get("scale", 1),
        halves=spec.get("halves"),
        within=(least, most),
        unsaid=(low, high),
    )
