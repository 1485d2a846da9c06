"""The mapping data of one model, read from `models/<kind>/<model>.yaml`, checked and made into readers and writers.

Supporting another model is a file and no code: look up its numbers in the public MIoT specification (of a device of the older dialect, its
names), and write down what each is in the profile's words. A file that `extends` another says only what is different, member by member;
where nothing is, that is its only line. A member that is null takes away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.drivers.miio.models import FOLDER, files_in
from gateway.drivers.miio.words import READERS, WRITERS
from gateway.drivers.parts.sheet import built, common, document, merged
from gateway.drivers.parts.table import Table, rows
from gateway.errors import ConfigurationInvalid

MIOT, MIIO = "miot", "miio"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSheet(Table):
    """What is particular to this wire. `model`: whose file it is.

    `dialect`: miot or miio. `batch`: properties to ask for at once. `sources`: reading to the keys it is made of. `methods`: of the older
    dialect, what sets each key. `invoke`: action of the profile to `{action: siid.aiid, of: {member: value}}`, the input it is for.
    `refusals`: property to why it cannot be set.
    """

    model: str
    dialect: str
    batch: int
    sources: Mapping[str, tuple[str, ...]]
    methods: Mapping[str, str]
    invoke: Mapping[str, Mapping[str, Any]]
    refusals: Mapping[str, str]

    def asked_for(self, names: Iterable[str] | None = None) -> tuple[str, ...]:
        """Return what has to be asked for these readings, or for all of them, each key once."""
        wanted = self.sources if names is None else names
        return tuple(dict.fromkeys(key for name in wanted for key in self.sources.get(name, ())))


def sheet_of(model: str, folder: Path = FOLDER) -> ModelSheet | None:
    """Return the sheet of a model, None when there is none; raise ConfigurationInvalid when its file is wrong."""
    return _built(model, folder) if model in files_in(folder) else None


@cache
def _built(model: str, folder: Path) -> ModelSheet:
    file = files_in(folder)[model]
    return built(lambda data: _sheet(data, file), _data(file, folder), file)


def _data(file: Path, folder: Path) -> Mapping[str, Any]:
    data = document(file)
    if "extends" not in data:
        return data
    base = files_in(folder).get(str(data["extends"]))
    if base is None or base == file:
        raise ConfigurationInvalid(f"{file}: there is no model {data['extends']!r} to extend")
    whole: Mapping[str, Any] = merged(_data(base, folder), {name: value for name, value in data.items() if name != "extends"})
    return whole


def _sheet(data: Mapping[str, Any], file: Path) -> ModelSheet:
    if data["dialect"] not in (MIOT, MIIO) or data["kind"] != file.parent.name:
        raise ValueError(f"{data['dialect']}, {data['kind']}")
    return ModelSheet(
        **common(data),
        **rows(data, READERS, WRITERS),
        model=file.stem,
        dialect=data["dialect"],
        batch=int(data["batch"]),
        sources={name: _sources(spec) for name, spec in data["read"].items()},
        methods=dict(data.get("methods", {})),
        invoke=dict(data.get("invoke", {})),
        refusals=dict(data.get("refusals", {})),
    )


_PLACED = ("flag", "word", "steps", "number", "half", "if", "share", "left", "remaining")
"""Members of a reader's entry that are places."""


def _sources(spec: Any) -> tuple[str, ...]:
    """Return the keys a reader looks at, in the order they stand in."""
    if isinstance(spec, list):
        return tuple(key for entry in spec for key in _sources(entry))
    if not isinstance(spec, Mapping):
        return ()
    placed = [value.removeprefix("!") for name, value in spec.items() if name in _PLACED and isinstance(value, str)]
    nested = [key for name in ("first", "parts") for key in _sources(spec.get(name))]
    return (*placed, *nested)
