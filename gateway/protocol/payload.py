"""Values to bytes and back (being filled in: signatures are final)."""

from typing import Final

from gateway.thing.value import Value

JSON: Final = 50
MERGE_PATCH: Final = 52
CBOR: Final = 60
SENML_JSON: Final = 110
SENML_CBOR: Final = 112
TD_JSON: Final = 432
LIMIT: Final = 64 * 1024


def encode(value: Value, content_format: int) -> bytes:
    """Return the value in a format; NotAcceptable when the format is not one of ours, BadSyntax when the value has no such form."""
    raise NotImplementedError


def decode(payload: bytes, content_format: int | None, *, limit: int = LIMIT) -> Value:
    """Return the value; missing format reads as JSON. TooLarge over `limit` bytes, BadFormat, BadSyntax."""
    raise NotImplementedError


def json_bytes(value: Value) -> bytes:
    """Return the value as JSON; BadSyntax when it has no JSON form."""
    raise NotImplementedError


def json_value(payload: bytes, *, limit: int = LIMIT) -> Value:
    """Return the value of JSON bytes; TooLarge over `limit` bytes, BadSyntax."""
    raise NotImplementedError
