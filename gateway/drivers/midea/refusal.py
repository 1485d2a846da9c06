"""Why a unit that answered the search cannot be used, in words for a person."""

from collections.abc import Mapping as MappingOf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.drivers.midea.mapping import Mapping

PLAIN, KEYED = "2", "3"
"""Versions of the protocol: anybody may speak to a unit of the first, only who has its token and key to one of the second."""


def refusal(facts: MappingOf[str, str]) -> str | None:
    """Return the reason, None when the unit can be used."""
    if not number_of(facts.get("id", "")):
        return "a Midea unit that does not say its number"
    if facts.get("version") not in {PLAIN, KEYED}:
        return "a Midea unit of an unknown protocol version"
    if mapping_for(facts) is None:
        return f"a Midea unit of type {facts.get('type', '?').upper()}, for which there is no mapping yet"
    return None


def mapping_for(facts: MappingOf[str, str]) -> "Mapping | None":
    """Return the mapping data for what a unit said about itself."""
    from gateway.drivers.midea.mapping import mapping_of  # noqa: PLC0415 - with all its words, and no sooner than a unit is there

    try:
        appliance = int(facts.get("type", ""), 16)
    except ValueError:
        return None
    return mapping_of(appliance, facts.get("model", ""))


def number_of(text: str) -> int:
    """Return the unit's number, zero when the text is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else 0  # noqa: PLR2004 - 64 bits
