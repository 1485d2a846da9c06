"""MQTT 5 properties as bytes, and back.

Every value the gateway publishes carries four user properties, so packing is kept cheap. Reading trusts nothing: a property
that is not known, or that runs over the end of its packet, makes the whole packet Malformed.
"""

import struct
from typing import Any, Final

from gateway.errors import WireError
from gateway.protocol.mqtt.message import NO_PROPERTIES, Properties

FORMAT_INDICATOR, EXPIRY, CONTENT_TYPE, RESPONSE_TOPIC, CORRELATION, USER = 1, 2, 3, 8, 9, 38
SESSION_EXPIRY, SERVER_KEEP_ALIVE, WILL_DELAY, RECEIVE_MAXIMUM, MAXIMUM_QOS, RETAIN_AVAILABLE, MAXIMUM_PACKET = 17, 19, 24, 33, 36, 37, 39

_NONE: Final = b"\x00"
_LONGEST_EXPIRY: Final = 2**32 - 1
_BYTE, _SHORT, _LONG, _VARIABLE, _BYTES, _TEXT, _PAIR = range(7)
_FORMS: Final = {
    FORMAT_INDICATOR: _BYTE,
    EXPIRY: _LONG,
    CONTENT_TYPE: _TEXT,
    RESPONSE_TOPIC: _TEXT,
    CORRELATION: _BYTES,
    11: _VARIABLE,  # subscription identifier
    SESSION_EXPIRY: _LONG,
    18: _TEXT,  # the client id the broker chose
    SERVER_KEEP_ALIVE: _SHORT,
    21: _TEXT,  # authentication method
    22: _BYTES,  # authentication data
    26: _TEXT,  # response information
    28: _TEXT,  # another server to use
    31: _TEXT,  # reason
    RECEIVE_MAXIMUM: _SHORT,
    34: _SHORT,  # topic alias maximum
    35: _SHORT,  # topic alias
    MAXIMUM_QOS: _BYTE,
    RETAIN_AVAILABLE: _BYTE,
    USER: _PAIR,
    MAXIMUM_PACKET: _LONG,
    40: _BYTE,  # wildcard subscriptions available
    41: _BYTE,  # subscription identifiers available
    42: _BYTE,  # shared subscriptions available
}
_SIZES: Final = {_BYTE: 1, _SHORT: 2, _LONG: 4}


class Malformed(WireError):
    """Bytes that are no MQTT packet."""


def packed(properties: Properties) -> bytes:
    """Return the properties of a PUBLISH with their length in front."""
    if properties is NO_PROPERTIES:
        return _NONE
    parts = [*_plain(properties)]
    for name, value in properties.user.items():
        parts += (b"\x26", text(name), text(value))
    body = b"".join(parts)
    return variable(len(body)) + body


def unpacked(data: bytes, start: int, end: int) -> tuple[Properties, int]:
    """Return the properties of a PUBLISH that begin at `start`, and where they end; of a user property that comes twice the last counts."""
    if data[start] == 0:
        return NO_PROPERTIES, start + 1
    found, user, stop = entries(data, start, end)
    return Properties(found.get(RESPONSE_TOPIC), found.get(CORRELATION), user, found.get(CONTENT_TYPE), found.get(EXPIRY)), stop


def entries(data: bytes, start: int, end: int) -> tuple[dict[int, Any], dict[str, str], int]:
    """Return properties by number, user properties by name, and where they end; Malformed."""
    length, position = read_variable(data, start, end)
    stop = position + length
    if stop > end:
        raise Malformed("properties longer than their packet")
    found: dict[int, Any] = {}
    user: dict[str, str] = {}
    while position < stop:
        number = data[position]
        if number == USER:
            name, position = read_text(data, position + 1, stop)
            user[name], position = read_text(data, position, stop)
        else:
            found[number], position = _value(_FORMS.get(number), data, position + 1, stop)
    return found, user, stop


def _value(form: int | None, data: bytes, start: int, stop: int) -> tuple[Any, int]:
    if form is None:
        raise Malformed("an unknown property")
    if form == _TEXT:
        return read_text(data, start, stop)
    if form == _BYTES:
        return read_bytes(data, start, stop)
    if form == _VARIABLE:
        return read_variable(data, start, stop)
    end = start + _SIZES[form]
    if end > stop:
        raise Malformed("a property is cut off")
    return int.from_bytes(data[start:end], "big"), end


def read_bytes(data: bytes, start: int, stop: int) -> tuple[bytes, int]:
    """Return the bytes behind their two-byte length at `start`, and where they end; Malformed beyond `stop`."""
    begin = start + 2
    end = begin + int.from_bytes(data[start:begin], "big")
    if begin > stop or end > stop:
        raise Malformed("a field is cut off")
    return data[begin:end], end


def read_text(data: bytes, start: int, stop: int) -> tuple[str, int]:
    """Return the text at `start`, and where it ends; Malformed."""
    body, end = read_bytes(data, start, stop)
    try:
        return body.decode(), end
    except UnicodeDecodeError as error:
        raise Malformed("text that is not UTF-8") from error


def read_variable(data: bytes, start: int, stop: int) -> tuple[int, int]:
    """Return the variable byte integer at `start`, and where it ends; Malformed."""
    number = shift = 0
    for position in range(start, min(start + 4, stop)):
        number |= (data[position] & 0x7F) << shift
        if data[position] < 0x80:  # noqa: PLR2004 - seven bits a byte, the eighth says that more come
            return number, position + 1
        shift += 7
    raise Malformed("a length is cut off or too long")


def variable(number: int) -> bytes:
    """Return MQTT's variable byte integer."""
    digits = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits a byte
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def text(words: str) -> bytes:
    """Return UTF-8 with its length in front."""
    body = words.encode()
    return len(body).to_bytes(2, "big") + body


def _plain(properties: Properties) -> list[bytes]:
    parts = []
    if properties.content_type is not None:
        if "json" in properties.content_type:
            parts.append(bytes((FORMAT_INDICATOR, 1)))
        parts.append(bytes((CONTENT_TYPE,)) + text(properties.content_type))
    if properties.expiry is not None:
        parts.append(struct.pack("!BI", EXPIRY, min(max(properties.expiry, 0), _LONGEST_EXPIRY)))
    if properties.response_topic is not None:
        parts.append(bytes((RESPONSE_TOPIC,)) + text(properties.response_topic))
    if properties.correlation is not None:
        parts.append(struct.pack("!BH", CORRELATION, len(properties.correlation)) + properties.correlation)
    return parts
