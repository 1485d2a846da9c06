"""The driver record for Midea units on the LAN. No cloud: a unit of version 2 needs nothing, one of version 3 its token and its key.

Both secrets are brought in by the owner, once. A unit is known by its number, never by its address. Units of unknown types are seen and
declined; `refusal` says why.
"""

from pathlib import Path

from gateway.drivers.midea.refusal import KEYED, mapping_for, refusal
from gateway.drivers.midea.reply import PORTS
from gateway.drivers.midea.search import NAME, search
from gateway.drivers.parts.known import candidate_of
from gateway.drivers.parts.later import opening, pairing
from gateway.drivers.parts.sheet import kind_names
from gateway.drivers.spi import Candidate, Driver, Sighting

NEEDS = ("token", "key")


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the unit a sighting is of, None when it is of something else or of a unit that cannot be used."""
    if sighting.service != NAME or sighting.gone or refusal(sighting.facts) is not None:
        return None
    mapping = mapping_for(sighting.facts)
    if mapping is None:
        return None
    needs = NEEDS if sighting.facts["version"] == KEYED else ()
    return candidate_of(sighting, sighting.facts["id"], mapping.title, mapping.kind, needs)


DRIVER = Driver(
    name=NAME,
    title="Midea on the LAN (protocol versions 2 and 3)",
    kinds=kind_names(Path(__file__).parent / "kinds"),
    recognise=recognise,
    open=opening("gateway.drivers.midea.opening"),
    search=search,
    pair=pairing("gateway.drivers.midea.opening"),
    listens=tuple(f"udp answers to a search on port {port}" for port in PORTS),
    clear="version 2 of Midea's protocol",  # enciphered with one key for all units, which everybody knows
)
