"""Values to bytes and back: JSON everywhere, CBOR where a CoAP client asks for it.

What comes in is hostile until read: the size is looked at first, nesting ends at 32, a number is at most 64 bits wide and
never NaN or infinite, and whatever is wrong is a BadSyntax (or TooLarge, BadFormat): no other exception leaves this module.
orjson writes NaN as `null` and reads a too-wide integer as a float, so both are looked for where they could hide.
"""

import json
import math
import re
from typing import Final

import cbor2
import orjson

from gateway.errors import BadFormat, BadSyntax, NotAcceptable, TooLarge
from gateway.protocol.cbor import cbor_value
from gateway.thing.value import Value

JSON: Final = 50
MERGE_PATCH: Final = 52
CBOR: Final = 60
SENML_JSON: Final = 110
SENML_CBOR: Final = 112
TD_JSON: Final = 432

LIMIT: Final = 64 * 1024
"""Bytes of a payload, unless the caller says otherwise (a Thing Description may be longer)."""
NESTING: Final = 32
"""Arrays and maps inside one another."""

_AS_JSON = frozenset({JSON, MERGE_PATCH, TD_JSON})
_LONG_NUMBER = re.compile(rb"\d{19}")
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1


def encode(value: Value, content_format: int) -> bytes:
    """Return the value in a format; NotAcceptable when the format is not one of ours, BadSyntax when the value has no such form."""
    if content_format in _AS_JSON:
        return json_bytes(value)
    if content_format == CBOR:
        return cbor_bytes(value)
    raise NotAcceptable(f"content format {content_format} is not available: ask for 50 (JSON) or 60 (CBOR)")


def decode(payload: bytes, content_format: int | None, *, limit: int = LIMIT) -> Value:
    """Return the value; a missing format reads as JSON. TooLarge over `limit` bytes, BadFormat, BadSyntax."""
    if content_format is None or content_format in _AS_JSON:
        return json_value(payload, limit=limit)
    if content_format != CBOR:
        raise BadFormat(f"content format {content_format} is not understood: send 50 (JSON) or 60 (CBOR)")
    _check_size(payload, limit)
    return cbor_value(payload, NESTING)


def json_bytes(value: Value) -> bytes:
    """Return the value as JSON; BadSyntax when it has no JSON form."""
    try:
        body = orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise BadSyntax(f"no JSON form: {error}") from error
    if b"null" in body:
        check_plain(value)
    return body


def json_value(payload: bytes, *, limit: int = LIMIT) -> Value:
    """Return the value of JSON bytes; TooLarge over `limit` bytes, BadSyntax."""
    _check_size(payload, limit)
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise BadSyntax(f"not JSON: {error}") from error
    if payload.count(b"[") + payload.count(b"{") > NESTING and _depth(value) > NESTING:
        raise BadSyntax(f"nested deeper than {NESTING}")
    if _LONG_NUMBER.search(payload):
        json.loads(payload, parse_int=_checked_integer)
    return value


def cbor_bytes(value: Value) -> bytes:
    """Return the value as CBOR; BadSyntax when it has no JSON form."""
    check_plain(value)
    try:
        return cbor2.dumps(value)
    except UnicodeEncodeError as error:
        raise BadSyntax(f"no CBOR form: {error}") from error


def check_plain(value: Value, depth: int = 0) -> None:
    """Raise BadSyntax unless the value is a JSON value with finite, 64-bit numbers, nested at most 254 deep."""
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        _check_width(value)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise BadSyntax(f"{value} is no JSON number")
    elif isinstance(value, list | tuple | dict) and depth < 254:  # noqa: PLR2004 - orjson's own limit
        _check_members(value, depth)
    else:
        raise BadSyntax(f"no JSON form: {type(value).__name__}")


def _check_members(value: Value, depth: int) -> None:
    if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
        raise BadSyntax("a key that is not a string")
    for member in value.values() if isinstance(value, dict) else value:
        check_plain(member, depth + 1)


def _check_size(payload: bytes, limit: int) -> None:
    if len(payload) > limit:
        raise TooLarge(f"{len(payload)} bytes, at most {limit} are read")


def _check_width(number: int) -> None:
    if not _SMALLEST <= number <= _LARGEST:
        raise BadSyntax("a number wider than 64 bits")


def _checked_integer(text: str) -> int:
    if len(text) > len(str(_SMALLEST)):
        raise BadSyntax("a number wider than 64 bits")
    _check_width(number := int(text))
    return number


def _depth(value: Value) -> int:
    """Return how deep containers stand in one another, one level of breadth at a time."""
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, list | dict)]:
        depth += 1
        level = [member for item in level for member in (item.values() if isinstance(item, dict) else item)]
    return depth
