"""Terms of safe use: when the term of an appliance ends, and how many months are left of it. Never a reason to take control away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

INSTALLATION = "installation"


@dataclass(frozen=True, kw_only=True, slots=True)
class SafeUseTerm:
    """The term of one kind; `years` and `start` are None where no source is known. `cases`: facts that bring other years."""

    kind: str
    years: int | None
    start: str | None
    basis: str | None
    source: str
    cases: tuple[tuple[Mapping[str, Any], int], ...] = field(default=())

    def years_for(self, facts: Mapping[str, Any]) -> int | None:
        """Return the years of an appliance with these facts, such as the gas it burns."""
        for when, years in self.cases:
            if all(facts.get(name) == value for name, value in when.items()):
                return years
        return self.years

    def ends(self, *, purchased: date | None, installed: date | None = None, facts: Mapping[str, Any] | None = None) -> date | None:
        """Return the day the term ends; None where years or start are not known, which is not guessed."""
        years = self.years_for(facts or {})
        start = installed if self.start == INSTALLATION and installed is not None else purchased
        return None if years is None or start is None else years_after(start, years)


def years_after(day: date, years: int) -> date:
    """Return the same day `years` later; the 29th of February becomes the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def months_left(until: date, today: date) -> int:
    """Return the whole months from `today` until the end, rounded down: 0 in the last month, negative from the first day after it."""
    months = (until.year - today.year) * 12 + until.month - today.month
    return months - 1 if until.day < today.day else months
