"""Which models there are, and what is different about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.errors import ConfigurationInvalid, DeviceFailure

FILE = Path(__file__).parent / "models.yaml"
TENTHS, HUNDREDTHS = "tenths", "hundredths"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """`framed`: bodies begin with their length; `climate`: how it tells what it measures, empty when it measures nothing."""

    name: str
    framed: bool = False
    climate: str = ""


def model_of(number: int) -> Model:
    """Return a model; raise DeviceFailure for a unit of the make that is no transmitter we know."""
    found = _models().get(number)
    if found is None:
        raise DeviceFailure(f"a Broadlink unit of the sort {number:#06x}, which is no infrared transmitter that is known here")
    return found


@cache
def _models() -> Mapping[int, Model]:
    from ruamel.yaml import YAML  # noqa: PLC0415 - the YAML reader: only once such a unit answers

    try:
        rows: list[Mapping[str, Any]] = YAML(typ="safe", pure=True).load(FILE)
        return {
            number: Model(name=row["name"], framed=row.get("framed", False), climate=row.get("climate", ""))
            for row in rows
            for number in row["numbers"]
        }
    except (KeyError, TypeError) as error:
        raise ConfigurationInvalid(f"{FILE}: {error!r}") from error
