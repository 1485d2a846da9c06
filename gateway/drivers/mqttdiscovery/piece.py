"""One announcement as it came, and what of it has to be known before it is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """One announcement: on which topic, by which names its device goes, its unique ids, and where it speaks (first levels of topics)."""

    topic: str
    payload: bytes
    names: frozenset[str]
    uniques: tuple[tuple[str, str], ...]
    roots: frozenset[str]
