"""Why a unit may have left the network while the network is up: units of some makes give it up hours after the internet went.

Users took that for a broken hub. What the hub sees is a unit that stops answering and, if anything tells, that the internet went before.
Both together are said; one of them alone is not made into the other.
"""

from collections.abc import Iterable

from gateway.errors import Offline, TimedOut
from gateway.thing.description import Description, Locality
from gateway.thing.internet import Sign
from gateway.thing.timestamp import iso

_SURE = "units of this make leave the network some hours after the internet is gone, and come back with it"
_MAYBE = "some units whose key is from a cloud do not stay without it, and come back with it"


def explained(reason: str, error: BaseException, devices: Iterable[Description], sign: Sign, left: float) -> str:
    """Return the reason why a unit does not answer, with what is known of the internet; `left`: when it did, seconds since the epoch."""
    needs = {device.locality for device in devices} & {Locality.NEEDS_INTERNET, Locality.CLOUD_KEY}
    if not needs or not isinstance(error, TimedOut | Offline | OSError):
        return reason
    sure = Locality.NEEDS_INTERNET in needs
    if sign.there is False and sign.since < left:
        return f"{reason}. The internet has been gone since {iso(sign.since)}: {_SURE if sure else _MAYBE}"
    if sign.there is None and sure:
        return f"{reason}. Is the internet there? {_SURE.capitalize()}"
    return reason
