"""The messages of the native API by name and by number, words instead of the numbers of enumerations; the table is `messages.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from firmware_sim.profile import parse
from firmware_sim.wires.protobuf import Field, Garbled, Shape, decode, encode

FILE = Path(__file__).parent / "messages.yaml"
Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """`words`: field to the numbers of its words."""

    name: str
    number: int
    shape: Shape
    words: Mapping[str, Mapping[str, int]]

    def encode(self, said: Said) -> bytes:
        """Return it as it travels; a word stands for its number. KeyError for a word or field there is not."""
        return encode(self.shape, {name: self._number(name, value) for name, value in said.items()})

    def decode(self, data: bytes) -> dict[str, Any]:
        """Return every field; a number without a word stays a number. Raise Garbled."""
        return {name: self._word(name, value) for name, value in decode(self.shape, data).items()}

    def _number(self, field: str, value: Any) -> Any:
        words = self.words.get(field)
        if words is None:
            return value
        return [words[each] for each in value] if self.shape[field].repeated else words[value]

    def _word(self, field: str, value: Any) -> Any:
        if field not in self.words:
            return value
        words = {number: word for word, number in self.words[field].items()}
        return [words.get(each, each) for each in value] if self.shape[field].repeated else words.get(value, value)


class Catalogue:
    """All messages; `name` and `number` find one."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._enums: Mapping[str, Mapping[str, int]] = document["enums"]
        self._inner = {name: {key: self._field(spec, {}) for key, spec in fields.items()} for name, fields in document["inner"].items()}
        self._named = {name: self._message(name, spec) for name, spec in document["messages"].items()}
        self._numbered = {message.number: message for message in self._named.values()}

    def name(self, name: str) -> Message:
        """Return a message by its name."""
        return self._named[name]

    def number(self, number: int) -> Message | None:
        """Return a message by its number, None for one that this node does not know."""
        return self._numbered.get(number)

    def _message(self, name: str, spec: Mapping[str, Any]) -> Message:
        fields: Mapping[str, str] = spec.get("fields", {})
        kinds = {key: text.split()[1] for key, text in fields.items()}
        return Message(
            name=name,
            number=spec["id"],
            shape={key: self._field(text, self._inner) for key, text in fields.items()},
            words={key: self._enums[kind] for key, kind in kinds.items() if kind in self._enums},
        )

    def _field(self, text: str, inner: Mapping[str, Shape]) -> Field:
        number, kind, *many = text.split()
        if kind in inner:
            return Field(int(number), "message", bool(many), inner[kind])
        return Field(int(number), "enum" if kind in self._enums else kind, bool(many))


@cache
def catalogue() -> Catalogue:
    """Return the table, read once."""
    return Catalogue(parse(FILE))


__all__ = ["Catalogue", "Garbled", "Message", "Said", "catalogue"]
