"""Where the features of one part land: each exactly once, on the kind's own, on a standard mixin, or as the vendor's own."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.drivers.parts.selfdescribed.buttons import gestures
from gateway.drivers.parts.selfdescribed.colour import Colour
from gateway.drivers.parts.selfdescribed.conversion import Linear, Member, Switched, Words
from gateway.drivers.parts.selfdescribed.feature import Category, Feature
from gateway.drivers.parts.selfdescribed.fitting import Fit, Misfit, fit, steps
from gateway.drivers.parts.selfdescribed.kinds import mark_of
from gateway.drivers.parts.selfdescribed.row import Part, Row, Section
from gateway.drivers.parts.selfdescribed.standard import Place, Standard
from gateway.drivers.parts.selfdescribed.vendor import own_name, own_row
from gateway.drivers.parts.selfdescribed.vocabulary import Entry, vocabulary

ONLY_SHOWN, NOT_TOLD = "this device only shows it", "this device does not have it"
MOST_ADDITIONS = 256
_ORDER = {Category.MAIN: 0, Category.CONFIG: 1, Category.DIAGNOSTIC: 2}
_REFERENCE = "./{mixin}.yaml#/{section}/{name}"


class Landing:
    """The making of one part."""

    def __init__(self, standard: Standard, kind: str, vendor: str) -> None:
        self._standard = standard
        self._kind = kind
        self._vendor = vendor
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
            if not self._join(name, members):
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

    def _joins(self, feature: Feature) -> Entry | None:
        entries = (entry for entry in vocabulary().about(feature, self._kind, self._marks) if entry.join)
        return next((entry for entry in entries if self._standard.place(self._kind, Section.PROPERTY, entry.to) is not None), None)

    def _join(self, name: str, members: list[tuple[Entry, Feature]]) -> bool:
        """Make several features one property: a colour."""
        found = self._place(Section.PROPERTY, name)
        role = {entry.join: index for index, (entry, _) in enumerate(members)}
        forms = tuple((form, tuple(role[each] for each in parts)) for form, parts in _FORMS if all(each in role for each in parts))
        lone = len(role) != len(members) or {each for form, parts in _FORMS if (form, *parts) for each in parts if each in role} != set(
            role
        )
        if found is None or not forms or lone or sum(len(places) for _, places in forms) != len(members):
            return False
        if not self._bring(found):
            return False
        full = next((feature.maximum for entry, feature in members if entry.join in ("saturation", "red") and feature.maximum), None)
        default = 255.0 if "red" in role else 100.0
        settable = any(feature.settable for _, feature in members)
        self._put(
            found,
            Row(
                keys=tuple(feature.key for _, feature in members),
                names=(name,),
                conversion=Colour(forms, len(members), float(full or default)),
                told=any(feature.readable for _, feature in members),
                settable=settable,
            ),
            {},
        )
        return True

    def _stands(self, feature: Feature) -> str:
        """Put a feature where it belongs in the standard; return why it belongs nowhere, "" where it does."""
        reason = "no-word"
        for entry in vocabulary().about(feature, self._kind, self._marks):
            reason = self._try(entry, feature)
            if not reason:
                return ""
        return reason

    def _try(self, entry: Entry, feature: Feature) -> str:
        if feature.event:
            return self._event(entry, feature)
        if not feature.readable:
            return self._action(entry, feature) if feature.settable else "access"
        target = entry.within.get(self._kind, entry.to)
        if not target:
            return "no-word" if entry.sends or self._kind in entry.within else "access"
        if entry.how == "switched":
            return self._switched(entry, feature, target)
        found = self._place(Section.PROPERTY, target)
        if found is None:
            return "taken" if (Section.PROPERTY, target) in self._taken else "no-place"
        if feature.settable and found.schema.get("readOnly"):
            return "access"
        made = fit(entry, feature, found.schema)
        if isinstance(made, Misfit):
            return made.reason
        return self._property(found, feature, made)

    def _property(self, found: Place, feature: Feature, made: Fit) -> str:
        terms = dict(made.terms)
        if (
            isinstance(made.conversion, Linear)
            and (step := steps(feature, {**found.schema, **terms}, made.conversion)) is not None
            and not feature.readable
        ):
            terms["multipleOf"] = step
        if not feature.settable and not found.schema.get("readOnly"):
            terms |= {"readOnly": True, "hl:reason": ONLY_SHOWN}
        if not self._bring(found):
            return "full"
        row = Row(keys=(feature.key,), names=(found.name,), conversion=made.conversion, settable=feature.settable)
        self._put(found, row, terms)
        return ""

    def _switched(self, entry: Entry, feature: Feature, target: str) -> str:
        """One feature for `power` and `mode`."""
        power, mode = (self._place(Section.PROPERTY, name) for name in ("power", target))
        off = next((word for word in feature.words if word.lower() == "off"), None)
        if power is None or feature.type != "string":
            return "taken"
        others = tuple(word for word in feature.words if word != off)
        if mode is None:
            return self._only_on(feature, power, off, others)
        from dataclasses import replace  # noqa: PLC0415

        made = fit(entry, replace(feature, words=others), mode.schema) if others else Misfit("words")
        if isinstance(made, Misfit) or not isinstance(made.conversion, Words):
            return made.reason if isinstance(made, Misfit) else "words"
        if feature.settable and mode.schema.get("readOnly"):
            return "access"
        terms = dict(made.terms) | ({} if feature.settable else {"readOnly": True, "hl:reason": ONLY_SHOWN})
        if not self._bring(mode) or (off is not None and not self._bring(power)):
            return "full"
        if off is None:
            self._put(mode, Row(keys=(feature.key,), names=(mode.name,), conversion=made.conversion, settable=feature.settable), terms)
            return ""
        row = Row(keys=(feature.key,), names=("power", mode.name), conversion=Switched(off, made.conversion), settable=feature.settable)
        self._put(mode, row, terms)
        self._taken.add((Section.PROPERTY, "power"))
        if not feature.settable:
            self._narrowing["power"] = {"readOnly": True, "hl:reason": ONLY_SHOWN}
        return ""

    def _only_on(self, feature: Feature, power: Place, off: str | None, others: tuple[str, ...]) -> str:
        """Put it on a kind that knows on and off only: one word for each."""
        if off is None or len(others) != 1:
            return "words"
        made = Fit(Words(((others[0], True), (off, False))))
        return self._property(power, feature, made)

    def _action(self, entry: Entry, feature: Feature) -> str:
        if not entry.sends:
            return "access"
        found = self._place(Section.ACTION, entry.sends)
        if found is None:
            return "taken" if (Section.ACTION, entry.sends) in self._taken else "no-place"
        body = found.schema.get("input") or {}
        if feature.type == "object":
            made = fit(entry, feature, body)
            conversion = made.conversion if isinstance(made, Fit) else None
            terms: Mapping[str, Any] = {}
        elif not entry.member:
            if len(feature.words) != 1 and feature.type != "boolean":
                return "words"
            made = Fit(Member("", Words(()), fixed=True if feature.type == "boolean" else feature.words[0]))
            conversion, terms = made.conversion, {}
        else:
            schema = body.get("properties", {}).get(entry.member)
            if schema is None or set(body.get("required", ())) - {entry.member}:
                return "no-place"
            made = fit(entry, feature, schema)
            conversion = Member(entry.member, made.conversion) if isinstance(made, Fit) else None
            terms = made.terms if isinstance(made, Fit) else {}
        if isinstance(made, Misfit) or conversion is None:
            return made.reason if isinstance(made, Misfit) else "type"
        if not self._bring(found):
            return "full"
        row = Row(keys=(feature.key,), names=(found.name,), conversion=conversion, section=Section.ACTION, told=False, settable=True)
        self._put(found, row, {})
        if terms:
            self._narrowing[f"{found.name}/{entry.member}"] = dict(terms)
        return ""

    def _event(self, entry: Entry, feature: Feature) -> str:
        if entry.how != "gestures":
            return "type"
        found = self._place(Section.EVENT, entry.to)
        made = gestures(feature, entry.to)
        if found is None or made is None:
            return "taken" if found is None else "words"
        places = [self._standard.place(self._kind, Section.EVENT, name) for name in made.names]
        if any(place is None for place in places):
            return "no-place"
        for place in places:
            if place is not None and not self._bring(place):
                return "full"
        self._taken |= {(Section.EVENT, name) for name in made.names}
        self._rows.append(Row(keys=(feature.key,), names=made.names, conversion=made.conversion, section=Section.EVENT))
        return ""

    def _place(self, section: Section, name: str) -> Place | None:
        """Return where an affordance is to be had that no feature has yet."""
        return None if (section, name) in self._taken else self._standard.place(self._kind, section, name)

    def _bring(self, found: Place) -> bool:
        """Let the device have the affordance: by the feature that brings it, or borrowed. False where it cannot."""
        if found.mixin:
            entries = self._additions.setdefault(found.section.value, {})
            if found.name not in entries and self._count() >= MOST_ADDITIONS:
                return False
            entries.setdefault(found.name, {"tm:ref": _REFERENCE.format(mixin=found.mixin, section=found.section.value, name=found.name)})
        elif found.feature:
            whole = self._standard.with_required(self._kind, self._features | {found.feature})
            if whole is None:
                return False
            self._features = whole
        return True

    def _put(self, found: Place, row: Row, terms: Mapping[str, Any]) -> None:
        self._taken.add((found.section, found.name))
        self._rows.append(row)
        if not terms:
            return
        if found.mixin:
            self._additions[found.section.value][found.name] |= terms
        else:
            self._narrowing[found.name] = dict(terms)

    def _own(self, feature: Feature, reason: str) -> None:
        """Make it the vendor's own."""
        if self._count() >= MOST_ADDITIONS:
            self._left.append(feature)
            return
        names = {name for entries in self._additions.values() for name in entries}
        row, schema = own_row(own_name(self._vendor, feature, names), feature, reason)
        self._additions.setdefault(row.section.value, {})[row.names[0]] = schema
        self._rows.append(row)

    def _count(self) -> int:
        return sum(len(entries) for entries in self._additions.values())

    def _withhold(self) -> None:
        """Say of every property the kind lets one set and no feature does that it cannot be set, and why."""
        settable = {name for row in self._rows if row.settable and row.section is Section.PROPERTY for name in row.names}
        for (section, name), place in self._standard.own(self._kind).items():
            if section is not Section.PROPERTY or place.schema.get("readOnly") or (place.feature and place.feature not in self._features):
                continue
            if name not in settable:
                told = any(name in row.names for row in self._rows)
                terms = self._narrowing.setdefault(name, {})
                terms |= {"readOnly": True, "hl:reason": ONLY_SHOWN if told else NOT_TOLD}


_FORMS = (("xy", ("x", "y")), ("hs", ("hue", "saturation")), ("rgb", ("red", "green", "blue")))
