"""The driver record for Gree units on the LAN: no cloud, no credential, nothing to pair.

A unit is known by the address of its radio, never by where it stands on the network. Its key is asked for at each opening and kept nowhere.
Any number of programs may speak with a unit at the same time.
"""

from pathlib import Path

from gateway.drivers.gree.letter import PORT
from gateway.drivers.gree.refusal import kind_for, refusal
from gateway.drivers.gree.search import NAME, search
from gateway.drivers.parts.known import candidate_of
from gateway.drivers.parts.later import opening
from gateway.drivers.parts.sheet import kind_names
from gateway.drivers.spi import Candidate, Driver, Sighting


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the unit a sighting is of, None when it is of something else or of a unit that cannot be used."""
    if sighting.service != NAME or sighting.gone or refusal(sighting.facts) is not None:
        return None
    kind = kind_for(sighting.facts)
    if kind is None:
        return None
    return candidate_of(sighting, sighting.facts["mac"], kind.title, kind.kind)


DRIVER = Driver(
    name=NAME,
    title="Gree on the LAN (protocol versions 1 and 2)",
    kinds=kind_names(Path(__file__).parent / "kinds"),
    recognise=recognise,
    open=opening("gateway.drivers.gree.opening"),
    search=search,
    listens=(f"udp answers to a search on port {PORT}",),
    clear="Gree's LAN protocol",  # enciphered with a key that every unit tells to whoever asks
)
