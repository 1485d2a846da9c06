"""Energy and water labels against their standards: which standard was in force, and whether a label is grade 2 or better.

"2级及以上" means a grade number of at most 2. A label counts where its standard covers the kind and was in force on the day of manufacture.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class LabelFlaw(StrEnum):
    """Why a label does not count."""

    NO_LABEL = "no-label"
    MADE_UNKNOWN = "made-unknown"
    STANDARD_UNKNOWN = "standard-unknown"
    OTHER_KIND = "other-kind"
    DATES_UNKNOWN = "dates-unknown"
    NOT_YET = "not-yet-in-force"
    NO_LONGER = "no-longer-in-force"
    GRADES_DIFFER = "number-of-grades-differs"
    GRADE_TOO_HIGH = "grade-too-high"


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelStandard:
    """One standard; `first` and `last` are its first and last day in force, None where unknown or open."""

    id: str
    kinds: frozenset[str]
    schemes: tuple[str, ...]
    grades: int | None
    metric: str | None
    unit: str | None
    first: date | None
    last: date | None
    replaced_by: str | None
    source: str
    excepted: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def covers(self, kind: str, facts: Mapping[str, Any]) -> bool:
        """Return whether it is for `kind`; `facts` are properties that may take a device out, such as the reception of a box."""
        return kind in self.kinds and not any(facts.get(name) in values for name, values in self.excepted.items())

    def flaw_on(self, day: date) -> LabelFlaw | None:
        """Return why it is not in force on `day`, or None where it is."""
        if self.first is None:
            return LabelFlaw.DATES_UNKNOWN
        if day < self.first:
            return LabelFlaw.NOT_YET
        return LabelFlaw.NO_LONGER if self.last is not None and day > self.last else None


def in_force(standards: Iterable[LabelStandard], kind: str, day: date, facts: Mapping[str, Any] | None = None) -> tuple[LabelStandard, ...]:
    """Return the standards in force for `kind` on `day`: none, one, or several (fixed and variable speed had one each)."""
    return tuple(each for each in standards if each.covers(kind, facts or {}) and each.flaw_on(day) is None)


def label_flaws(
    standards: Iterable[LabelStandard],
    kind: str,
    labels: Sequence[Mapping[str, Any]],
    made: date | None,
    *,
    at_most: int = 2,
    facts: Mapping[str, Any] | None = None,
) -> tuple[LabelFlaw, ...]:
    """Return what keeps a device from "grade `at_most` or better"; empty where every label it carries (at least one) is that good."""
    if not labels:
        return (LabelFlaw.NO_LABEL,)
    if made is None:
        return (LabelFlaw.MADE_UNKNOWN,)
    known = tuple(standards)
    found = [flaw for label in labels for flaw in _flaws(known, kind, label, made, at_most, facts or {})]
    return tuple(dict.fromkeys(found))


def _flaws(
    known: Sequence[LabelStandard], kind: str, label: Mapping[str, Any], made: date, at_most: int, facts: Mapping[str, Any]
) -> Iterable[LabelFlaw]:
    """Yield what is wrong with one label. One standard may stand in several rows: its kinds have numbers of grades of their own."""
    rows = [each for each in known if each.id == label.get("std")]
    standard = next((each for each in rows if each.covers(kind, facts)), None)
    if standard is None:
        yield LabelFlaw.OTHER_KIND if rows else LabelFlaw.STANDARD_UNKNOWN
    elif (flaw := standard.flaw_on(made)) is not None:
        yield flaw
    elif standard.grades is not None and label.get("gradesTotal") != standard.grades:
        yield LabelFlaw.GRADES_DIFFER
    grade = label.get("grade")
    if not isinstance(grade, int) or not 1 <= grade <= at_most:
        yield LabelFlaw.GRADE_TOO_HIGH
