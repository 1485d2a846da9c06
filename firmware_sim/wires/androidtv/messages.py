"""The two languages of Android TV Remote v2: pairing (polo) and remote control. Each message comes behind its length, a varint.

Numbers of the fields as the public notes on the protocol have them; what nobody knows a meaning of is called `unknown`.
"""

from collections.abc import Mapping
from typing import Any, Final

from firmware_sim.wires.protobuf import Field, Garbled, Shape, decode, encode, read_varint, varint

LONGEST: Final = 64 * 1024
"""Bytes of one message."""
OK, ERROR, BAD_CONFIGURATION, BAD_SECRET = 200, 400, 401, 402
HEXADECIMAL, INPUT = 3, 1
SYMBOLS = 6

_ENCODING: Shape = {"type": Field(1, "enum"), "length": Field(2, "uint32")}
_OPTIONS: Shape = {
    "input": Field(1, "message", repeated=True, shape=_ENCODING),
    "output": Field(2, "message", repeated=True, shape=_ENCODING),
    "role": Field(3, "enum"),
}
PAIRING: Shape = {
    "version": Field(1, "uint32"),
    "status": Field(2, "enum"),
    "request": Field(10, "message", shape={"service": Field(1, "string"), "client": Field(2, "string")}),
    "request_ack": Field(11, "message", shape={"server": Field(1, "string")}),
    "options": Field(20, "message", shape=_OPTIONS),
    "configuration": Field(30, "message", shape={"encoding": Field(1, "message", shape=_ENCODING), "role": Field(2, "enum")}),
    "configuration_ack": Field(31, "message", shape={}),
    "secret": Field(40, "message", shape={"secret": Field(1, "bytes")}),
    "secret_ack": Field(41, "message", shape={"secret": Field(1, "bytes")}),
}
_DEVICE: Shape = {
    "model": Field(1, "string"),
    "vendor": Field(2, "string"),
    "unknown1": Field(3, "int32"),
    "android": Field(4, "string"),
    "package": Field(5, "string"),
    "version": Field(6, "string"),
}
_APP: Shape = {"counter": Field(1, "int32"), "label": Field(10, "string"), "package": Field(12, "string")}
_VOLUME: Shape = {
    "unknown1": Field(1, "uint32"),
    "unknown2": Field(2, "uint32"),
    "player": Field(3, "string"),
    "most": Field(6, "uint32"),
    "level": Field(7, "uint32"),
    "muted": Field(8, "bool"),
}
_TEXT: Shape = {"start": Field(1, "int32"), "end": Field(2, "int32"), "value": Field(3, "string")}
_EDIT: Shape = {"insert": Field(1, "int32"), "text": Field(2, "message", shape=_TEXT)}
REMOTE: Shape = {
    "configure": Field(1, "message", shape={"features": Field(1, "int32"), "device": Field(2, "message", shape=_DEVICE)}),
    "active": Field(2, "message", shape={"features": Field(1, "int32")}),
    "error": Field(3, "message", shape={"value": Field(1, "bool")}),
    "ping": Field(8, "message", shape={"number": Field(1, "int32")}),
    "pong": Field(9, "message", shape={"number": Field(1, "int32")}),
    "key": Field(10, "message", shape={"code": Field(1, "enum"), "direction": Field(2, "enum")}),
    "app": Field(20, "message", shape={"app": Field(1, "message", shape=_APP)}),
    "edit": Field(
        21,
        "message",
        shape={"counter": Field(1, "int32"), "field": Field(2, "int32"), "edits": Field(3, "message", repeated=True, shape=_EDIT)},
    ),
    "start": Field(40, "message", shape={"started": Field(1, "bool")}),
    "volume": Field(50, "message", shape=_VOLUME),
    "link": Field(90, "message", shape={"link": Field(1, "string")}),
}


def framed(shape: Shape, said: Mapping[str, Any]) -> bytes:
    """Return one message as it travels."""
    body = encode(shape, said)
    return varint(len(body)) + body


class Frames:
    """Cuts a stream into messages."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._waiting = bytearray()

    def take(self, data: bytes) -> list[dict[str, Any]]:
        """Return the messages that are whole now, with only what they say; raise Garbled."""
        self._waiting += data
        whole: list[dict[str, Any]] = []
        while self._waiting:
            try:
                length, at = read_varint(bytes(self._waiting[:10]))
            except Garbled:
                if len(self._waiting) >= 10:  # noqa: PLR2004 - no number is longer
                    raise
                break
            if length > LONGEST:
                raise Garbled(f"a message of {length} bytes")
            if len(self._waiting) < at + length:
                break
            said = decode(self._shape, bytes(self._waiting[at : at + length]))
            del self._waiting[: at + length]
            whole.append({name: value for name, value in said.items() if value is not None})
        return whole
