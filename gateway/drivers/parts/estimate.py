"""How far a program is, which many wires do not say: what is left of the longest time that was ever left of it.

A session that begins in the middle of a program counts from there. It is a guess, and the mapping data say so (`assumed`).
"""

from collections.abc import Mapping

from gateway.thing.value import Value

PROPERTY = "progress"
_KNOWN: Mapping[Value, int] = {"idle": 0, "delayed": 0, "done": 100}


class Progress:
    """The program of one machine."""

    def __init__(self) -> None:
        self._state: Value = None
        self._longest = 0

    def follow(self, said: Mapping[str, Value]) -> dict[str, Value]:
        """Take what the machine says of its state and the seconds that remain; return the progress in percent where that tells it."""
        if "cycleState" not in said and "remaining" not in said:
            return {}
        self._state = said.get("cycleState", self._state)
        if self._state in _KNOWN:
            self._longest = 0
            return {PROPERTY: _KNOWN[self._state]}
        remaining = said.get("remaining")
        if self._state is None or not isinstance(remaining, int):
            return {}
        self._longest = max(self._longest, remaining)
        return {PROPERTY: round(100 * (1 - remaining / self._longest)) if self._longest else 0}
