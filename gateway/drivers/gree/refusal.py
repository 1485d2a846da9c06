"""Why a unit that answered the search cannot be used, in words for a person."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.drivers.gree.letter import canonical

if TYPE_CHECKING:
    from gateway.drivers.gree.mapping import Kind


def refusal(facts: Mapping[str, str]) -> str | None:
    """Return the reason, None when the unit can be used."""
    if not canonical(facts.get("mac", "")):
        return "a Gree unit that does not say who it is"
    if kind_for(facts) is None:
        return f"a Gree unit of sort {facts['mid']}, for which there is no mapping yet: add one to gateway/drivers/gree/kinds"
    return None


def kind_for(facts: Mapping[str, str]) -> "Kind | None":
    """Return the mapping data for what a unit said of itself; one that tells no sort has to prove an air conditioner when it is opened."""
    from gateway.drivers.gree.mapping import kinds  # noqa: PLC0415 - with all its words, and no sooner than a unit is there

    sort = facts.get("mid", "")
    if not sort:
        return next(kind for kind in kinds() if kind.kind == "air-conditioner")
    return next((kind for kind in kinds() if kind.is_sort(sort)), None)
