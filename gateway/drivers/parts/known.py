"""A unit as it was found, and as it is known afterwards: what drivers do alike at both ends."""

from gateway.drivers.spi import Candidate, Registration, Sighting
from gateway.errors import Offline


def candidate_of(sighting: Sighting, key: str, title: str, kind: str, needs: tuple[str, ...] = ()) -> Candidate:
    """Return the unit that a driver's own search has seen: where it is and what it says of itself are the sighting's."""
    return Candidate(
        driver=sighting.service,
        key=key,
        title=title,
        kind=kind,
        address=sighting.address,
        port=sighting.port,
        facts=sighting.facts,
        needs=needs,
    )


def address_of(registration: Registration) -> str:
    """Return where the unit was last seen; raise Offline when it has not been seen yet."""
    if not registration.address:
        raise Offline("the unit has not been seen yet")
    return registration.address
