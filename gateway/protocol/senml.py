"""Sensor measurement lists (RFC 8428) in JSON (110) and CBOR (112): numbers, booleans and strings with a unit and a time.

A pack is a list of records. Base fields of one record hold for it and all that follow, and unpacking resolves them: names
are joined, times and values added. Binary data (`vd`) and sums have no place in the profile; a record with only those
is refused, as is a version above 10 or a field that ends in `_`, which RFC 8428 says must be understood or refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import cbor2

from gateway.errors import BadFormat, BadSyntax, NotAcceptable, TooLarge
from gateway.protocol.cbor import cbor_value
from gateway.protocol.payload import LIMIT, NESTING, SENML_CBOR, SENML_JSON, check_plain, json_bytes, json_value

_LABELS = {"bs": -6, "bv": -5, "bu": -4, "bt": -3, "bn": -2, "bver": -1, "n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4, "s": 5, "t": 6, "ut": 7}
_NAMES: Mapping[Any, str] = {label: name for name, label in _LABELS.items()}
_VERSION = 10
_CARRIERS = {"v": (int, float), "vs": (str,), "vb": (bool,)}
_BASE_TEXT, _BASE_NUMBERS = ("bn", "bu"), ("bt", "bv")
_BASES = {*_BASE_TEXT, *_BASE_NUMBERS, "bver", "bs"}


@dataclass(frozen=True, slots=True)
class Record:
    """One measurement. `unit`: a SenML name; `time`: seconds since the epoch, or relative to now below 2**28; None: now."""

    name: str
    value: bool | float | str
    unit: str | None = None
    time: float | None = None


def senml_pack(base_name: str, records: Iterable[Record], content_format: int = SENML_JSON) -> bytes:
    """Return a pack whose first record carries `base_name`; names of records are relative to it."""
    pack = [_fields(record) for record in records]
    if pack:
        pack[0] = {"bn": base_name} | pack[0]
    if content_format == SENML_JSON:
        return json_bytes(pack)
    if content_format != SENML_CBOR:
        raise NotAcceptable(f"content format {content_format} is no SenML: ask for 110 (JSON) or 112 (CBOR)")
    check_plain(pack)
    return cbor2.dumps([{_LABELS[name]: value for name, value in fields.items()} for fields in pack])


def senml_unpack(payload: bytes, content_format: int = SENML_JSON) -> tuple[Record, ...]:
    """Return resolved records: full names, base values added. BadFormat, BadSyntax, TooLarge over 64 KiB."""
    base: dict[str, Any] = {"bn": "", "bu": None, "bt": 0.0, "bv": None}
    records = []
    for fields in _read(payload, content_format):
        _rebase(base, fields)
        if record := _record(base, fields):
            records.append(record)
    return tuple(records)


def _fields(record: Record) -> dict[str, Any]:
    value = record.value
    carrier = "vb" if isinstance(value, bool) else "vs" if isinstance(value, str) else "v"
    fields = {"n": record.name, "u": record.unit, carrier: value, "t": record.time}
    return {name: content for name, content in fields.items() if content is not None}


def _read(payload: bytes, content_format: int) -> list[dict[str, Any]]:
    if content_format not in (SENML_JSON, SENML_CBOR):
        raise BadFormat(f"content format {content_format} is no SenML: send 110 (JSON) or 112 (CBOR)")
    if len(payload) > LIMIT:
        raise TooLarge(f"{len(payload)} bytes, at most {LIMIT} are read")
    pack = json_value(payload) if content_format == SENML_JSON else cbor_value(payload, NESTING, integer_keys=True)
    if not isinstance(pack, list) or not all(isinstance(fields, dict) for fields in pack):
        raise BadSyntax("a SenML pack is a list of records")
    return (
        pack if content_format == SENML_JSON else [{_NAMES.get(key, str(key)): value for key, value in fields.items()} for fields in pack]
    )


def _rebase(base: dict[str, Any], fields: Mapping[str, Any]) -> None:
    """Take over the base fields of a record."""
    if any(name.endswith("_") for name in fields):
        raise BadSyntax("a SenML field that must be understood and is not")
    if _number(fields, "bver", _VERSION) > _VERSION:
        raise BadSyntax(f"SenML version above {_VERSION}")
    base |= {name: _text(fields, name) for name in _BASE_TEXT if name in fields}
    base |= {name: _number(fields, name, 0.0) for name in _BASE_NUMBERS if name in fields}


def _record(base: Mapping[str, Any], fields: Mapping[str, Any]) -> Record | None:
    """Return the measurement of a record; None for one that only sets bases."""
    if not fields.keys() - _BASES:
        return None
    carriers = [name for name in (*_CARRIERS, "vd") if name in fields]
    if len(carriers) > 1 or carriers == ["vd"] or (not carriers and base["bv"] is None):
        raise BadSyntax("a SenML record needs exactly one of v, vs, vb")
    if not (name := base["bn"] + (_text(fields, "n") or "")):
        raise BadSyntax("a SenML record without a name")
    time = base["bt"] + _number(fields, "t", 0.0)
    check_plain(time)
    return Record(name, _value(base, fields, carriers), _text(fields, "u") or base["bu"], time or None)


def _value(base: Mapping[str, Any], fields: Mapping[str, Any], carriers: list[str]) -> bool | float | str:
    carrier = carriers[0] if carriers else "v"
    value = fields.get(carrier, 0)
    if type(value) not in _CARRIERS[carrier]:
        raise BadSyntax(f"SenML {carrier} of a wrong type")
    value = value + base["bv"] if carrier == "v" and base["bv"] else value
    check_plain(value)
    return value  # type: ignore[no-any-return]


def _number(fields: Mapping[str, Any], name: str, default: float) -> float:
    value = fields.get(name, default)
    if type(value) not in (int, float):
        raise BadSyntax(f"SenML {name} is no number")
    return value  # type: ignore[no-any-return]


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    if name not in fields:
        return None
    if not isinstance(value := fields[name], str):
        raise BadSyntax(f"SenML {name} is no text")
    return value
