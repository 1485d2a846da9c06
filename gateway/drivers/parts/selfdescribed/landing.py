"""Where the features of one part land: each exactly once, on the kind's own, on a standard mixin, or as the vendor's own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gateway.drivers.parts.selfdescribed.conversion import Member, Words
from gateway.drivers.parts.selfdescribed.feature import Category, Feature
from gateway.drivers.parts.selfdescribed.fitting import Fit, Misfit, fit
from gateway.drivers.parts.selfdescribed.guarded import ASKS_A_PERSON, leads_in, opens
from gateway.drivers.parts.selfdescribed.kinds import mark_of
from gateway.drivers.parts.selfdescribed.row import Part, Row, Section
from gateway.drivers.parts.selfdescribed.special import WAYS, colour, halt, happening
from gateway.drivers.parts.selfdescribed.standard import Place, Standard
from gateway.drivers.parts.selfdescribed.vendor import own_name, own_row
from gateway.drivers.parts.selfdescribed.vocabulary import Entry, vocabulary

ONLY_SHOWN, NOT_TOLD = "this device only shows it", "this device does not have it"
ASKED_FOR = "it opens a way into the home, or the gas: an action of this device sets it, and asks a person first"
MOST_ADDITIONS = 256
_ORDER = {Category.MAIN: 0, Category.CONFIG: 1, Category.DIAGNOSTIC: 2}
_REFERENCE = "./{mixin}.yaml#/{section}/{name}"


class Landing:
    """The making of one part."""

    def __init__(self, standard: Standard, kind: str, vendor: str, title: str = "") -> None:
        self._standard = standard
        self._kind = kind
        self._vendor = vendor
        self._title = title
        self._guarded: set[str] = set()
        self._taken: set[tuple[Section, str]] = set()
        self._features: set[str] = set()
        self._narrowing: dict[str, dict[str, Any]] = {}
        self._additions: dict[str, dict[str, Any]] = {}
        self._rows: list[Row] = []
        self._left: list[Feature] = []
        self._marks: frozenset[str] = frozenset()

    def land(self, features: Iterable[Feature]) -> None:
        """Find a place for every feature; what has no room in this part is `left`."""
        features = tuple(features)
        self._marks = frozenset(mark_of(feature) for feature in features)
        ordered = sorted(features, key=lambda feature: _ORDER[feature.category])
        joined: dict[str, list[tuple[Entry, Feature]]] = {}
        rest: list[tuple[Feature, str]] = []
        for feature in ordered:
            if (entry := self._joins(feature)) is not None:
                joined.setdefault(entry.to, []).append((entry, feature))
            elif reason := self._stands(feature):
                rest.append((feature, reason))
        for name, members in joined.items():
            if not colour(self, name, members):
                rest += [(feature, "type") for _, feature in members]
        for feature, reason in rest:
            self._own(feature, reason)

    @property
    def left(self) -> tuple[Feature, ...]:
        """Return what had no room: a device has at most so many additions."""
        return tuple(self._left)

    def part(self, name: str, title: str) -> Part:
        """Return the part, with what cannot be set said so."""
        self._withhold()
        return Part(
            name=name,
            title=title,
            kind=self._kind,
            major=1,
            features=tuple(sorted(self._features)),
            narrowing=self._narrowing,
            additions=self._additions,
            rows=tuple(self._rows),
        )

    def place(self, section: Section, name: str) -> Place | None:
        """Return where an affordance is to be had that no feature has yet."""
        return None if (section, name) in self._taken else self._standard.place(self._kind, section, name)

    def put(self, found: Place, row: Row, terms: Mapping[str, Any]) -> bool:
        """Let the device have the affordance, borrowed or by a feature; a row without keys only keeps it. False: there is no room."""
        if not self._bring(found, terms):
            return False
        self.taken(found.section, found.name)
        if row.keys:
            self._rows.append(row)
        if terms and found.mixin:
            self._additions[found.section.value][found.name] |= terms
        elif terms:
            self._narrowing[found.name] = dict(terms)
        return True

    def taken(self, section: Section, name: str) -> None:
        """Keep an affordance from others."""
        self._taken.add((section, name))

    def _joins(self, feature: Feature) -> Entry | None:
        entries = (entry for entry in vocabulary().about(feature, self._kind, self._marks) if entry.join)
        return next((entry for entry in entries if self.place(Section.PROPERTY, entry.to) is not None), None)

    def _stands(self, feature: Feature) -> str:
        """Put a feature where it belongs in the standard; return why it belongs nowhere, "" where it does."""
        return self._kept(feature) if leads_in(feature, self._title, self._marks) else self._lands(feature)

    def _kept(self, feature: Feature) -> str:
        """Put what opens a way in where it is only shown, and what stops it on the action; setting it is left to the vendor's own."""
        if feature.group == "cover":
            halt(self, feature)
        if feature.readable and not self._lands(replace(feature, settable=False)):
            self._guarded.add(feature.key)
            for name in {name for row in self._rows if feature.key in row.keys for name in row.names}:
                for own in (self._narrowing, self._additions.get(Section.PROPERTY.value, {})):
                    if "hl:reason" in own.get(name, {}):
                        own[name]["hl:reason"] = ASKED_FOR
        return "danger"

    def _lands(self, feature: Feature) -> str:
        reason = "no-word"
        for entry in vocabulary().about(feature, self._kind, self._marks):
            reason = self._try(entry, feature)
            if not reason:
                return ""
        return reason

    def _try(self, entry: Entry, feature: Feature) -> str:
        if feature.event:
            return happening(self, entry, feature) if entry.how == "gestures" else "type"
        if not feature.readable:
            return self._action(entry, feature) if feature.settable else "access"
        target = entry.within.get(self._kind, entry.to)
        if entry.how in WAYS:
            return WAYS[entry.how](self, entry, feature, target or "")
        return self._property(entry, feature, target) if target else "access"

    def _property(self, entry: Entry, feature: Feature, target: str) -> str:
        found = self.place(Section.PROPERTY, target)
        if found is None:
            return "taken" if (Section.PROPERTY, target) in self._taken else "no-place"
        if feature.settable and found.schema.get("readOnly"):
            return "access"
        made = fit(entry, feature, found.schema)
        if isinstance(made, Misfit):
            return made.reason
        terms = dict(made.terms)
        if not feature.settable and not found.schema.get("readOnly"):
            terms |= {"readOnly": True, "hl:reason": ONLY_SHOWN}
        row = Row(keys=(feature.key,), names=(found.name,), conversion=made.conversion, settable=feature.settable)
        return "" if self.put(found, row, terms) else "full"

    def _action(self, entry: Entry, feature: Feature) -> str:
        if not entry.sends:
            return "access"
        found = self.place(Section.ACTION, entry.sends)
        if found is None:
            return "taken" if (Section.ACTION, entry.sends) in self._taken else "no-place"
        if found.schema.get("hl:danger", 0) < ASKS_A_PERSON and opens(feature, self._kind):
            return "danger"  # a button that unlatches a door is more than a button
        made = _sent(entry, feature, found.schema.get("input") or {})
        if isinstance(made, Misfit):
            return made.reason
        row = Row(keys=(feature.key,), names=(found.name,), conversion=made.conversion, section=Section.ACTION, told=False, settable=True)
        if not self.put(found, row, {}):
            return "full"
        if made.terms and entry.member:
            self._narrowing[f"{found.name}/{entry.member}"] = dict(made.terms)
        return ""

    def _bring(self, found: Place, terms: Mapping[str, Any]) -> bool:
        """Borrow it, or choose the feature that brings it and its words. False where it cannot be."""
        if found.mixin:
            entries = self._additions.setdefault(found.section.value, {})
            if found.name not in entries and self._count() >= MOST_ADDITIONS:
                return False
            reference = _REFERENCE.format(mixin=found.mixin, section=found.section.value, name=found.name)
            entries.setdefault(found.name, {"tm:ref": reference})
            return True
        words = terms.get("enum", found.schema.get("enum", ()))
        wanted = self._standard.bringing(self._kind, found, words)
        whole = self._standard.with_required(self._kind, self._features | wanted)
        if whole is None:
            return False
        self._features = whole
        return True

    def _own(self, feature: Feature, reason: str) -> None:
        """Make it the vendor's own."""
        if self._count() >= MOST_ADDITIONS:
            self._left.append(feature)
            return
        names = {name for entries in self._additions.values() for name in entries}
        asks = opens(feature, self._kind) or leads_in(feature, self._title, self._marks)
        if feature.key in self._guarded:
            feature = replace(feature, readable=False)  # the standard shows it already
        row, schema = own_row(own_name(self._vendor, feature, names), feature, reason, danger=ASKS_A_PERSON if asks else 1)
        self._additions.setdefault(row.section.value, {})[row.names[0]] = schema
        self._rows.append(row)

    def _count(self) -> int:
        return sum(len(entries) for entries in self._additions.values())

    def _withhold(self) -> None:
        """Say of every property the kind lets one set and no feature does that it cannot be set, and why."""
        settable = {name for row in self._rows if row.settable and row.section is Section.PROPERTY for name in row.names}
        for (_, name), place in self._standard.own(self._kind).items():
            if (
                place.section is not Section.PROPERTY
                or place.schema.get("readOnly")
                or (place.feature and place.feature not in self._features)
            ):
                continue
            if name not in settable:
                told = any(name in row.names for row in self._rows)
                terms = self._narrowing.setdefault(name, {})
                terms |= {"readOnly": True, "hl:reason": terms.get("hl:reason", ONLY_SHOWN if told else NOT_TOLD)}


def _sent(entry: Entry, feature: Feature, body: Mapping[str, Any]) -> Fit | Misfit:
    """Return how a feature that can only be set is an action's input: the whole of it, one member, or none."""
    if feature.type == "object":
        return fit(entry, feature, body)
    if not entry.member:
        if len(feature.words) != 1 and feature.type != "boolean":
            return Misfit("words")
        return Fit(Member("", Words(()), fixed=True if feature.type == "boolean" else feature.words[0]))
    schema = body.get("properties", {}).get(entry.member)
    if schema is None or set(body.get("required", ())) - {entry.member}:
        return Misfit("no-place")
    made = fit(entry, feature, schema)
    return made if isinstance(made, Misfit) else Fit(Member(entry.member, made.conversion), made.terms)
