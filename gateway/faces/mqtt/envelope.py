"""The envelope of `c/{client}/rpc`: `{"id","op","dev","name","in","exp","ttl","if","why","confirm","reply"}`.

It carries what a bare value cannot on MQTT 3.1.1: an id to match the answer, a time after which it must not be done, the
state it was decided on, and reads. Without an `id` the gateway gives it one: a client whose payloads are constants has none.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from gateway.errors import BadSyntax, CommandError
from gateway.faces.payload import expected_version, expiry
from gateway.home.admission import check_id
from gateway.home.home import Home
from gateway.protocol.payload import json_value
from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation
from gateway.thing.principal import Principal
from gateway.thing.timestamp import iso
from gateway.thing.value import Value

READS = ("readproperty", "readallproperties", "queryaction")
LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One request as read; `command` is None for a read."""

    id: str
    operation: str
    device: str
    name: str
    input: Value
    expires: float | None
    expected: Value
    why: str
    confirmation: str | None
    reply: str | None
    command: Operation | None

    def to_command(self, principal: Principal, boot: int) -> Command:
        """Return the command; only for an operation that changes something. `boot`: which one an `if` that names none means."""
        if self.command is None:
            raise BadSyntax(f"{self.operation} changes nothing")
        return Command(
            id=self.id,
            device=self.device,
            operation=self.command,
            name=self.name,
            input=self.input,
            principal=principal,
            expires=self.expires,
            expected=expected_version(self.expected, boot),
            why=self.why,
            confirmation=self.confirmation,
        )

    def answer(self, state: AckState, now: float) -> dict[str, Any]:
        """Return the frame of an answer that is not an Ack of the home."""
        return {"id": self.id, "op": self.operation, "name": self.name, "state": state.value, "ts": iso(now)}


def envelope_of(value: Value, now: float, lifetime: int | None = None) -> Envelope:
    """Read an envelope; raise BadSyntax naming the member that is wrong. `lifetime`: the Message Expiry it came with, in seconds."""
    if not isinstance(value, dict):
        raise BadSyntax("an rpc message is a JSON object")
    operation = _text(value, "op", required=True)
    command = next((known for known in Operation if known.value == operation), None)
    if command is None and operation not in READS:
        known = ", ".join([*(known.value for known in Operation), *READS])
        raise BadSyntax(f"`op` {operation!r} is not one of {known}")
    return Envelope(
        id=_text(value, "id") or f"g-{uuid4().hex[:12]}",
        operation=operation,
        device=_text(value, "dev", required=True),
        name=_text(value, "name"),
        input=value.get("in"),
        expires=expiry(value.get("exp"), value.get("ttl"), now, lifetime=lifetime),
        expected=value.get("if"),
        why=_text(value, "why"),
        confirmation=_text(value, "confirm") or None,
        reply=_text(value, "reply") or None,
        command=command,
    )


def frame_of(payload: bytes) -> dict[str, str]:
    """Return what a client needs to match the refusal of an envelope that cannot be read: its id, op and name, where those are texts."""
    try:
        value = json_value(payload)
    except CommandError:
        value = None
    known = value if isinstance(value, dict) else {}
    return {name: text for name in ("id", "op", "name") if isinstance(text := known.get(name), str) and len(text) <= LONGEST}


def read_document(home: Home, envelope: Envelope, principal: Principal, now: float) -> dict[str, Any]:
    """Return the answer to a read; its id is held to what holds for every id."""
    check_id(envelope.id)
    twin = home.twin(envelope.device)
    body = envelope.answer(AckState.COMPLETED, now) | {"seq": twin.version.seq, "boot": twin.version.boot}
    if envelope.operation == "queryaction":
        return body | {"out": home.told(envelope.device, envelope.name).document()}
    if envelope.operation == "readallproperties":
        return body | {"out": home.document(envelope.device)}
    return body | {"out": home.read(envelope.device, envelope.name, principal)}


def _text(value: dict[str, Any], member: str, *, required: bool = False) -> str:
    text = value.get(member)
    if text is None and not required:
        return ""
    if not isinstance(text, str) or (required and not text) or len(text) > LONGEST:
        raise BadSyntax(f"`{member}` must be a text of 1 to {LONGEST} characters")
    return text
