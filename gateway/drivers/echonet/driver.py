"""The driver record for ECHONET Lite: an open standard, nothing to pair, no key, and nobody is kept out.

A node is known by its identification number, never by its address; whoever is found at the address of a known one is asked who it is.
"""

from pathlib import Path

from gateway.drivers.echonet.plug import GROUP, PORT
from gateway.drivers.echonet.refusal import refusal, usable
from gateway.drivers.echonet.search import NAME, search
from gateway.drivers.parts.known import candidate_of
from gateway.drivers.parts.later import opening
from gateway.drivers.parts.sheet import kind_names
from gateway.drivers.spi import Candidate, Driver, Sighting


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the node a sighting is of, None when it is of something else or cannot be used."""
    if sighting.service != NAME or sighting.gone or refusal(sighting.facts) is not None:
        return None
    known = list(usable(sighting.facts).values())
    more = f" and {len(known) - 1} more" if len(known) > 1 else ""
    return candidate_of(sighting, sighting.facts["id"], known[0].title + more, known[0].kind)


DRIVER = Driver(
    name=NAME,
    title="ECHONET Lite",
    kinds=kind_names(Path(__file__).parent / "kinds"),
    recognise=recognise,
    open=opening("gateway.drivers.echonet.opening"),
    search=search,
    listens=(f"udp answers and announcements of appliances on port {PORT}, and of the group {GROUP}",),
    clear="ECHONET Lite",
)
