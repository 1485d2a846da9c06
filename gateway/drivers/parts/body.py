"""The body of a message on a wire that speaks JSON: read with suspicion, or as a recording has it."""

from typing import Any, Final

import orjson

from gateway.errors import WireError

LIMIT: Final = 64 * 1024
"""Bytes of a body that are looked at, where a wire says nothing else."""


def json_in(payload: bytes, what: str, limit: int = LIMIT) -> Any:
    """Return what `payload` says in JSON; raise WireError, which begins with `what` it should have been, where that is nothing."""
    if len(payload) > limit:
        raise WireError(f"{what} has {len(payload)} bytes, more than {limit}")
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise WireError(f"{what} is not JSON: {error}") from error


def json_object(payload: bytes, what: str, limit: int = LIMIT) -> dict[str, Any]:
    """Return the JSON object in `payload`; raise WireError for anything else."""
    document = json_in(payload, what, limit)
    if not isinstance(document, dict):
        raise WireError(f"{what} is not a JSON object")
    return document


def read(payload: bytes) -> Any:
    """Return what a body says, or the body where that is no JSON."""
    try:
        return orjson.loads(payload) if payload else None
    except orjson.JSONDecodeError:
        return payload


def written(body: Any) -> bytes:
    """Return a body that says this."""
    return body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
