"""Anything a target may have sent, as JSON that every reader takes: for records and reports; a capsule is exact instead."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

import orjson

LARGEST: Final = 2**63
DEEPEST: Final = 100


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value as plain JSON: bytes as hexadecimal, what no text can hold replaced, what is no JSON as its representation."""
    match value:
        case Mapping() if depth < DEEPEST:
            return {_scalar(str(name)): plain(each, depth + 1) for name, each in value.items()}
        case list() | tuple() | set() | frozenset() if depth < DEEPEST:
            return [plain(each, depth + 1) for each in value]
    return _scalar(value)


def dumped(value: Any, *, indent: bool = False) -> bytes:
    """Return it as bytes on one line, or indented."""
    return orjson.dumps(plain(value), option=orjson.OPT_INDENT_2 if indent else None)


def _scalar(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case int() if -LARGEST <= value < LARGEST:
            return int(value)
        case float() if isfinite(value):
            return value
        case bytes() | bytearray():
            return value.hex()
    return str(value).encode("utf-8", "replace").decode()
