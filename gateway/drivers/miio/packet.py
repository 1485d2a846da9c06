"""Datagrams to and from a device: a head of 32 bytes, numbers big-endian, and behind it what the token hides.

    21 31 | length, 2 bytes | zero, 4 | number of the device, 4 | stamp, 4 | checksum, 16 | content

A hello is a head of FF with nothing behind it. Every device answers it, whoever asks: with its number, with its stamp (the seconds it has
been running, which every request must carry on from), and where the checksum stands with its token, as long as it belongs to nobody.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.drivers.miio.cipher import TOKEN_LENGTH, checksum, decrypt, encrypt
from gateway.drivers.parts.text import shown
from gateway.errors import WireError

PORT = 54321
MAGIC = b"\x21\x31"
HEAD = 32
HELLO = MAGIC + HEAD.to_bytes(2, "big") + b"\xff" * 28
_KEPT_BACK = (b"\xff" * TOKEN_LENGTH, bytes(TOKEN_LENGTH))
_ASKED = b"\xff" * 4
_LONGEST_MESSAGE = 200
_SLIPS = ((b',,"otu_stat"', b',"otu_stat"'), (b'"value":00', b'"value":0'))
"""What some devices write that is no JSON, and what they mean (so the clients tell that have met them)."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """The answer to a hello: who, at which of its seconds, and its token when it keeps it from nobody."""

    device: int
    stamp: int
    token: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device answered to the request with this number: `result`, or `code` and `message` of an error."""

    device: int
    stamp: int
    number: int
    result: Any = None
    code: int = 0
    message: str = ""


def decode_introduction(data: bytes) -> Introduction:
    """Read the answer to a hello; raise WireError for anything else."""
    if len(data) != HEAD or data[:2] != MAGIC or int.from_bytes(data[2:4], "big") != HEAD:
        raise WireError("not an answer to a greeting")
    if data[8:12] == _ASKED:
        raise WireError("a greeting, not an answer to one")
    told = data[16:HEAD]
    return Introduction(_number(data[8:12]), _number(data[12:16]), None if told in _KEPT_BACK else told)


def decode(data: bytes, token: bytes) -> Introduction | Answer:
    """Read what a device said; raise WireError when it cannot be read, also because it is sealed with another token."""
    if len(data) == HEAD:
        return decode_introduction(data)
    if len(data) < HEAD or data[:2] != MAGIC or int.from_bytes(data[2:4], "big") != len(data):
        raise WireError("not a packet of this length")
    head, hidden = data[:16], data[HEAD:]
    if checksum(head, token, hidden) != data[16:HEAD]:
        raise WireError("the checksum is wrong")
    return _answer(_number(head[8:12]), _number(head[12:16]), _document(decrypt(hidden, token)))


def encode(device: int, stamp: int, number: int, method: str, params: Any, token: bytes) -> bytes:
    """Return a request."""
    content = json.dumps({"id": number, "method": method, "params": params}, separators=(",", ":")).encode() + b"\0"
    hidden = encrypt(content, token)
    head = MAGIC + (HEAD + len(hidden)).to_bytes(2, "big") + bytes(4) + device.to_bytes(4, "big") + (stamp & 0xFFFFFFFF).to_bytes(4, "big")
    return head + checksum(head, token, hidden) + hidden


def decode_request(data: bytes, token: bytes) -> Mapping[str, Any]:
    """Read back a request or a hello of ours; raise WireError when it is none."""
    return {} if data == HELLO else _document(decrypt(data[HEAD:], token))


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _document(plain: bytes) -> Mapping[str, Any]:
    """Read the JSON a device wrote, with the slips that are known."""
    content = plain.split(b"\0", 1)[0]
    for slip, meant in _SLIPS:
        content = content.replace(slip, meant)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise WireError("the content is no JSON") from error
    if not isinstance(document, dict):
        raise WireError("the content is no answer")
    return document


def _answer(device: int, stamp: int, document: Mapping[str, Any]) -> Answer:
    number, error = document.get("id"), document.get("error")
    if type(number) is not int:
        raise WireError("an answer without a number")
    if isinstance(error, dict):
        code = error.get("code")
        return Answer(
            device, stamp, number, code=code if type(code) is int and code else -1, message=shown(error.get("message"), _LONGEST_MESSAGE)
        )
    if "result" not in document:
        raise WireError("an answer that says nothing")
    return Answer(device, stamp, number, document["result"])
