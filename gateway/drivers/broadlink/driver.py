"""The driver record for Broadlink transmitters: found and spoken to over UDP 80, known by their MAC, and nobody's cloud.

What a transmitter has learned and the appliances it speaks for are kept by the hub under the same MAC.
"""

from gateway.drivers.broadlink.models import model_of
from gateway.drivers.broadlink.search import NAME, PORT, number_of, refusal, search
from gateway.drivers.parts.known import candidate_of
from gateway.drivers.parts.later import opening
from gateway.drivers.spi import Candidate, Driver, Sighting


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the unit a sighting is of, None when it is of something else or of a unit that cannot be used."""
    if sighting.service != NAME or sighting.gone or refusal(sighting.facts) is not None:
        return None
    model = model_of(number_of(sighting.facts))
    return candidate_of(sighting, sighting.facts["mac"], f"Infrared transmitter {model.name} {sighting.name}".strip(), "ir-remote")


DRIVER = Driver(
    name=NAME,
    title="Broadlink infrared transmitters on the LAN",
    kinds=("air-conditioner", "fan", "ir-remote", "set-top-box", "uhd-tv"),
    recognise=recognise,
    open=opening("gateway.drivers.broadlink.opening"),
    search=search,
    listens=(f"udp answers to a search on port {PORT}",),
    clear="Broadlink's protocol, whose first key everybody knows",
)
