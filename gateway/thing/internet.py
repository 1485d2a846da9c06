"""The internet as far as a hub can tell: a sign that somebody else left, for a hub sends nothing outside to find out."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """`there`: whether it is, None when nothing tells. `since`: seconds since the epoch, of a loss. `words`: what the sign was."""

    there: bool | None
    since: float = 0.0
    words: str = ""


class Internet(Protocol):
    """Whoever can tell."""

    def look(self) -> Sign:
        """Return what can be told now; never blocks, never sends."""
        ...


class Untold:
    """Nothing tells."""

    def look(self) -> Sign:
        """Return that nothing does."""
        return Sign(there=None, words="nothing tells whether the internet is there")
