"""Twins that say a value differently in SenML, CBOR and JSON."""

import math
from collections.abc import Callable
from typing import Any

from firmware_sim.twins.seams import Body, answers, around, changed_body, serves
from firmware_sim.twins.unit import Defect
from firmware_sim.wires.coap_message import Request, Response

# Forms of one value


def senml_unit(other: str) -> Defect:
    """Name another unit in SenML records."""

    def units(documents: Any) -> None:
        around(documents, "_unit", lambda whole: lambda name: other if whole(name) else None)

    return lambda unit: serves(unit, lambda resources: units(resources._documents))  # noqa: SLF001 - a defect is inside


def senml_value(change: Callable[[Any], Any]) -> Defect:
    """Say other numbers in SenML than in JSON."""

    def packed(whole: Callable[..., bytes]) -> Callable[..., bytes]:
        def pack(names: list[str], values: Body, content_format: int) -> bytes:
            other = {
                name: change(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
                for name, value in values.items()
            }
            return whole(names, other, content_format)

        return pack

    return lambda unit: serves(unit, lambda resources: around(resources._documents, "_senml", packed))  # noqa: SLF001 - a defect is inside


def cbor_value(change: Callable[[Any], Any]) -> Defect:
    """Say other values in CBOR than in JSON."""

    def other(request: Request, response: Response) -> Response:
        del request
        return changed_body(response, _deep(change)) if response.content_format == 60 else response  # noqa: PLR2004 - CBOR

    return lambda unit: answers(unit, other)


def _deep(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: inner if name == "$" else walk(inner) for name, inner in value.items()}
        return change(value)

    return walk


def _whole_number(value: Any) -> Any:
    return math.floor(value) if isinstance(value, float) else value


def _as_number(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


DEFECTS: dict[str, Defect] = {
    "senml-degrees-sign": senml_unit("°C"),
    "senml-fahrenheit": senml_value(lambda value: value * 1.8 + 32),
    "senml-tenths": senml_value(lambda value: value * 10),
    "cbor-whole-numbers": cbor_value(_whole_number),
    "cbor-booleans-as-numbers": cbor_value(_as_number),
}
"""Name of a twin to what is wrong with it."""
