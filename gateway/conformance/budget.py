"""How a budget of seconds is spent: the cheap checks first, what is left over goes to the search for inputs that fail."""

from collections.abc import Iterable
from typing import Final

from gateway.conformance.selection import Selected

CHECKS: Final = 0.75
"""The part of a budget that the checks themselves may take by their own estimate."""
SEARCH: Final = 0.8
"""The part of its share in which a check may begin a new input."""


def ordered(budget: float, selection: Iterable[Selected]) -> list[Selected]:
    """Return the selection with what the budget surely has time for first, in its own order, and then the rest, the cheapest first."""
    rest = list(selection)
    spent, dear = 0.0, set()
    for at in sorted((at for at, each in enumerate(rest) if not each.skip), key=lambda at: rest[at].check.seconds):
        spent += rest[at].check.seconds
        if spent > budget * CHECKS:
            dear.add(at)
    first = [each for at, each in enumerate(rest) if at not in dear]
    return first + sorted((rest[at] for at in sorted(dear)), key=lambda each: each.check.seconds)


def share(left: float, coming: Iterable[Selected]) -> float:
    """Return the seconds that the first of `coming` may take of those that are `left`: its cost, and its part of what is left over."""
    costs = [each.check.seconds for each in coming if not each.skip]
    spent, fit = 0.0, 0
    for cost in costs:
        if spent + cost > left:
            break
        spent, fit = spent + cost, fit + 1
    return left if fit == 0 else costs[0] + (left - spent) / fit


def dear(chosen: Selected, left: float) -> str:
    """Return why there is no time left for a check, "" where there is."""
    if chosen.check.seconds <= left:
        return ""
    return f"the budget leaves no time for it (it takes about {chosen.check.seconds:g} s)"
