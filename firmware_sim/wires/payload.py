"""Bytes on the native wires, both ways: JSON (50, 52, 432) and CBOR (60), held to what JSON can say.

What comes in is bounded before it is believed: at most 64 KiB, at most 32 levels deep, numbers finite and no wider than 64 bits, object
keys strings. Whatever is wrong with it ends as a Refusal, never as an exception of a library.
"""

import io
import json
import math
import re
from typing import Any

import cbor2
import orjson

from firmware_sim.refusal import Refusal

LINK_FORMAT, JSON, MERGE_PATCH, CBOR, SENML_JSON, SENML_CBOR, TD_JSON = 40, 50, 52, 60, 110, 112, 432
"""CoAP content formats."""

LIMIT = 64 * 1024
"""Bytes an appliance takes in as one payload."""

_DEEPEST = 32
_WIDEST = 1 << 63
_LONG = re.compile(rb"[0-9]{19}")
_TAG, _STRINGS, _ENDLESS = 6, (2, 3), 31


def encode(value: Any, content_format: int = JSON) -> bytes:
    """Return `value` as CBOR for 60, as JSON for every other format."""
    return cbor2.dumps(value) if content_format == CBOR else orjson.dumps(value)


def decode(payload: bytes, content_format: int = JSON) -> Any:
    """Return the JSON value in `payload`; Refusal `too-large` or `bad-syntax` when there is none."""
    if len(payload) > LIMIT:
        raise Refusal("too-large", f"at most {LIMIT} bytes")
    value = _cbor(payload) if content_format == CBOR else _json(payload)
    if not plain(value):
        raise Refusal("bad-syntax", "only JSON values, finite numbers, at most 32 levels")
    return value


def plain(value: Any, depth: int = 0) -> bool:
    """Return whether a value is one JSON can carry."""
    match value:
        case list() | dict() if depth >= _DEEPEST:
            return False
        case None | bool() | str():
            return True
        case int():
            return -_WIDEST <= value < 2 * _WIDEST
        case float():
            return math.isfinite(value)
        case list():
            return all(plain(item, depth + 1) for item in value)
    return isinstance(value, dict) and all(isinstance(key, str) and plain(item, depth + 1) for key, item in value.items())


def _json(payload: bytes) -> Any:
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise Refusal("bad-syntax", f"not JSON: {error.msg}") from error
    if _LONG.search(payload):  # orjson reads an integer that is too wide as a float
        json.loads(payload, parse_int=_narrow)
    return value


def _narrow(digits: str) -> int:
    if len(digits) > len(str(-_WIDEST)) or not plain(int(digits)):
        raise Refusal("bad-syntax", "a number wider than 64 bits")
    return int(digits)


def _cbor(payload: bytes) -> Any:
    if _is_tagged(payload):
        raise Refusal("bad-syntax", "CBOR with a tag, which JSON cannot say")
    stream = io.BytesIO(payload)
    try:
        value = cbor2.load(stream)
    except (cbor2.CBORError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError) as error:
        raise Refusal("bad-syntax", "not CBOR") from error
    if stream.read(1):
        raise Refusal("bad-syntax", "more than one CBOR item")
    return value


def _is_tagged(payload: bytes) -> bool:
    """Return whether there is a tag: one walk over the heads, for members simply follow one another."""
    place = 0
    while place < len(payload):
        kind, detail = payload[place] >> 5, payload[place] & 31
        if kind == _TAG:
            return True
        width = 1 << (detail - 24) if 24 <= detail < 28 else 0  # noqa: PLR2004 - RFC 8949: the number follows in 1 to 8 bytes
        number = int.from_bytes(payload[place + 1 : place + 1 + width], "big") if width else detail
        place += 1 + width + (number if kind in _STRINGS and detail != _ENDLESS else 0)
    return False
