"""What a newly activated set-top box must be: the rules of the data, judged on calendar days in Asia/Shanghai.

`passes` and `fails` are certain. `unknown` is said where a needed fact is missing, or the days of a cited standard are not known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""No summer time since 1991, so no time zone data is needed."""
ULTRA = frozenset({"UHD4K", "UHD8K"})
"""Classes the limits are for: GY/T 399 is about ultra-high definition boxes."""
TIMES = {"first-picture": "firstPictureTime", "normal-picture": "bootTime"}
"""Limit to the property that tells it."""


class BoxVerdict(StrEnum):
    """What the rules say of one box."""

    PASSES = "passes"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxFacts:
    """What the rules ask of a box; `first_activated` is a day in Asia/Shanghai, None while it was not activated or nobody knows.

    `reception` and `video_class` are "" where nobody knows them.
    """

    reception: str
    video_class: str
    smart: bool | None
    standards: tuple[str, ...] = ()
    first_activated: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxStandard:
    """A standard a box may cite; `counts`: it is issued by a body that satisfies the rules."""

    id: str
    counts: bool
    receptions: frozenset[str]
    classes: frozenset[str]
    first: date | None
    last: date | None

    def holds(self, facts: BoxFacts, day: date) -> bool | None:
        """Return whether citing it satisfies the rules on `day`; None where its dates are not known."""
        if not self.counts or facts.reception not in self.receptions or (facts.video_class and facts.video_class not in self.classes):
            return False
        if self.first is None or not facts.video_class:
            return None
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxRule:
    """A rule for boxes of these receptions first activated on `since` or later; None in a requirement means it does not ask."""

    id: str
    titles: Mapping[str, str]
    receptions: frozenset[str]
    since: date
    classes: frozenset[str] | None
    smart: bool | None
    standards: int
    source: str
    quote: str = ""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BoxLimit:
    """How long something may take a box, or how much of something it must bear."""

    id: str
    titles: Mapping[str, str]
    maximum: float
    unit: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxExcess:
    """A limit a box says itself that it misses."""

    limit: BoxLimit
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxReason:
    """A rule that is not met (`certain`) or may not be, the fact it is about, and why in words."""

    rule: str
    fact: str
    detail: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class BoxJudgement:
    """A verdict with its reasons; a box that passes has none."""

    verdict: BoxVerdict
    reasons: tuple[BoxReason, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxRules:
    """The whole table."""

    rules: tuple[BoxRule, ...]
    standards: Mapping[str, BoxStandard]
    bodies: Mapping[str, bool]
    replaced_receptions: frozenset[str]
    replaced_classes: frozenset[str]
    limits: Mapping[str, float]
    limit_rows: Mapping[str, BoxLimit] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    replacement_titles: Mapping[str, str] = field(default_factory=dict)
    replacement_quote: str = ""
    replacement_source: str = ""

    def rule(self, id: str) -> BoxRule | None:
        """Return a rule by its id."""
        return next((rule for rule in self.rules if rule.id == id), None)

    def judge(self, facts: BoxFacts) -> BoxJudgement:
        """Judge one box by every rule that applies to it."""
        if facts.first_activated is None:
            why = BoxReason(
                rule="", fact="firstActivated", detail="no first activation is known: nothing for new boxes applies", certain=False
            )
            return BoxJudgement(BoxVerdict.UNKNOWN, (why,))
        day = facts.first_activated
        if not facts.reception and any(day >= rule.since for rule in self.rules):
            why = BoxReason(rule="", fact="reception", detail="how it receives is not known, and the rules go by that", certain=False)
            return BoxJudgement(BoxVerdict.UNKNOWN, (why,))
        applying = (rule for rule in self.rules if facts.reception in rule.receptions and day >= rule.since)
        reasons = tuple(reason for rule in applying for reason in self._reasons(rule, facts, day))
        if any(reason.certain for reason in reasons):
            return BoxJudgement(BoxVerdict.FAILS, reasons)
        return BoxJudgement(BoxVerdict.UNKNOWN if reasons else BoxVerdict.PASSES, reasons)

    def to_replace(self, facts: BoxFacts) -> bool:
        """Return whether a box in use stands on the list of those to be replaced: no violation by itself."""
        return facts.reception in self.replaced_receptions and facts.video_class in self.replaced_classes

    def slow(self, times: Mapping[str, Any], facts: BoxFacts) -> tuple[BoxExcess, ...]:
        """Return the limits of time that an ultra-high definition box misses by its own word; `times`: seconds by property."""
        if facts.video_class not in ULTRA:
            return ()
        told = {self.limit_rows[name]: times.get(each) for name, each in TIMES.items() if name in self.limit_rows}
        return tuple(
            BoxExcess(limit=limit, value=float(value))
            for limit, value in told.items()
            if isinstance(value, int | float) and value > limit.maximum
        )

    def replacement_list(self, boxes: Mapping[str, BoxFacts], today: date) -> tuple[tuple[str, int | None], ...]:
        """Return id and age in whole years (None: unknown) of every box to be replaced, the oldest first."""
        ages = {name: age_of(facts.first_activated, today) for name, facts in boxes.items() if self.to_replace(facts)}
        return tuple(sorted(ages.items(), key=lambda entry: (entry[1] is None, -(entry[1] or 0), entry[0])))

    def _reasons(self, rule: BoxRule, facts: BoxFacts, day: date) -> Iterable[BoxReason]:
        if rule.classes is not None and not facts.video_class:
            yield BoxReason(rule=rule.id, fact="videoClass", detail="its picture class is not known", certain=False)
        elif rule.classes is not None and facts.video_class not in rule.classes:
            wanted = ", ".join(sorted(rule.classes))
            yield BoxReason(rule=rule.id, fact="videoClass", detail=f"{facts.video_class} is none of {wanted}")
        if rule.smart is not None and facts.smart is None:
            yield BoxReason(rule=rule.id, fact="smart", detail="it does not say whether it is a smart box", certain=False)
        elif rule.smart is not None and facts.smart is not rule.smart:
            yield BoxReason(rule=rule.id, fact="smart", detail="it is no smart box")
        if rule.standards:
            yield from self._lacking_standards(rule, facts, day)

    def _lacking_standards(self, rule: BoxRule, facts: BoxFacts, day: date) -> Iterable[BoxReason]:
        held = [self._holds(cited, facts, day) for cited in dict.fromkeys(facts.standards)]
        if held.count(True) >= rule.standards:
            return
        named = ", ".join(facts.standards) or "none"
        detail = f"of the standards it names ({named}) too few are national or broadcasting ones in force on {day.isoformat()}"
        possible = held.count(True) + held.count(None) >= rule.standards
        yield BoxReason(rule=rule.id, fact="standards", detail=detail, certain=not possible)

    def _holds(self, cited: str, facts: BoxFacts, day: date) -> bool | None:
        standard = self.standards.get(cited)
        if standard is not None:
            return standard.holds(facts, day)
        body = cited.replace("/", " ").partition(" ")[0]
        return None if self.bodies.get(body, False) else False


def facts_of(state: Mapping[str, Any]) -> BoxFacts:
    """Return the facts in the reported state of a set-top box."""
    return BoxFacts(
        reception=str(state.get("reception", "")),
        video_class=str(state.get("videoClass", "")),
        smart=state.get("smart"),
        standards=tuple(state.get("standards") or ()),
        first_activated=shanghai_day(state.get("firstActivated")),
    )


def shanghai_day(value: Any) -> date | None:
    """Return a day as it stands, and a moment (date-time with an offset) as the day it is in Asia/Shanghai; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        if "T" not in value:
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.astimezone(SHANGHAI).date()


def age_of(activated: date | None, today: date) -> int | None:
    """Return the age of a box in whole years, None where nobody knows."""
    if activated is None:
        return None
    return today.year - activated.year - ((today.month, today.day) < (activated.month, activated.day))
