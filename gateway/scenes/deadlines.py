"""How long a device may take to show what it was asked for, where its scene says nothing: by what moves in it (`deadlines.yaml`)."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("deadlines.yaml")


def usual_deadline(kind: str, names: Iterable[str]) -> float:
    """Return the seconds a device of a kind has for these properties or actions, those of the slowest."""
    table = _table()
    own = table["kinds"].get(kind, {})
    return float(max((own.get(name, table["usual"]) for name in names), default=table["usual"]))


@cache
def _table() -> Mapping[str, Any]:
    from gateway.profile.resolver import read_yaml  # noqa: PLC0415 - the YAML reader: only where a scene is planned

    return read_yaml(FILE)
