"""The description of one device, of what its sheet says and what is its own."""

from collections.abc import Mapping
from typing import Any

from gateway.drivers.parts.sheet import Sheet
from gateway.thing.description import Description, Locality
from gateway.thing.identifier import derived_identifier


def described(
    sheet: Sheet,
    driver: str,
    key: str,
    *,
    features: tuple[str, ...],
    narrowing: Mapping[str, Mapping[str, Any]],
    identity: Mapping[str, str],
    additions: Mapping[str, Mapping[str, Any]] | None = None,
    locality: Locality = Locality.LOCAL,
) -> Description:
    """Return the device with this key.

    Narrowing of a property that only a feature brings goes with the feature; of `identity` (the maker is the sheet's unless it is in there)
    what is empty is left out.
    """
    return Description(
        id=derived_identifier(sheet.prefix, driver, key),
        kind=sheet.kind,
        major=sheet.major,
        features=features,
        narrowing={name: terms for name, terms in narrowing.items() if sheet.gives.get(name, "") in ("", *features)},
        additions=additions or {},
        title=sheet.title,
        identity={name: value for name, value in {"maker": sheet.maker, **identity}.items() if value},
        locality=locality,
    )
