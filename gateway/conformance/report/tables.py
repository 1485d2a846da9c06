"""What was counted: by group of the list, and by the four subjects that GB/T 38052.7 names."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from gateway.conformance.report.words import Texts, texts
from gateway.conformance.requirement import Subject, group_titles, requirements
from gateway.conformance.verdict import Result, Standing

SUBJECTS: Final = ("appliance", "vendor-platform", "control-terminal", "management-unit")
"""The subjects of GB/T 38052.7, in its words; this suite judges the first."""
SELF: Final = "/self"


@dataclass(frozen=True, slots=True)
class Row:
    """A name, and how many requirements stand how; all zero where nothing was judged."""

    titles: Texts
    counts: Counter[Standing]

    @property
    def judged(self) -> bool:
        """Return whether there is anything to count."""
        return bool(self.counts)


def groups(result: Result) -> list[Row]:
    """Return one row a group, those that were met."""
    found: dict[str, Counter[Standing]] = {}
    for name, standing in result.standings().items():
        found.setdefault(requirements()[name].group, Counter())[standing] += 1
    return [Row(titles, found[group]) for group, titles in group_titles().items() if group in found]


def subjects(result: Result) -> list[Row]:
    """Return one row a subject."""
    counts = Counter(standing for name, standing in result.standings().items() if requirements()[name].subject is Subject.APPLIANCE)
    through = "appliance" if through_nobody(result) else "appliance-through"
    return [Row(texts(through), counts), *(Row(texts(name), Counter()) for name in SUBJECTS[1:])]


def through_nobody(result: Result) -> bool:
    """Return whether the appliance spoke for itself, and no management unit stood before it."""
    return any(str(result.facts.get(name, "")).endswith(SELF) for name in ("coap", "mqtt")) or not (
        result.facts.get("coap") or result.facts.get("mqtt")
    )
