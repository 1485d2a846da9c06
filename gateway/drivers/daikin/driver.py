"""The driver record for Daikin adapters on the LAN: no cloud, no credential, nothing to pair.

A unit is known by the MAC of its adapter, never by where it stands on the network.
"""

from pathlib import Path

from gateway.drivers.daikin.search import NAME, UDP, refusal, search
from gateway.drivers.parts.known import candidate_of
from gateway.drivers.parts.later import opening
from gateway.drivers.parts.sheet import kind_names
from gateway.drivers.spi import Candidate, Driver, Sighting


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the unit a sighting is of, None when it is of something else or of an adapter that cannot be used."""
    if sighting.service != NAME or sighting.gone or refusal(sighting.facts) is not None:
        return None
    from gateway.drivers.daikin.mapping import kind_of  # noqa: PLC0415 - with all its words, and no sooner than a unit is there

    kind = kind_of()
    return candidate_of(sighting, sighting.facts["mac"], f"{kind.title} {sighting.name}".strip(), kind.kind)


DRIVER = Driver(
    name=NAME,
    title="Daikin adapters on the LAN (plain HTTP)",
    kinds=kind_names(Path(__file__).parent / "kinds"),
    recognise=recognise,
    open=opening("gateway.drivers.daikin.opening"),
    search=search,
    listens=(f"udp answers to a search on port {UDP}",),
    clear="Daikin's HTTP",
)
