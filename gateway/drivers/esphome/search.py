"""How a node is found: it announces itself by mDNS; where a person names an address, it is asked there.

An announcement tells its MAC and whether it has an encryption key. Asked in clear, a node without a key tells who it is; one with a key
tells so, and its name and MAC at the first word of a handshake, which is begun with a key that is nobody's and comes to nothing.
"""

import base64
import secrets
from collections.abc import AsyncIterator
from typing import Final

from gateway.drivers.esphome.library import Secrets, identity_in
from gateway.drivers.esphome.link import PORT, linked
from gateway.drivers.esphome.message import Message
from gateway.drivers.esphome.roster import INFO, compact
from gateway.drivers.parts.text import shown as printable
from gateway.drivers.spi import Candidate, SearchContext, Sighting, host_and_port
from gateway.errors import ExtraMissing, HulianError, Unauthenticated, WireError
from gateway.thing.clock import Clock

NAME: Final = "esphome"
SERVICE: Final = "_esphomelib._tcp.local."
KEY: Final = "key"
PASSWORD: Final = "password"  # noqa: S105 - what it is called, not what it is
_ENCRYPTED: Final = "encrypted"
_YES: Final = "yes"


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the node a sighting is of, None for something else; both ways to find one make the same of it."""
    if sighting.gone or sighting.service not in (NAME, SERVICE) or not (mac := compact(sighting.facts.get("mac", ""))):
        return None
    encrypted = "api_encryption" in sighting.facts or sighting.facts.get(_ENCRYPTED) == _YES
    named = printable(sighting.facts.get("friendly_name", "")) or printable(sighting.name.removesuffix(f".{SERVICE}"))
    return Candidate(
        driver=NAME,
        key=mac,
        title=f"ESPHome {named}".strip(),
        address=sighting.address,
        port=sighting.port or PORT,
        facts={_ENCRYPTED: _YES} if encrypted else {},
        needs=(KEY,) if encrypted else (),
    )


async def search(where: SearchContext) -> AsyncIterator[Sighting]:
    """Ask each address a person has named; nothing is sent to anybody else."""
    for named in where.unicast:
        host, port = host_and_port(named)
        where.asked(host, f"{NAME}: hello over TCP {port or PORT}")
        try:
            facts, name = await _asked(host, port or PORT, where.context.clock)
        except (HulianError, OSError) as error:
            if not isinstance(error, ConnectionRefusedError):  # nothing listens there: it is no node, and asked it was
                where.dropped(host, str(error))
            if isinstance(error, ExtraMissing):
                return
            continue
        yield Sighting(
            source="broadcast", service=NAME, name=name, address=host, port=port or PORT, facts=facts, at=where.context.clock.now()
        )


async def _asked(host: str, port: int, clock: Clock) -> tuple[dict[str, str], str]:
    """Return what a node tells everybody and its name."""
    try:
        async with linked(host, port, Secrets(), "", clock) as link:
            info = (await link.asked(INFO, Message("DeviceInfoRequest"))).fields
            return {"mac": info.get("mac_address", "")}, printable(info.get("friendly_name")) or printable(info.get("name"))
    except Unauthenticated:
        return await _greeted(host, port, clock)


async def _greeted(host: str, port: int, clock: Clock) -> tuple[dict[str, str], str]:
    """Return what a node with a key tells before it refuses one that is nobody's."""
    nobodys = base64.b64encode(secrets.token_bytes(32)).decode()
    try:
        async with linked(host, port, Secrets(key=nobodys), "", clock):
            raise WireError("the node takes any key")
    except Unauthenticated as refused:
        name, mac = identity_in(refused)
    if not compact(mac):
        raise WireError("the node does not tell who it is: its program is from before 2025.4, or it asks for a password")
    return {"mac": mac, _ENCRYPTED: _YES}, printable(name)
