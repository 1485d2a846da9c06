"""All models in one file that a wheel carries, because reading YAML takes 4 ms a kilobyte and forty kinds share most of what they have.

The base and the mixins come back in every flat model. So each affordance, feature and constraint stands once in a list, and a model
names its place there; in memory, too, the models then share it. A bundle of other sources than the folder's is not believed.
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
    places: dict[bytes, int] = {}

    def place(entry: Any) -> int:
        return places.setdefault(orjson.dumps(entry), len(places))

    packed = {name: {**each, "document": with_parts(each["document"], place)} for name, each in models.items()}
    pool = [orjson.loads(body) for body in places]
    return orjson.dumps({"sources": sources, "pool": pool, "models": packed})


def unpack(path: Path, sources: str) -> dict[str, Resolved]:
    """Return the models of a bundle by name; empty where there is none, or where it was made from other sources."""
    try:
        bundle = orjson.loads(path.read_bytes())
        if bundle["sources"] != sources:
            return {}
        pool: list[Any] = bundle["pool"]
        return {name: {**each, "document": with_parts(each["document"], pool.__getitem__)} for name, each in bundle["models"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, LookupError, TypeError) as error:
        _log.warning("the bundled models cannot be read, the profiles are", file=str(path), reason=str(error))
        return {}
