"""The mapping data of both kinds, of keys, apps and models, read from YAML, checked and made into readers and writers.

A place is a word of what a box has said (`on`, `level`, `most`, `muted`, `app`). Two readers are this wire's own: `share` makes percent of
steps, `package` a text of a package, which is empty for those that only show where one is.
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
    """`withheld`: property to the reason why nobody can set it here. `keys`: key to Android's number. `apps`: word to link.

    `words_of`: property to the words it is read from.
    """

    withheld: Mapping[str, str]
    keys: Mapping[str, int]
    apps: Mapping[str, str]
    words_of: Mapping[str, frozenset[str]]

    def comes_from(self, name: str, words: Collection[str]) -> bool:
        """Whether a property is read from one of these words."""
        return not self.words_of[name].isdisjoint(words)

    def words(self, asked: Mapping[str, Value], shown: Shown) -> dict[str, Value]:
        """Return what has to be asked for; raise ReadOnly for what this box cannot be asked for."""
        order: dict[str, Value] = {}
        for name, value in asked.items():
            if name not in self.writers:
                raise _withheld(name, self.withheld.get(name, "the remote service has no word for it"))
            self.writers[name](order, value)
            if name in _SOUND and "most" not in shown:
                raise _withheld(name, "the box does not tell its volume: the sound may be another device's; keys change it all the same")
        return order


_SOUND = frozenset({"volume", "mute"})


@cache
def kind_of(kind: str) -> Kind:
    """Return one of both kinds; raise ConfigurationInvalid that names the file when it is wrong."""
    file = FOLDER / f"{kind}.yaml"
    return built(_kind, document(file), file)


def _kind(data: Mapping[str, Any]) -> Kind:
    keys, apps = document(HERE / "keys.yaml"), document(HERE / "apps.yaml")
    return Kind(
        **common(data),
        **rows(data, READERS, WRITERS),
        withheld=dict(data["withheld"]),
        keys={str(key): int(code) for key, code in keys.items() if str(key) not in data["without"]},
        apps=dict(apps["links"]),
        words_of={name: frozenset(str(word) for word in spec.values()) for name, spec in data["read"].items()},
    )


@cache
def model_kind(text: str) -> str | None:
    """Return the kind of a model by what its maker, its name or its owner call it; None where that tells nothing."""
    lowered = text.lower()
    rows_of = document(HERE / "models.yaml")
    return next((kind for kind, words in rows_of.items() if any(word.lower() in lowered for word in words)), None)


def _package(spec: Mapping[str, Any]) -> Reader:
    name = spec["package"]

    def read(shown: Shown) -> Value:
        text = shown.get(name)
        if not isinstance(text, str):
            return None
        return "" if text in document(HERE / "apps.yaml")["launchers"] else text

    return read


def _withheld(name: str, why: str) -> ReadOnly:
    return ReadOnly(f"{name} cannot be set here: {why}", property=name)


READERS, WRITERS = Readers(named, {"share": share, "package": _package}), Writers(named)
