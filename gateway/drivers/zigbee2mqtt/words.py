"""The two words of a binary: which of them is yes. Only pairs that mean yes and no become a boolean; others stay words."""

from dataclasses import dataclass

from gateway.thing.value import Value

_YES = frozenset({"on", "true", "lock", "locked", "open", "enable", "enabled", "yes", "active", "1"})
_NO = frozenset({"off", "false", "unlock", "unlocked", "close", "closed", "disable", "disabled", "no", "inactive", "0"})


@dataclass(frozen=True, slots=True)
class Pair:
    """The raw values for yes and no. JSON's own true and false stand for themselves, whichever of them a device calls on."""

    yes: Value
    no: Value

    def told(self, raw: Value) -> bool | None:
        """Return what a raw value says; None for one that is neither. Bridges differ in capitals."""
        for answer, word in ((True, self.yes), (False, self.no)):
            if type(raw) is type(word) and (raw == word or (isinstance(raw, str) and raw.lower() == str(word).lower())):
                return answer
        return None

    def asked(self, answer: Value) -> Value:
        """Return the raw value for an answer."""
        return self.yes if answer else self.no


def pair_of(on: Value, off: Value) -> Pair | None:
    """Return the pair; None where these two words are no yes and no (`vertical` and `horizontal`)."""
    if isinstance(on, bool) and isinstance(off, bool):
        return Pair(True, False) if on is not off else None
    words = _plain(on), _plain(off)
    if words[0] in _YES and words[1] in _NO:
        return Pair(on, off)
    if words[0] in _NO and words[1] in _YES:
        return Pair(off, on)
    return None


def _plain(word: Value) -> str:
    return str(word).strip().lower()
