"""How a device is found: by a hello to everybody, and by mDNS.

The hello tells the number of a device and not what it is; mDNS tells both, in its name: `zhimi-airpurifier-mb3_miio123456789`. Either way
the number is who it is. Both make the same candidate, so that one is not taken for a changed other.
"""

import re
from collections.abc import AsyncIterator
from typing import Final

from gateway.drivers.miio.models import kind_of
from gateway.drivers.miio.packet import HELLO, PORT, decode_introduction
from gateway.drivers.parts.search import Found, Question
from gateway.drivers.parts.search import search as ask_everybody
from gateway.drivers.spi import Candidate, SearchContext, Sighting

NAME: Final = "miio"
SERVICE: Final = "_miio._udp.local."
TOKEN: Final = "token"  # noqa: S105 - what it is called, not what it is
_OPEN: Final = "open"
"""The fact that a device tells its token to whoever asks; the token itself stays out of all records."""
_INSTANCE: Final = re.compile(r"(?P<model>[a-z0-9_-]+?)_miio(?P<device>\d{1,10})(?:\._miio\._udp\.local\.?)?")


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the device a sighting is of, None when it is of something else; whether it can be used is known once its token is."""
    if sighting.gone:
        return None
    if sighting.service == NAME:
        return _candidate(sighting, sighting.facts.get("did", ""), "")
    named = _INSTANCE.fullmatch(sighting.name) if sighting.service == SERVICE else None
    if named is None:
        return None
    return _candidate(sighting, named["device"].lstrip("0"), named["model"].replace("-", "."))


def search(where: SearchContext) -> AsyncIterator[Sighting]:
    """Yield each device that answers a hello."""
    return ask_everybody(where, NAME, [Question(HELLO, PORT)], _found)


def _found(data: bytes, _address: str) -> Found:
    said = decode_introduction(data)
    facts = {"did": str(said.device), _OPEN: "" if said.token is None else "yes"}
    return Found(key=str(said.device), name=f"miio-{said.device}", port=PORT, facts=facts)


def _candidate(sighting: Sighting, device: str, model: str) -> Candidate | None:
    if not device:
        return None
    return Candidate(
        driver=NAME,
        key=device,
        title=f"Xiaomi {model}" if model else device,  # the bare key: a better title seen otherwise is kept
        kind=kind_of(model) if model else None,
        address=sighting.address,
        port=PORT,
        needs=() if _OPEN in sighting.facts else (TOKEN,),
    )
