"""Bytes as they travel in documents: base64url without padding, one way only to write each."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final

from gateway.errors import BadSyntax

LONGEST: Final = 3000
"""Characters of one text."""


def text_of(data: bytes) -> str:
    """Return bytes as they travel in a document."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def data_of(document: Mapping[str, Any], name: str) -> bytes:
    """Return the bytes under `name`; raise BadSyntax."""
    value = document.get(name)
    if not isinstance(value, str) or len(value) > LONGEST:
        raise BadSyntax(f"`{name}` is a base64url text of at most {LONGEST} characters")
    try:
        data = urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4))
    except ValueError as error:
        raise BadSyntax(f"`{name}` is a base64url text") from error
    if text_of(data) != value:
        raise BadSyntax(f"`{name}` is a base64url text without anything else in it")
    return data
