"""What an adapter says: one line of words, `ret=OK,pow=1,mode=3,stemp=24.0`; names of rooms are percent-encoded to the last letter."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

OK = "OK"
WRONG = "PARAM NG"
NO_UNIT = "SERIAL IF FAILURE"
"""The air conditioner behind the adapter does not answer it."""


def line(words: Mapping[str, str], ret: str = OK) -> str:
    """Return the words as they are sent."""
    return ",".join(f"{name}={value}" for name, value in {"ret": ret, **words}.items())


def encoded(name: str) -> str:
    """Return a name as adapters write it: every byte as %xx."""
    return "".join(f"%{byte:02x}" for byte in name.encode())


def asked(query: str) -> dict[str, str]:
    """Return what stands behind the question mark; of a word that comes twice, the last."""
    return dict(parse_qsl(query, keep_blank_values=True))
