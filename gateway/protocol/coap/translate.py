"""Between the library's messages and ours: the one place where options get their names."""

from typing import Any

import orjson
from aiocoap.message import Message
from aiocoap.numbers.codes import Code as LibraryCode

from gateway.errors import WIRE_CODES, CommandError, RateExceeded, ReadOnly
from gateway.protocol.coap.message import JSON, MAX_BODY, Code, Method, Request, Response

TOO_LARGE: Code = (4, 13)
INTERNAL: Code = (5, 0)


class Incomplete(CommandError):
    """A block that continues nothing: the transfer must start again (4.08)."""

    code = "bad-syntax"
    title = "Block out of order"


_CODES = {error: code.coap for error, code in WIRE_CODES.items()} | {Incomplete: (4, 8)}


def request_of(message: Any, body: bytes) -> Request:
    """Return the library's message, with its whole body, as a request; raise ReadOnly for an unknown method."""
    options = message.opt
    try:
        method = Method(message.code)
    except ValueError as error:
        raise ReadOnly(f"there is no method 0.{int(message.code):02d}") from error
    return Request(
        method=method,
        path=options.uri_path,
        query=tuple(pair_of(item) for item in options.uri_query),
        payload=body,
        content_format=options.content_format,
        accept=options.accept,
        if_match=options.if_match,
        observe=options.observe == 0 and method in (Method.GET, Method.FETCH),
        peer=message.remote.hostinfo,
        identity=message.remote.identity,
        local=message.remote.near,
    )


def message_of(response: Response) -> Any:
    """Return a response as the library's message."""
    message = Message(code=code_of(response.code), payload=response.payload)
    message.opt.content_format = response.content_format
    message.opt.etag = response.etag
    message.opt.max_age = response.max_age
    message.opt.location_path = response.location
    message.opt.location_query = [text_of(*pair) for pair in response.location_query]
    if response.code == TOO_LARGE:
        message.opt.size1 = MAX_BODY
    return message


def response_of(message: Any, body: bytes) -> Response:
    """Return the library's message, with its whole body, as a response."""
    options = message.opt
    return Response(
        code=divmod(int(message.code), 1 << 5),
        payload=body,
        content_format=options.content_format,
        etag=options.etag,
        max_age=options.max_age,
        location=options.location_path,
        location_query=tuple(pair_of(item) for item in options.location_query),
    )


def refused(error: CommandError, most: int | None = None) -> Response:
    """Return the response that carries an error: its code, and as JSON the error object, or as much of it as `most` bytes allow."""
    code = next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), INTERNAL)
    bodies = (orjson.dumps(error.document()), orjson.dumps({"code": error.code}))
    body = next((body for body in bodies if most is None or len(body) <= most), b"")
    max_age = 1 if isinstance(error, RateExceeded) else None
    return Response(code=code, payload=body, content_format=JSON if body else None, max_age=max_age)


def code_of(code: Code) -> Any:
    """Return `(class, detail)` as the library's code."""
    return LibraryCode(code[0] << 5 | code[1])


def pair_of(item: str) -> tuple[str, str]:
    """Return `name=value` as a pair; the value is empty when there is none."""
    name, _, value = item.partition("=")
    return name, value


def text_of(name: str, value: str) -> str:
    """Return a pair as `name=value`, or as the bare name."""
    return f"{name}={value}" if value else name
