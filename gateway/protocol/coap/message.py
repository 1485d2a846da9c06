"""What a CoAP exchange carries, in words of ours: the rest of the gateway never sees the library underneath.

Codes are `(class, detail)` pairs as they are spoken: `(2, 5)` is 2.05 Content. Content formats are the registered
numbers: 40 link-format, 50 JSON, 52 merge-patch, 60 CBOR, 110 and 112 SenML, 432 a Thing Description.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

Code: TypeAlias = tuple[int, int]

CREATED: Code = (2, 1)
DELETED: Code = (2, 2)
VALID: Code = (2, 3)
CHANGED: Code = (2, 4)
CONTENT: Code = (2, 5)
CONTINUE: Code = (2, 31)

LINK_FORMAT = 40
JSON = 50
MERGE_PATCH = 52
CBOR = 60
SENML_JSON = 110
SENML_CBOR = 112
TD_JSON = 432

MAX_BODY = 64 * 1024
"""The most bytes one request or response may carry, in all its blocks together."""


class Method(IntEnum):
    """The request methods, by their number on the wire (RFC 7252, RFC 8132)."""

    GET = 1
    POST = 2
    PUT = 3
    DELETE = 4
    FETCH = 5
    PATCH = 6
    IPATCH = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, whole: blocks are already put together.

    `path` and `query` are decoded (`?id=7&dry` is `(("id", "7"), ("dry", ""))`); `payload` has at most MAX_BODY bytes;
    `if_match` the ETags of which one must be the present one; `observe`: a GET or FETCH that asks for notifications;
    `peer`: `address:port` of the sender. `identity`: the client whose key the request came under, empty for nobody's.
    `local`: it came over loopback.
    """

    method: Method
    path: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    payload: bytes = b""
    content_format: int | None = None
    accept: int | None = None
    if_match: tuple[bytes, ...] = ()
    observe: bool = False
    peer: str = ""
    identity: str = ""
    local: bool = False

    def parameter(self, name: str) -> str | None:
        """Return the first query value called `name`, or None."""
        return next((value for key, value in self.query if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One response, whole.

    `etag` 1 to 8 bytes; `max_age` seconds (None: the protocol's 60); `location` and `location_query` name what was made.
    """

    code: Code
    payload: bytes = b""
    content_format: int | None = None
    etag: bytes | None = None
    max_age: int | None = None
    location: tuple[str, ...] = ()
    location_query: tuple[tuple[str, str], ...] = ()

    @property
    def successful(self) -> bool:
        """Return whether the code is a 2.xx one."""
        return self.code[0] == CONTENT[0]
