"""One change between two models, and the list a comparison writes them into."""

from dataclasses import dataclass
from typing import Any

from gateway.profile.diff_rules import RULES, Bump
from gateway.profile.plain_value import shown

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Change:
    """What changed at `pointer` of the flat model, by which rule."""

    rule: str
    pointer: str
    what: str

    @property
    def bump(self) -> Bump:
        """Return what it asks of the version."""
        return RULES[self.rule][0]

    @property
    def why(self) -> str:
        """Return the reason."""
        return RULES[self.rule][1]


class Changes:
    """Collects changes in the order they are found."""

    def __init__(self) -> None:
        self.found: list[Change] = []

    def note(self, rule: str, pointer: str, what: str) -> None:
        """Write one down; the rule must be one of RULES."""
        self.found.append(Change(rule, pointer, what))

    def turned(self, rule: str, pointer: str, old: Any, new: Any) -> None:
        """Write down that one value became another."""
        self.note(rule, pointer, f"{brief(old)} became {brief(new)}")


def brief(value: Any) -> str:
    """Return a value in few words."""
    if value is None:
        return "nothing"
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        text = ", ".join(str(item) for item in value)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
    return value if isinstance(value, str) and value.isascii() and value.isprintable() and len(value) <= _LONGEST else shown(value)


def bump_of(changes: list[Change]) -> Bump:
    """Return the smallest honest bump for all of them together."""
    return max((change.bump for change in changes), default=Bump.NONE)
