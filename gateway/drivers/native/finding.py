"""Recognising a native appliance: by its announcement, by what it keeps on the broker, or by asking an address.

Facts of a registration: `mqtt` is "1" when the appliance is (also) on the hub's broker; `coap` is "1" when address and
port lead to its CoAP endpoint; `h` is the beginning of its description's hash, kept where only CoAP leads to it.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator

from gateway.drivers.native.appliance import read_td
from gateway.drivers.native.endpoint import coap_client
from gateway.drivers.native.links import COAP_PORT, base_url
from gateway.drivers.spi import Candidate, SearchContext, Sighting
from gateway.errors import BadSyntax, CommandError, WireError
from gateway.protocol.coap import CoapClient, Method
from gateway.protocol.coap.client import refusal
from gateway.thing.identifier import check_identifier

SERVICE = "_wot._udp.local."
_EP = re.compile(r"</d/self/td>[^,]*;ep=\"?([a-z0-9-]{1,64})")
"""The endpoint name (RFC 9176) in the link to the description."""
_TOPIC = re.compile(r"hulian/1/([a-z0-9-]{1,64})/self/")
_TOGETHER = 16
_PATIENCE = 4.0


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the appliance behind a sighting; None for directories (gateways), other things and names that cannot be ids."""
    if sighting.gone or sighting.service not in {SERVICE, "native"}:
        return None
    identifier = _identifier(sighting)
    if identifier is None or sighting.facts.get("type", "Thing") != "Thing" or sighting.facts.get("scheme", "coap") != "coap":
        return None
    kind = sighting.facts.get("k") or None
    return Candidate(
        driver="native",
        key=identifier,
        title=sighting.facts.get("title", "")[:128] or identifier,
        kind=kind[:64] if kind else None,
        address=sighting.address,
        port=sighting.port,
        facts=_facts(sighting),
    )


def _identifier(sighting: Sighting) -> str | None:
    text = sighting.facts.get("id") or (sighting.name if sighting.source == "broker" else "")
    try:
        return check_identifier(text)
    except BadSyntax:
        return None


def _facts(sighting: Sighting) -> dict[str, str]:
    facts = {}
    if sighting.source == "broker" or sighting.facts.get("mq") == "1":
        facts["mqtt"] = "1"
    elif sighting.facts.get("h"):
        facts["h"] = sighting.facts["h"][:8]
    if sighting.address:
        facts["coap"] = "1"
    return facts


async def search(wanted: SearchContext) -> AsyncIterator[Sighting]:
    """Ask each host of the unicast list (`host` or `host:port`) who it is; who has a key must show it."""
    async with coap_client(wanted.context) as client:
        for start in range(0, len(wanted.unicast), _TOGETHER):
            together = wanted.unicast[start : start + _TOGETHER]
            for found in await asyncio.gather(*(_ask(client, where, wanted) for where in together)):
                if found is not None:
                    yield found


async def _ask(client: CoapClient, where: str, wanted: SearchContext) -> Sighting | None:
    host, _, port = where.partition(":")
    number = int(port) if port.isdecimal() else COAP_PORT
    wanted.asked(where, "CoAP GET /.well-known/core and /d/self/td")
    try:
        core = await _get(client, f"{base_url(host, number)}/.well-known/core")
        payload = await _get(client, f"{base_url(host, number)}/d/self/td", peer=_said(core))
        facts = _told(core, payload)
    except (CommandError, WireError) as error:
        wanted.dropped(where, str(error))
        return None
    return Sighting(source="manual", service="native", name=facts["id"], address=host, port=number, facts=facts)


async def _get(client: CoapClient, url: str, peer: str = "") -> bytes:
    answer = await client.request(Method.GET, url, peer=peer, timeout=_PATIENCE)
    error = refusal(answer)
    if error is not None:
        raise error
    return answer.payload


def _said(core: bytes) -> str:
    """Return the id in the links, "" where there is none."""
    named = _EP.search(core.decode(errors="replace"))
    return named[1] if named is not None else ""


def _told(core: bytes, payload: bytes) -> dict[str, str]:
    """Return id, kind, title and the hash's beginning from what an address answered; raise WireError when it does not say its id."""
    td = read_td(payload)
    named = _EP.search(core.decode(errors="replace")) or _TOPIC.search(payload.decode(errors="replace"))
    if named is None:
        raise WireError("it does not say its id over CoAP: it will be taken when its mDNS announcement is heard")
    kind, title = (str(td.get(name, "")) for name in ("hl:kind", "title"))
    return {"id": named[1], "k": kind, "title": title, "h": hashlib.sha256(payload).hexdigest()[:8]}
