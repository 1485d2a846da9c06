"""Where affordances of the standard stand: in a kind, under one of its features, or in a mixin."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gateway.drivers.parts.selfdescribed.row import Section
from gateway.profile.features import SECTIONS
from gateway.profile.library import Library


@dataclass(frozen=True, slots=True)
class Place:
    """One affordance: its schema, and the feature that brings it ("" where the kind always has it), or the mixin it is borrowed from."""

    section: Section
    name: str
    schema: Mapping[str, Any]
    feature: str = ""
    mixin: str = ""


class Standard:
    """The library as a place to look affordances up in."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._mixins: dict[tuple[str, str], tuple[str, Mapping[str, Any]]] = {}
        for mixin in library.mixins():
            document = library.mixin(mixin)
            for section in SECTIONS:
                for name, schema in document.get(section, {}).items():
                    self._mixins.setdefault((section, name), (mixin, schema))
        self._kinds: dict[str, Mapping[tuple[str, str], Place]] = {}
        self._atomic: dict[str, frozenset[str]] = {}

    def place(self, kind: str, section: Section, name: str) -> Place | None:
        """Return where a device of a kind has an affordance, None where it can have none of that name."""
        own = self.own(kind).get((section, name))
        if own is not None:
            return own
        found = self._mixins.get((section, name))
        if found is None or (section is Section.PROPERTY and name in self._members(kind)):
            return None
        return Place(section, name, found[1], mixin=found[0])

    def own(self, kind: str) -> Mapping[tuple[str, str], Place]:
        """Return what a kind has of its own, behind features and always."""
        if kind not in self._kinds:
            model = self.library.model(kind)
            brings = {pointer: name for name, feature in model.features.items() for pointer in feature.affordances}
            self._kinds[kind] = {
                (section, name): Place(Section(section), name, schema, brings.get(f"/{section}/{name}", ""))
                for section in SECTIONS
                for name, schema in model.document.get(section, {}).items()
            }
        return self._kinds[kind]

    def bringing(self, kind: str, place: Place, words: Collection[Any]) -> set[str]:
        """Return the features that bring an affordance of a kind and these words of it."""
        known = self.library.model(kind).features
        found = {place.feature} if place.feature else set()
        if place.section is Section.PROPERTY:
            found |= {name for name, feature in known.items() if any(word in words for word in feature.enums.get(place.name, ()))}
        return found

    def with_required(self, kind: str, features: set[str]) -> set[str] | None:
        """Return features with all they require; None where they cannot be together."""
        known = self.library.model(kind).features
        whole, left = set(features), set(features)
        while left:
            left = {name for feature in left for name in known[feature].requires} - whole
            whole |= left
        return None if any(known[name].excludes & whole for name in whole) else whole

    def _members(self, kind: str) -> frozenset[str]:
        if kind not in self._atomic:
            actions = self.library.model(kind).document.get("actions", {}).values()
            members = [action.get("input", {}).get("properties", {}) for action in actions if action.get("hl:atomic")]
            self._atomic[kind] = frozenset(name for each in members for name in each)
        return self._atomic[kind]


@lru_cache(maxsize=4)
def standard_of(library: Library) -> Standard:
    """Return the library as a place to look things up in, made once."""
    return Standard(library)
