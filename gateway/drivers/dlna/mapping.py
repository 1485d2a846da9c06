"""The mapping data of both kinds, of keys and models, read from YAML, checked and made into readers and writers.

A place is a variable of the renderer (`Volume`, `Mute`, `TransportState`), or a word of ours (`loudest`, `title`, `playing`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from gateway.drivers.dlna.models import HERE
from gateway.drivers.parts.named import Shown, named, share
from gateway.drivers.parts.reading import Reader, Readers
from gateway.drivers.parts.sheet import built, common, document
from gateway.drivers.parts.withholding import withheld
from gateway.drivers.parts.worded import Worded, worded
from gateway.drivers.parts.writing import Writers
from gateway.thing.value import Value

FOLDER: Final = HERE / "kinds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Worded):
    """`keys`: key to the action it is. `needs`: property to the action it is set by."""

    keys: Mapping[str, str]
    needs: Mapping[str, str]

    def words(self, asked: Mapping[str, Value], actions: Collection[str]) -> dict[str, Value]:
        """Return what has to be asked for; raise ReadOnly for what this renderer cannot be asked for."""
        order = self.order(asked, "a renderer has no word for it")
        for name in asked:
            if self.needs[name] not in actions:
                raise withheld(name, f"this renderer has no {self.needs[name].partition('.')[2]}")
        return order


@cache
def kind_of(kind: str) -> Kind:
    """Return one of both kinds; raise ConfigurationInvalid that names the file when it is wrong."""
    file = FOLDER / f"{kind}.yaml"
    return built(_kind, document(file), file)


def _kind(data: Mapping[str, Any]) -> Kind:
    keys = document(HERE / "keys.yaml")
    return Kind(
        **common(data),
        **worded(data, READERS, WRITERS),
        keys={key: action for key, action in keys.items() if key not in data["without"]},
        needs=dict(data["needs"]),
    )


def _text(spec: Mapping[str, Any]) -> Reader:
    name = spec["text"]
    return lambda shown: text if isinstance(text := shown.get(name), str) else None


def _unsure(spec: Mapping[str, Any]) -> Reader:
    where, states, names = spec["unsure"], frozenset(spec["in"]), list(spec["of"])

    def read(shown: Shown) -> Value:
        state = shown.get(where)
        return None if state is None else names if state in states else []

    return read


READERS, WRITERS = Readers(named, {"share": share, "text": _text, "unsure": _unsure}), Writers(named)
