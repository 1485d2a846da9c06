"""What one device can do, in the profile's words: from its model's data, and from what it has shown."""

from collections.abc import Collection
from typing import Final

from gateway.drivers.miio.sheet import ModelSheet
from gateway.thing.description import Description, Locality
from gateway.thing.identifier import derived_identifier

SCOPE: Final = "miio"


def describe(sheet: ModelSheet, device: int, firmware: str, shown: Collection[str]) -> Description:
    """Return the device; `shown` are the readings it has told a value of."""
    features = tuple(name for name, gives in sheet.features.items() if set(gives) <= set(shown))
    identity = {"maker": sheet.maker, "model": sheet.model, "sw": firmware}
    return Description(
        id=derived_identifier(sheet.prefix, SCOPE, str(device)),
        kind=sheet.kind,
        major=sheet.major,
        features=features,
        narrowing={name: terms for name, terms in sheet.narrowing.items() if sheet.gives.get(name, "") in ("", *features)},
        title=sheet.title,
        identity={name: value for name, value in identity.items() if value},
        locality=Locality.CLOUD_KEY,
    )
