"""Commands as a native appliance understands them, and its acks as stages."""

import hashlib
from base64 import b32encode
from collections.abc import Mapping
from typing import Any

import orjson

from gateway.errors import BY_CODE, CommandError, DeviceFailure, WireError
from gateway.protocol.payload import json_bytes
from gateway.thing.ack import AckState
from gateway.thing.command import Command
from gateway.thing.session import Progress
from gateway.thing.timestamp import iso
from gateway.thing.value import Value


def wire_id(command: Command) -> str:
    """Return the id the appliance sees: the same for the same command again, different for two principals' equal ids."""
    digest = hashlib.sha256(f"{command.principal.name}\0{command.id}".encode()).digest()
    return b32encode(digest[:10]).decode().lower()


def envelope(id: str, operation: str, name: str, input: Value = None, **more: Value) -> bytes:
    """Return the request that goes to the appliance's `rpc` topic; members that are None are left out."""
    body: dict[str, Value] = {"id": id, "op": operation, "dev": "self", "name": name}
    if input is not None:
        body["in"] = input
    return json_bytes(body | {key: value for key, value in more.items() if value is not None})


def circumstances(command: Command, confirm: str | None) -> dict[str, str]:
    """Return what a command carries besides what it asks: the same names in an envelope and in a CoAP query."""
    said = {"exp": iso(command.expires) if command.expires is not None else None, "why": command.why or None, "confirm": confirm}
    return {key: value for key, value in said.items() if value is not None}


def progress_of(ack: Mapping[str, Any]) -> Progress:
    """Return the stage an ack tells of; raise WireError when it tells of none."""
    try:
        state = AckState(ack.get("state", ""))
    except ValueError as error:
        raise WireError("an ack without a known state") from error
    error_object = ack.get("error")
    phase = ack.get("phase")
    return Progress(
        state=state,
        phase=phase if isinstance(phase, str) else None,
        percent=_number(ack.get("percent")),
        remaining=_number(ack.get("remaining")),
        output=ack.get("out"),
        error=error_object if isinstance(error_object, dict) else None,
    )


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def token_of(progress: Progress) -> str | None:
    """Return the token with which an appliance's `needs-confirm` is to be answered, None for any other stage."""
    error = progress.error or {}
    token = error.get("confirm")
    return token if error.get("code") == "needs-confirm" and isinstance(token, str) else None


def error_of(body: Mapping[str, Any] | None) -> CommandError:
    """Return the error an error object stands for."""
    body = body or {}
    kind = BY_CODE.get(str(body.get("code")), DeviceFailure)
    detail = body.get("detail")
    return kind(detail if isinstance(detail, str) else "")


def value_of(payload: bytes) -> Value:
    """Return the value in `payload`; raise WireError."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise WireError("the answer is not JSON") from error
