"""Keys in files that other programs wrote: any JSON in which a unit's number and its keys stand in one object (`others_files.yaml`)."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

DEEPEST: Final = 12
_ROWS: Final = Path(__file__).with_suffix(".yaml")


class Found(NamedTuple):
    """A unit and its credentials, as found."""

    driver: str
    key: str
    credentials: dict[str, str]

    def __repr__(self) -> str:
        return f"Found({self.driver}:{self.key})"


def found_in(document: Any, deep: int = 0) -> Iterator[Found]:
    """Yield every unit in a JSON document whose object has a number and all keys; the first driver whose row fits takes it."""
    if deep > DEEPEST or not document:
        return
    if isinstance(document, list):
        for member in document:
            yield from found_in(member, deep + 1)
    if not isinstance(document, dict):
        return
    unit = next((unit for driver, row in _rows().items() if (unit := _unit(driver, row, document))), None)
    if unit is not None:
        yield unit
        return
    for member in document.values():
        yield from found_in(member, deep + 1)


@cache
def _rows() -> Mapping[str, Any]:
    from ruamel.yaml import YAML  # noqa: PLC0415 - only where there are keys to be found

    return dict(YAML(typ="safe", pure=True).load(_ROWS))


def _unit(driver: str, row: Mapping[str, Any], document: Mapping[str, Any]) -> Found | None:
    key = _first(document, row["key"])
    credentials = {name: _first(document, members) for name, members in row["credentials"].items()}
    return Found(driver, key, credentials) if key and all(credentials.values()) else None


def _first(document: Mapping[str, Any], members: list[str]) -> str:
    """Return the first member that is a text or a whole number, as text; "" when none is."""
    for name in members:
        value = document.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value):
            return str(value)
    return ""
