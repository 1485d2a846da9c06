"""The packets of MQTT 3.1.1 and 5 as bytes: those a client sends are built here, those it gets are taken apart.

The two versions differ in little: version 5 puts properties into most packets and reason codes into the answers. QoS 2 is
left out on purpose: every message here is repeated or answered on a level of its own. All reading raises Malformed.
"""

from collections.abc import Iterable
from typing import Final

from gateway.protocol.mqtt.message import NO_PROPERTIES, Message, Properties, Will
from gateway.protocol.mqtt.properties import (
    MAXIMUM_PACKET,
    SESSION_EXPIRY,
    WILL_DELAY,
    Malformed,
    entries,
    packed,
    text,
    unpacked,
    variable,
)

CONNACK, PUBLISH, PUBACK, SUBACK, UNSUBACK, PINGRESP, DISCONNECT = 2, 3, 4, 9, 11, 13, 14
PING: Final = b"\xc0\x00"
GOODBYE: Final = b"\xe0\x00"
_NAMES: Final = {"3.1.1": 4, "5": 5}
_CLEAN, _WILL, _WILL_QOS, _WILL_RETAIN, _PASSWORD, _USERNAME = 0x02, 0x04, 0x08, 0x20, 0x40, 0x80
_RETAIN_AS_PUBLISHED = 0x08
_SHORT = 0x80
"""Packets with less behind the fixed header have a length of one byte."""


def connect_packet(
    version: str, *, client_id: str, username: str | None, password: str | None, will: Will | None, keepalive: int, largest: int
) -> bytes:
    """Return CONNECT for a session that ends with the connection (a delayed will: that long after it)."""
    five = version == "5"
    flags, fields = _CLEAN, [text(client_id)]
    delay = will.delay if five and will is not None else 0
    if will is not None:
        flags |= _WILL | _WILL_QOS | (_WILL_RETAIN if will.retain else 0)
        properties = _numbers({WILL_DELAY: delay} if delay else {}) if five else b""
        fields += (properties, text(will.topic), len(will.payload).to_bytes(2, "big") + will.payload)
    if username is not None:
        flags |= _USERNAME
        fields.append(text(username))
    if password is not None and (five or username is not None):
        flags |= _PASSWORD
        fields.append(text(password))
    properties = _numbers({MAXIMUM_PACKET: largest} | ({SESSION_EXPIRY: delay} if delay else {})) if five else b""
    head = text("MQTT") + bytes((_NAMES[version], flags)) + keepalive.to_bytes(2, "big")
    return _packet(0x10, head + properties + b"".join(fields))


def publish_packet(topic: str, payload: bytes, qos: int, retain: bool, identifier: int, properties: bytes) -> bytes:
    """Return PUBLISH; `properties`: packed, empty in 3.1.1. Hot path."""
    name = topic.encode()
    length = 2 + len(name) + len(properties) + len(payload) + (2 if qos else 0)
    head = bytes((0x30 | qos << 1 | retain, length)) if length < _SHORT else bytes((0x30 | qos << 1 | retain,)) + variable(length)
    number = identifier.to_bytes(2, "big") if qos else b""
    return b"".join((head, len(name).to_bytes(2, "big"), name, number, properties, payload))


def subscribe_packet(identifier: int, filters: Iterable[tuple[str, int, bool]], *, five: bool) -> bytes:
    """Return SUBSCRIBE to (filter, QoS, retain as published)."""
    wanted = b"".join(text(name) + bytes((min(qos, 1) | (_RETAIN_AS_PUBLISHED if five and keep else 0),)) for name, qos, keep in filters)
    return _packet(0x82, identifier.to_bytes(2, "big") + (b"\x00" if five else b"") + wanted)


def unsubscribe_packet(identifier: int, filters: Iterable[str], *, five: bool) -> bytes:
    """Return UNSUBSCRIBE."""
    return _packet(0xA2, identifier.to_bytes(2, "big") + (b"\x00" if five else b"") + b"".join(map(text, filters)))


def read_publish(flags: int, data: bytes, start: int, end: int, *, five: bool) -> tuple[Message | None, bytes]:
    """Return the PUBLISH that stands in data[start:end] and its packet id (empty: QoS 0). None: its topic is no text. Hot path."""
    position = start + 2
    name = data[position : (position := position + (data[start] << 8 | data[start + 1]))]
    qos, identifier = flags >> 1 & 3, b""
    if qos:
        identifier = data[position : (position := position + 2)]
    properties: Properties = NO_PROPERTIES
    if five and position < end:
        properties, position = unpacked(data, position, end)
    elif five:
        raise Malformed("a message without properties")
    if position > end or qos > 1 or not name:
        raise Malformed("a message that is cut off, has no topic, or was sent twice as sure as asked for")
    try:
        topic = name.decode()
    except UnicodeDecodeError:
        return None, identifier
    return Message(topic, data[position:end], bool(flags & 1), qos, properties), identifier


def read_connack(body: bytes) -> tuple[int, dict[int, int]]:
    """Return the reason code and what the broker offers, by property number. Codes of 3.1.1 are told in those of 5."""
    code = body[1] if len(body) > 1 else 0x80
    offers = entries(body, 2, len(body))[0] if len(body) > 2 else {}  # noqa: PLR2004 - flags and code
    return _OLD_CODES.get(code, code), {number: value for number, value in offers.items() if isinstance(value, int)}


def read_ack(body: bytes) -> tuple[int, int]:
    """Return packet id and reason code of a PUBACK."""
    return _identifier(body), body[2] if len(body) > 2 else 0  # noqa: PLR2004 - the id alone means success


def read_codes(body: bytes, *, five: bool) -> tuple[int, bytes]:
    """Return packet id and reason codes of a SUBACK or UNSUBACK."""
    start = entries(body, 2, len(body))[2] if five else 2
    return _identifier(body), body[start:]


_OLD_CODES: Final = {1: 0x84, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87}
_IDENTIFIER = 2


def _identifier(body: bytes) -> int:
    if len(body) < _IDENTIFIER:
        raise Malformed("an answer to nothing")
    return body[0] << 8 | body[1]


def _packet(first: int, body: bytes) -> bytes:
    return bytes((first,)) + variable(len(body)) + body


def _numbers(values: dict[int, int]) -> bytes:
    body = b"".join(bytes((number,)) + value.to_bytes(4, "big") for number, value in values.items())
    return variable(len(body)) + body


__all__ = [
    "CONNACK",
    "DISCONNECT",
    "GOODBYE",
    "PING",
    "PINGRESP",
    "PUBACK",
    "PUBLISH",
    "SUBACK",
    "UNSUBACK",
    "Malformed",
    "connect_packet",
    "packed",
    "publish_packet",
    "read_ack",
    "read_codes",
    "read_connack",
    "read_publish",
    "subscribe_packet",
    "unsubscribe_packet",
]
