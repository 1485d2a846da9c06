"""How a budget of seconds is spent: the cheap checks first, what is left over goes to the search for inputs that fail."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from gateway.conformance.selection import Selected

CHECKS: Final = 0.6
"""The part of a budget that the checks themselves may take by their own estimate."""
SEARCH: Final = 0.8
"""The part of its share in which a check may begin a new input."""


def within(budget: float, selection: Iterable[Selected]) -> list[Selected]:
    """Return the selection in its order; what the budget leaves no time for is skipped, the dearest first."""
    rest = list(selection)
    spent, affordable = 0.0, set()
    for at in sorted((at for at, each in enumerate(rest) if not each.skip), key=lambda at: rest[at].check.seconds):
        spent += rest[at].check.seconds
        if spent > budget * CHECKS:
            break
        affordable.add(at)
    return [each if each.skip or at in affordable else replace(each, skip=_dear(each, budget)) for at, each in enumerate(rest)]


def share(left: float, coming: Iterable[Selected]) -> float:
    """Return the seconds that the first of `coming` may take of those that are `left`."""
    costs = [each.check.seconds for each in coming if not each.skip]
    spare = (left - sum(costs)) / max(1, len(costs))
    return costs[0] + spare if spare > 0 else left * costs[0] / max(sum(costs), 1e-9)


def _dear(chosen: Selected, budget: float) -> str:
    return f"the budget of {budget:g} s leaves no time for it (it takes about {chosen.check.seconds:g} s)"
