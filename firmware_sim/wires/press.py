"""What a vendor's board does with settings: as much as the appliance takes, and no word about the rest."""

from collections.abc import Mapping
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal


def press(appliance: Appliance, values: Mapping[str, Any]) -> None:
    """Write the values; one that the appliance refuses is left out, and the others are tried again."""
    left = dict(values)
    while left:
        try:
            appliance.write(left)
        except Refusal as refusal:
            del left[refusal.property if refusal.property in left else next(reversed(left))]
        else:
            return
