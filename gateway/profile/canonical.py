"""The RFC 8785 form of a document, by which it is known again: the same bytes wherever it is written.

rfc8785 needs 6 ms for a Thing Description; orjson with sorted keys 0.1 ms, and writes the same bytes except for some numbers
and for keys beyond the Basic Multilingual Plane. What could be one of these is left to rfc8785.
"""

import re
from typing import Any, Final

import orjson

_OTHERWISE: Final = re.compile(rb"(?:^|[:,\[])(?:-?[0-9.]+e|-?[0-9]+\.0(?:[,\]}]|$)|-?[0-9]{16})|[\xf0-\xf4]")
"""A number with an exponent, a whole float, an integer a double may not hold; a character of four bytes."""


def canonical(document: Any) -> bytes:
    """Return the RFC 8785 bytes of a JSON value; ValueError (or TypeError) when it has none."""
    body = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    if _OTHERWISE.search(body) or b"null" in body:
        import rfc8785  # noqa: PLC0415 - 6 ms a document, and rarely needed

        return rfc8785.dumps(document)
    return body
