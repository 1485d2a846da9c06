"""The search: everybody is asked for the first page over UDP 30050, and answers with the same line as over HTTP.

Programs from 2.8 on answer too, but speak another protocol, and BRP072C adapters want an enciphered connection and a registered client:
both are told to the doctor with the reason. The line says nothing of the port where pages are: that is 80. One that stands in for an
adapter and has another says so in a word of its own, `http_port`.
"""

import re
from collections.abc import AsyncIterator, Mapping

from gateway.drivers.daikin.message import OK, decode, plain_name
from gateway.drivers.parts.search import Found, Question
from gateway.drivers.parts.search import search as search_by_datagram
from gateway.drivers.spi import SearchContext, Sighting
from gateway.errors import WireError

NAME = "daikin"
UDP, HTTP = 30050, 80
CALL = b"DAIKIN_UDP/common/basic_info"
_MAC = re.compile(r"[0-9A-F]{12}\Z").match
_TOLD = ("mac", "type", "protocol", "ver", "en_secure")
_HIGHEST_PORT = 65535


def read(data: bytes, address: str) -> Found:  # noqa: ARG001 - who it is stands in what it says
    """Return who answered; raise WireError when it is no adapter."""
    answer = decode(data)
    mac = answer.words.get("mac", "").upper()
    if answer.ret != OK or not _MAC(mac):
        raise WireError("an answer that says no MAC")
    facts = {name: answer.words.get(name, "") for name in _TOLD} | {"mac": mac}
    return Found(
        key=mac, name=plain_name(answer.words.get("name", "")), port=_port(answer.words), facts=facts, refusal=refusal(facts) or ""
    )


def refusal(facts: Mapping[str, str]) -> str | None:
    """Return why an adapter cannot be used, None when it can."""
    version = facts.get("ver", "").replace("_", ".")
    if facts.get("protocol") == "DGC" or facts.get("type") == "GPF":
        return f"this Daikin adapter has program {version}, which speaks another protocol (from 2.8 on); this hub does not know it yet"
    if facts.get("en_secure") == "1":
        return "this Daikin adapter (BRP072C) takes only enciphered connections of registered clients; this hub cannot do that yet"
    if (sort := facts.get("type", "aircon")) != "aircon":
        return f"this Daikin adapter is for a {sort!r}, and only air conditioners are known"
    return None


async def search(where: SearchContext) -> AsyncIterator[Sighting]:
    """Yield each adapter that answers."""
    async for sighting in search_by_datagram(where, NAME, [Question(CALL, UDP)], read):
        yield sighting


def _port(words: Mapping[str, str]) -> int:
    told = words.get("http_port", "")
    return int(told) if told.isdecimal() and len(told) <= len(str(_HIGHEST_PORT)) and 0 < int(told) <= _HIGHEST_PORT else HTTP
