"""All models in one file that a wheel carries, because reading YAML takes 4 ms a kilobyte and fifty kinds share most of what they have.

The base and the mixins come back in every flat model. So each affordance, feature and constraint stands once in a list, and a model
names its place there; in memory, too, the models then share it. Each stands there as text, and is read when a model that has it is asked
for: a home has ten kinds of fifty, and what nobody asks for should cost its text at most. A bundle of other sources than the folder's is
not believed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from gateway.profile.parts import with_parts
from gateway.thing.log import Log

_log = Log()

BUNDLE = "models.json"
"""The file in the folder of profiles; it is made with a wheel and never stands in a checkout."""

Resolved = dict[str, Any]
"""`{"hash", "document"}` of one model."""


def pack(models: Mapping[str, Resolved], sources: str) -> bytes:
    """Return the bundle of models (name with major -> resolved) made from sources with this digest."""
    places: dict[str, int] = {}

    def place(entry: Any) -> int:
        return places.setdefault(orjson.dumps(entry).decode(), len(places))

    packed = {name: orjson.dumps({**each, "document": with_parts(each["document"], place)}).decode() for name, each in models.items()}
    return orjson.dumps({"sources": sources, "pool": [*places], "models": packed})


class Bundled:
    """The models of a bundle, each to be taken once."""

    def __init__(self, path: Path, pool: list[str], models: dict[str, str]) -> None:
        self._path = path
        self._texts: list[str | None] = [*pool]
        self._models = models
        self._parts: dict[int, Any] = {}

    def take(self, name: str) -> Resolved | None:
        """Return a model, None where the bundle has none of that name (any more), or it is damaged."""
        text = self._models.pop(name, None)
        if text is None:
            return None
        try:
            packed: Resolved = orjson.loads(text)
            return {**packed, "document": with_parts(packed["document"], self._part)}
        except (ValueError, LookupError, TypeError) as error:
            _log.warning("a bundled model cannot be read, its profile is", file=str(self._path), model=name, reason=str(error))
            return None

    def _part(self, place: int) -> Any:
        if place not in self._parts:
            text, self._texts[place] = self._texts[place], None
            self._parts[place] = orjson.loads(text or "")
        return self._parts[place]


def unpack(path: Path, sources: str) -> Bundled:
    """Return the models of a bundle; none where there is no bundle, or it was made from other sources."""
    try:
        bundle = orjson.loads(path.read_bytes())
        if bundle["sources"] == sources:
            return Bundled(path, list(bundle["pool"]), dict(bundle["models"]))
    except FileNotFoundError:
        pass
    except (OSError, ValueError, LookupError, TypeError) as error:
        _log.warning("the bundled models cannot be read, the profiles are", file=str(path), reason=str(error))
    return Bundled(path, [], {})
