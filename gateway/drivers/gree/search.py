"""The make's own search: one question in clear, answered by a letter under the key all units share."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from gateway.drivers.gree.letter import PORT, SCAN, Letter, Tongue
from gateway.drivers.gree.refusal import refusal
from gateway.drivers.parts import search as by_datagram
from gateway.drivers.spi import SearchContext, Sighting
from gateway.errors import WireError

NAME = "gree"
CARD = "dev"
_LONGEST_NAME = 64


def found(letter: Letter) -> by_datagram.Found:
    """Return who answered, and why it cannot be used if so; raise WireError for a letter that is no answer to a search."""
    if letter.kind != CARD:
        raise WireError("not an answer to a search")
    facts = facts_of(letter.body) | {"mac": letter.mac, "version": str(letter.version)}
    name = _words(letter.body, "name") or letter.mac
    return by_datagram.Found(key=letter.mac, name=name, port=PORT, facts=facts, refusal=refusal(facts) or "")


def facts_of(card: Mapping[str, Any]) -> dict[str, str]:
    """Return what a unit says of itself: its sort, its make, and the version and program of its network module."""
    said = {"mid": "mid", "brand": "brand", "model": "model", "module": "ver", "program": "hid"}
    return {fact: text for fact, member in said.items() if (text := _words(card, member))}


def search(where: SearchContext) -> AsyncIterator[Sighting]:
    """Yield each unit that answers, once for each address it answers from; those that cannot be used are `dropped` with the reason too."""
    question = by_datagram.Question(SCAN, PORT)
    return by_datagram.search(where, NAME, (question,), lambda data, _: found(Tongue().read(data)))


def _words(card: Mapping[str, Any], member: str) -> str:
    text = card.get(member)
    return "".join(filter(str.isprintable, text))[:_LONGEST_NAME] if isinstance(text, str) else ""
