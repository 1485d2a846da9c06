"""What mapping data say about an appliance whatever its wire: its kind, its features, its faults, and what it never tells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from gateway.errors import ConfigurationInvalid
from gateway.thing.value import Value

T = TypeVar("T")
HIDDEN = "_"
"""Readings whose name begins so stay inside the driver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`interval`: seconds between two questions. `infer`: how operatingState follows from readings (see `inference`).

    `gives`: optional property to the feature that brings it. `unknown`: the profile's words for what no unit of this type tells; no faults
    are among them where nothing says that there are some.
    `assumed`: properties that are remembered rather than measured. `actions`: action to the properties it sets together.
    `fault_number`: the reading that has the number of a fault, `faults` what the numbers mean.
    """

    kind: str
    major: int
    prefix: str
    title: str
    maker: str
    interval: float
    infer: str | None = None
    gives: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, Value] = field(default_factory=dict)
    assumed: frozenset[str] = frozenset()
    actions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    fault_number: str | None = None
    faults: Mapping[int | str, Mapping[str, Value]] = field(default_factory=dict)


def common(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a Sheet as they stand in mapping data; raise KeyError, TypeError or ValueError where they are wrong."""
    faults = data.get("faults", {})
    return {
        "kind": data["kind"],
        "major": data["major"],
        "prefix": data["prefix"],
        "title": data["title"],
        "maker": data["maker"],
        "interval": float(data["interval"]),
        "infer": data.get("infer"),
        "gives": {name: feature for feature, spec in data.get("features", {}).items() for name in spec.get("gives", ())},
        "unknown": {**({} if "number" in faults else {"faults": []}), **data.get("unknown", {})},
        "assumed": frozenset(data.get("assumed", ())),
        "actions": {name: frozenset(members) for name, members in data.get("actions", {}).items()},
        "fault_number": faults.get("number"),
        "faults": {number: dict(spec) for number, spec in faults.get("codes", {}).items()},
    }


_READING = Lock()
_DOCUMENTS: dict[Path, dict[str, Any]] = {}


def document(file: Path) -> dict[str, Any]:
    """Return a YAML file; raise ConfigurationInvalid when it cannot be read. Do not change what is returned.

    A file takes tens of milliseconds, so the first who needs it has it read in a thread; whoever else wants one meanwhile waits for that.
    """
    with _READING:
        if file not in _DOCUMENTS:
            _DOCUMENTS[file] = _read(file)
        return _DOCUMENTS[file]


def _read(file: Path) -> dict[str, Any]:
    from ruamel.yaml import YAML  # noqa: PLC0415 - the YAML reader: only once a unit of this make is there
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - likewise

    try:
        data = YAML(typ="safe", pure=True).load(file)
    except (OSError, YAMLError) as error:
        raise ConfigurationInvalid(f"{file}: {error}") from error
    if not isinstance(data, dict):
        raise ConfigurationInvalid(f"{file}: not a mapping")
    return data


@cache
def kind_names(folder: Path) -> tuple[str, ...]:
    """Return the profile kinds a folder has files for, without reading them: `<kind>.yaml`, `<kind>.<which>.yaml` for one of several."""
    return tuple(sorted({file.stem.partition(".")[0] for file in folder.glob("*.yaml")}))


def merged(base: Any, change: Any) -> Any:
    """Return data with what is different in `change`, member by member; a member that is null there is taken away."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    whole = base | {name: merged(base.get(name), value) for name, value in change.items()}
    return {name: value for name, value in whole.items() if value is not None or name not in change}


def built(build: Callable[[Mapping[str, Any]], T], data: Mapping[str, Any], file: Path) -> T:
    """Return what `build` makes of mapping data; raise ConfigurationInvalid that names the file when they are wrong."""
    try:
        return build(data)
    except (KeyError, TypeError, ValueError, AttributeError, ConfigurationInvalid) as error:
        raise ConfigurationInvalid(f"{file}: {error!r}") from error
