"""The mapping data of both kinds, of keys, apps and models, read from YAML, checked and made into readers and writers.

A place is a word of what a box has said (`on`, `level`, `most`, `muted`, `app`). Two readers are this wire's own: `share` makes percent of
steps, `package` a text of a package, which is empty for those that only show where one is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.drivers.parts.named import Shown, named, share
from gateway.drivers.parts.reading import Reader, Readers
from gateway.drivers.parts.sheet import built, common, document
from gateway.drivers.parts.withholding import withheld
from gateway.drivers.parts.worded import Worded, worded
from gateway.drivers.parts.writing import Writers
from gateway.thing.value import Value

HERE: Final = Path(__file__).parent
FOLDER: Final = HERE / "kinds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Worded):
    """`keys`: key to Android's number. `apps`: word to link."""

    keys: Mapping[str, int]
    apps: Mapping[str, str]

    def words(self, asked: Mapping[str, Value], shown: Shown) -> dict[str, Value]:
        """Return what has to be asked for; raise ReadOnly for what this box cannot be asked for."""
        order = self.order(asked, "the remote service has no word for it")
        for name in asked:
            if name in _SOUND and "most" not in shown:
                raise withheld(name, "the box does not tell its volume: the sound may be another device's; keys change it all the same")
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
        **worded(data, READERS, WRITERS),
        keys={str(key): int(code) for key, code in keys.items() if str(key) not in data["without"]},
        apps=dict(apps["links"]),
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


READERS, WRITERS = Readers(named, {"share": share, "package": _package}), Writers(named)
