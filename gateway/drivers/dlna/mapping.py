"""The mapping data of both kinds, of keys and models, read from YAML, checked and made into readers and writers.

A place is a variable of the renderer (`Volume`, `Mute`, `TransportState`), or a word of ours (`loudest`, `title`, `playing`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.drivers.parts.named import Shown, named, share
from gateway.drivers.parts.reading import Reader, Readers
from gateway.drivers.parts.sheet import built, common, document
from gateway.drivers.parts.table import Table, rows
from gateway.drivers.parts.writing import Writers
from gateway.errors import ReadOnly
from gateway.thing.value import Value

HERE: Final = Path(__file__).parent
FOLDER: Final = HERE / "kinds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Table):
    """`withheld`: property to the reason why nobody can set it here. `keys`: key to the action it is; `needs`: property to its action.

    `words_of`: property to the words it is read from.
    """

    withheld: Mapping[str, str]
    keys: Mapping[str, str]
    needs: Mapping[str, str]
    words_of: Mapping[str, frozenset[str]]

    def words(self, asked: Mapping[str, Value], actions: Collection[str]) -> dict[str, Value]:
        """Return what has to be asked for; raise ReadOnly for what this renderer cannot be asked for."""
        order: dict[str, Value] = {}
        for name, value in asked.items():
            if name not in self.writers:
                raise _withheld(name, self.withheld.get(name, "a renderer has no word for it"))
            self.writers[name](order, value)
            if self.needs[name] not in actions:
                raise _withheld(name, f"this renderer has no {self.needs[name].partition('.')[2]}")
        return order

    def comes_from(self, name: str, words: Collection[str]) -> bool:
        """Whether a property is read from one of these words."""
        return not self.words_of[name].isdisjoint(words)


@cache
def kind_of(kind: str) -> Kind:
    """Return one of both kinds; raise ConfigurationInvalid that names the file when it is wrong."""
    file = FOLDER / f"{kind}.yaml"
    return built(_kind, document(file), file)


def _kind(data: Mapping[str, Any]) -> Kind:
    keys = document(HERE / "keys.yaml")
    return Kind(
        **common(data),
        **rows(data, READERS, WRITERS),
        withheld=dict(data["withheld"]),
        keys={key: action for key, action in keys.items() if key not in data["without"]},
        needs=dict(data["needs"]),
        words_of={name: frozenset(word for word in spec.values() if isinstance(word, str)) for name, spec in data["read"].items()},
    )


@cache
def model_kind(text: str) -> str:
    """Return the kind of a renderer by what its maker and model are called; a television where that tells nothing."""
    lowered = text.lower()
    data = document(HERE / "models.yaml")
    return next((kind for kind, words in data["kinds"].items() if any(word.lower() in lowered for word in words)), str(data["otherwise"]))


def _text(spec: Mapping[str, Any]) -> Reader:
    name = spec["text"]
    return lambda shown: text if isinstance(text := shown.get(name), str) else None


def _unsure(spec: Mapping[str, Any]) -> Reader:
    where, states, names = spec["unsure"], frozenset(spec["in"]), list(spec["of"])

    def read(shown: Shown) -> Value:
        state = shown.get(where)
        return None if state is None else names if state in states else []

    return read


def _withheld(name: str, why: str) -> ReadOnly:
    return ReadOnly(f"{name} cannot be set here: {why}", property=name)


READERS, WRITERS = Readers(named, {"share": share, "text": _text, "unsure": _unsure}), Writers(named)
