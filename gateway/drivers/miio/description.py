"""What one device can do, in the profile's words: from its model's data, and from what it has shown."""

from collections.abc import Collection
from typing import Final

from gateway.drivers.miio.sheet import ModelSheet
from gateway.drivers.parts.description import described
from gateway.thing.description import Description, Locality

SCOPE: Final = "miio"


def describe(sheet: ModelSheet, device: int, firmware: str, shown: Collection[str]) -> Description:
    """Return the device; `shown` are the readings it has told a value of."""
    return described(
        sheet,
        SCOPE,
        str(device),
        features=sheet.features_of(shown),
        narrowing=sheet.limits,
        identity={"model": sheet.model, "sw": firmware},
        locality=Locality.CLOUD_KEY,
    )
