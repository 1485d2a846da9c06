"""What may go wrong in a rehearsal, by choice: each fault as the requests on the simulator's control socket that make it happen.

A device that is away is known to be away when the scene begins; a silent one vanishes unnoticed at that moment.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from gateway.errors import BadSyntax

AWAY, LOCAL_ONLY = "away", "local"
SLOW: Final = frozenset({"slow", "lossy"})
"""Faults that take the machine's own time."""
REMOTE: Final = "remoteEnabled"
FAULTS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    AWAY: ("cannot be reached, and the hub knows", {"do": "network", "silent": True}),
    "silent": ("vanishes as the scene begins, and nobody knows yet", {"do": "network", "silent": True}),
    "slow": ("every message takes 3 s", {"do": "network", "delay": 3.0}),
    "lossy": ("three of ten messages are lost", {"do": "network", "loss": 0.3}),
    "dark": ("its mains is cut as the scene begins", {"do": "power", "state": "off"}),
    LOCAL_ONLY: ("somebody has switched its remote control off", {"do": "touch", "set": {REMOTE: False}}),
}
"""Word -> what it means, and the request."""
_CODE: Final = re.compile(r"[A-Z]+(\.[A-Z0-9-]+)+\Z")
"""A code of the fault catalogue, such as REFRIG.LOW-CHARGE: the appliance has this fault."""


def request(device: str, fault: str) -> dict[str, Any]:
    """Return what the simulator is asked so that a device has a fault."""
    if _CODE.match(fault):
        return {"do": "fault", "unit": device, "code": fault}
    return {**FAULTS[fault][1], "unit": device}


def checked(fault: str) -> str:
    """Return a fault's word; raise BadSyntax naming those there are."""
    if fault in FAULTS or _CODE.match(fault):
        return fault
    words = "; ".join(f"{word}: {says}" for word, (says, _) in FAULTS.items())
    raise BadSyntax(f"{fault!r} is no fault. There are {words}; or a code of the catalogue such as REFRIG.LOW-CHARGE")


def each_away(devices: Iterable[str]) -> list[dict[str, str]]:
    """Return one choice of faults for every device: that one is away."""
    return [{device: AWAY} for device in devices]
