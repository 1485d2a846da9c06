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
from gateway.drivers.midea.place import Bits, place
from gateway.drivers.midea.vocabulary import READERS, WRITERS
from gateway.drivers.parts.reading import Reader
from gateway.drivers.parts.sheet import Sheet, built, common, document, merged
from gateway.drivers.parts.writing import Writer
from gateway.thing.value import Value

FOLDER = Path(__file__).parent
MODEL_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One kind of message: `ask` is the body that asks for it (None: it comes unasked), `match` byte to value that tells it from others."""

    name: str
    ask: bytes | None
    match: MappingOf[int, int]
    optional: bool
    when: Rule
    readers: MappingOf[str, Reader]

    def matches(self, body: bytes) -> bool:
        """Whether a body is a message of this kind."""
        return all(at < len(body) and body[at] == value for at, value in self.match.items())

    def read(self, body: bytes) -> dict[str, Value]:
        """Return what the body says."""
        return {name: value for name, read in self.readers.items() if (value := read(body)) is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCommand:
    """How settings are written: a body to start from, the bits carried over from the message `source`, and a writer for each property."""

    body: bytes
    source: str
    carry: tuple[tuple[Bits, Bits], ...]
    keep: tuple[str, ...]
    writers: MappingOf[str, Writer]
    exclusive: tuple[tuple[str, Value, Value], ...]


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
    """Everything the driver knows about one type or model of appliance."""

    appliance: int
    messages: MappingOf[str, Message]
    set: SetCommand
    features: MappingOf[str, Rule]
    words: MappingOf[str, MappingOf[str, Rule]]
    ranges: MappingOf[str, Range]


@cache
def mapping_of(appliance: int, model: str = "", folder: Path = FOLDER) -> Mapping | None:
    """Return the mapping of a model, or of its type when the model has no file of its own; None for a type without one."""
    kinds = {name: data for name, data in _kinds(folder).items() if data.get("appliance") == appliance}
    file = folder / "models" / f"{model}.yaml"
    if kinds and model.isalnum() and len(model) <= MODEL_LENGTH and file.is_file():
        change = document(file)
        if change.get("extends") in kinds:
            return built(_mapping, merged(kinds[change["extends"]], change), file)
    return next((built(_mapping, data, folder / "kinds" / f"{name}.yaml") for name, data in kinds.items()), None)


@cache
def kinds_of(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the profile kinds this driver can talk to, without reading the files: each is named after its kind."""
    return tuple(sorted(file.stem.replace("_", "-") for file in (folder / "kinds").glob("*.yaml")))


@cache
def _kinds(folder: Path) -> dict[str, dict[str, Any]]:
    return {file.stem: document(file) for file in sorted((folder / "kinds").glob("*.yaml"))}


def _mapping(data: MappingOf[str, Any]) -> Mapping:
    return Mapping(
        **common(data),
        appliance=data["appliance"],
        messages={name: _message(name, spec) for name, spec in data["messages"].items()},
        set=_set(data["set"]),
        features={name: rule(spec) for name, spec in data["features"].items()},
        words={name: {word: rule(spec) for word, spec in words.items()} for name, words in data.get("words", {}).items()},
        ranges={name: _range(spec) for name, spec in data.get("ranges", {}).items()},
    )


def _message(name: str, spec: dict[str, Any]) -> Message:
    return Message(
        name=name,
        ask=bytes.fromhex(spec["ask"]) if "ask" in spec else None,
        match=dict(spec["match"]),
        optional=bool(spec.get("optional", False)),
        when=rule(spec.get("when", {})),
        readers={reading: READERS.reader(entry) for reading, entry in spec["read"].items()},
    )


def _set(spec: dict[str, Any]) -> SetCommand:
    return SetCommand(
        body=bytes.fromhex(spec["body"]),
        source=spec["from"],
        carry=tuple((place(shown), place(sent)) for shown, sent in spec["carry"]),
        keep=tuple(spec.get("keep", ())),
        writers={name: WRITERS.writer(name, entry) for name, entry in spec["write"].items()},
        exclusive=tuple((name, on, off) for entry in spec.get("exclusive", ()) for name, (on, off) in entry.items()),
    )


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
