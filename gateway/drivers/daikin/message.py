"""What is asked of an adapter and what it answers: a page and its words, and one line of words, `ret=OK,pow=1,stemp=24.0`.

A value may have a comma in it (a network's name), so a piece without `=` belongs to the one before. Older adapters tell everybody the name
and the password of their owner's account: those words are not even read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote_to_bytes

from gateway.drivers.parts.text import shown as printable
from gateway.errors import WireError

OK = "OK"
LONGEST = 4096
"""Bytes of an answer."""
_NAME = re.compile(r"[A-Za-z0-9_]{1,32}\Z").match
_SECRETS = frozenset({"id", "pw", "spw", "apw", "lpw"})


@dataclass(frozen=True, slots=True)
class Question:
    """A page, as `aircon/get_control_info`, and the words it is asked with."""

    page: str
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Return it as it stands in the first line of a request."""
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in self.words.items())
        return f"/{self.page}?{query}" if query else f"/{self.page}"


@dataclass(frozen=True, slots=True)
class Answer:
    """`ret`: OK, or in the adapter's words why not; `words`: what else it says."""

    ret: str
    words: Mapping[str, str] = field(default_factory=dict)


def decode(data: bytes) -> Answer:
    """Read a line of words; raise WireError for anything else."""
    if len(data) > LONGEST:
        raise WireError(f"an answer of {len(data)} bytes")
    try:
        text = data.decode().strip("\r\n")
    except UnicodeDecodeError as error:
        raise WireError("an answer that is no text") from error
    if not text.isprintable():
        raise WireError("an answer with control characters")
    words = _words(text)
    if "ret" not in words:
        raise WireError("an answer that does not say how it went")
    return Answer(words.pop("ret"), {name: value for name, value in words.items() if name not in _SECRETS})


def _words(text: str) -> dict[str, str]:
    words: dict[str, str] = {}
    last = ""
    for piece in text.split(","):
        name, is_word, value = piece.partition("=")
        if is_word and _NAME(name):
            words[name], last = value, name
        elif last:
            words[last] += f",{piece}"
        else:
            raise WireError(f"an answer that begins with {piece[:20]!r}")
    return words


def plain_name(encoded: str) -> str:
    """Return the name an owner gave, which is sent as `%4c%69...`; what cannot be shown is left out."""
    return printable(unquote_to_bytes(encoded).decode(errors="ignore"))
