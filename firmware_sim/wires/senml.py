"""SenML packs (RFC 8428) of property values: numbers as `v`, booleans as `vb`, strings as `vs`; anything else has no SenML form."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import cbor2
import orjson

from firmware_sim.wires.payload import SENML_CBOR

_LABELS = {"bver": -1, "bn": -2, "bt": -3, "bu": -4, "n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4, "t": 6}


def has_senml(value: Any) -> bool:
    """Return whether a value can stand in a SenML record."""
    return isinstance(value, bool | int | float | str)


def pack(base_name: str, timestamp: str, values: Iterable[tuple[str, Any, str | None]], content_format: int) -> bytes:
    """Return a pack of `(name, value, unit)` measured at `timestamp` (ISO), as JSON (110) or CBOR (112)."""
    records = [_record(name, value, unit) for name, value, unit in values if has_senml(value)]
    if records:
        records[0] = {"bn": base_name, "bt": datetime.fromisoformat(timestamp).timestamp(), **records[0]}
    if content_format == SENML_CBOR:
        return cbor2.dumps([_labelled(record) for record in records])
    return orjson.dumps(records)


def _record(name: str, value: Any, unit: str | None) -> dict[str, Any]:
    field = "vb" if isinstance(value, bool) else "vs" if isinstance(value, str) else "v"
    return {"n": name, **({"u": unit} if unit and field == "v" else {}), field: value}


def _labelled(record: Mapping[str, Any]) -> dict[int, Any]:
    return {_LABELS[name]: value for name, value in record.items()}
