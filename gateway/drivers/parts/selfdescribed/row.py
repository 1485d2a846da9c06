"""A portrait: which devices of the profile one self-described device is, and which of its features is which affordance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.drivers.parts.selfdescribed.conversion import Conversion


class Section(StrEnum):
    """Where an affordance stands in a Thing Description."""

    PROPERTY = "properties"
    ACTION = "actions"
    EVENT = "events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Features on the device's side, affordances on the profile's, and the way between them.

    `keys` of features (of an object the object's), `names` of affordances in `section`; one feature may be two properties, and several
    features one. `told`: the device says it; `settable`: it can be asked for. `standard`: an affordance of the kind or of a standard mixin;
    otherwise `reason` says why it is the vendor's own.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    conversion: Conversion
    section: Section = Section.PROPERTY
    told: bool = True
    settable: bool = False
    standard: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One device of the profile. `name` within the whole, "" for the whole itself; the rest is what its Description says."""

    name: str
    title: str
    kind: str
    major: int
    features: tuple[str, ...] = ()
    narrowing: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    additions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True)
class Portrait:
    """What one claim is: the whole, and its parts where it has several. `kindless`: why no kind fits, "" where one does."""

    parts: tuple[Part, ...]
    kindless: str = ""
    keys: frozenset[str] = field(init=False, repr=False)
    """All keys that stand somewhere."""

    def __post_init__(self) -> None:
        keys = frozenset(key for part in self.parts for row in part.rows for key in row.keys)
        object.__setattr__(self, "keys", keys)

    @property
    def kind(self) -> str:
        """Return the kind of the whole."""
        return self.parts[0].kind
