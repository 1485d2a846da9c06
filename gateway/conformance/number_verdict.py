"""Whether the numbers of a Thing Description say what they are: a registered unit, and both limits.

Where the kind itself gives a number no unit the standard is the reason. A vendor's own number without one says in its `description` what
it counts. What a gateway shows of a vendor's wire may lack the limits that wire never named; an appliance that speaks the profile has no
such excuse.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.conformance.td_verdict import Part, parts
from gateway.profile.resolver import read_yaml

UNITS: Final = Path(__file__).with_name("senml_units.yaml")
Known = Mapping[str, Mapping[str, Any]]
"""Place of a schema (`properties/power`) to what the kind says there."""


def number_mistakes(td: Mapping[str, Any], known: Known, *, native: bool) -> Iterator[str]:
    """Yield what is wrong with units and limits; `known`: what the standard says at the same places; `native`: it speaks for itself."""
    for part in parts(td):
        if "unit" in part.schema and part.schema["unit"] not in registered_units():
            yield f"{part.where}: {part.schema['unit']!r} is no unit of SenML"
        if part.schema.get("type") in ("number", "integer") and (native or part.where in known):
            yield from _of_number(part, known.get(part.where))


def _of_number(part: Part, standard: Mapping[str, Any] | None) -> Iterator[str]:
    if missing := [term for term in ("minimum", "maximum") if term not in part.schema] if "enum" not in part.schema else []:
        yield f"{part.where}: a number without {' and '.join(missing)}"
    if standard is not None and "unit" in part.schema and part.schema["unit"] != standard.get("unit"):
        yield f"{part.where}: its unit is {part.schema['unit']}, and the kind's is {standard.get('unit', 'none')}"
    if "unit" in part.schema:
        return
    if standard is None and "enum" not in part.schema and not part.schema.get("description"):
        yield f"{part.where}: a number without a unit, and no description says what it counts"
    elif standard is not None and "unit" in standard:
        yield f"{part.where}: a number without its unit, {standard['unit']}"


@cache
def registered_units() -> frozenset[str]:
    """Return the names SenML has for units."""
    return frozenset(name for names in read_yaml(UNITS).values() for name in names)
