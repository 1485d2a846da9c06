"""CoAP requests and responses as the resources see them, free of the library that carries them."""

from dataclasses import dataclass, field

from firmware_sim.refusal import Refusal
from firmware_sim.wires.errors import coap_code, error_object
from firmware_sim.wires.payload import JSON, encode

CONTENT, CREATED, DELETED, VALID, CHANGED = (2, 5), (2, 1), (2, 2), (2, 3), (2, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One whole request: blocks already joined. `peer` is the IPv4 address it came from; `etags` and `if_match` as sent."""

    method: str
    path: tuple[str, ...]
    query: tuple[str, ...] = ()
    payload: bytes = b""
    content_format: int | None = None
    accept: int | None = None
    etags: tuple[bytes, ...] = ()
    if_match: tuple[bytes, ...] = ()
    if_none_match: bool = False
    observe: bool = False
    peer: str = ""

    def argument(self, name: str) -> str | None:
        """Return the first value of `?name=value`, None when it is not there."""
        return next((text.partition("=")[2] for text in self.query if text.partition("=")[0] == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One whole response; `max_age` in seconds, `location` the path of what was made."""

    code: tuple[int, int] = CONTENT
    payload: bytes = b""
    content_format: int | None = None
    etag: bytes | None = None
    max_age: int | None = None
    location: tuple[str, ...] = ()
    size: int | None = field(default=None)

    @property
    def successful(self) -> bool:
        """Return whether the class of the code is 2."""
        return self.code[0] == CONTENT[0]


def refused(refusal: Refusal) -> Response:
    """Return the error object as a response."""
    return Response(code=coap_code(refusal.code), payload=encode(error_object(refusal)), content_format=JSON)
