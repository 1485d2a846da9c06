"""How renderers are found: a search for them is said to the group and to those a person named; each that answers is asked who it is.

What answers names where its description is. Only one at the address the answer came from is read, so that nobody can have the hub ask
somebody else. A renderer that answers no search is tried at the places makers use, where a person named it (`dlna://host:port`).
"""

import asyncio
import ipaddress
import socket
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, cast

from gateway.drivers.dlna.models import HERE, model_kind
from gateway.drivers.dlna.requester import Asking, own
from gateway.drivers.dlna.web import Page
from gateway.drivers.dlna.xml import element_of
from gateway.drivers.parts.endpoint import endpoint
from gateway.drivers.parts.known import candidate_of
from gateway.drivers.parts.sheet import document
from gateway.drivers.parts.text import shown
from gateway.drivers.parts.waiting import within
from gateway.drivers.spi import Candidate, SearchContext, Sighting, host_and_port
from gateway.errors import DeviceFailure, ExtraMissing, Offline, TimedOut, WireError

NAME: Final = "dlna"
GROUP: Final = "239.255.255.250"
PORT: Final = 1900
TARGET: Final = "urn:schemas-upnp-org:device:MediaRenderer:1"
ROUNDS: Final = (0.5, 1.0, 1.5)
"""Seconds to listen after each time of asking."""
MOST: Final = 256
"""Places that are asked who they are in one search."""
MOST_OF_ONE: Final = 8
"""Of those, at one address: whoever answers with very many leaves room for others."""
AT_ONCE: Final = 8
_DEVICE: Final = "{urn:schemas-upnp-org:device-1-0}"
_HOPS: Final = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody says a description is; `interface`: where it was heard."""

    host: str
    url: str
    interface: str = ""


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the renderer a sighting is of, None when it is of something else or of one that cannot be used."""
    if sighting.service != NAME or sighting.gone or refusal(sighting.facts) is not None:
        return None
    return candidate_of(sighting, sighting.facts["udn"].removeprefix("uuid:"), sighting.name or "DLNA renderer", sighting.facts["kind"])


def refusal(facts: Mapping[str, str]) -> str | None:
    """Return why a renderer cannot be used, None where it can."""
    if not facts.get("udn", "").startswith("uuid:") or len(facts["udn"]) > 64:  # noqa: PLR2004 - no name is longer
        return "it does not say its name (UDN): nothing would tell it from another"
    return None


async def search(where: SearchContext) -> AsyncIterator[Sighting]:
    """Yield each renderer that answers, once; why an answer is not used is `dropped`."""
    searching = _Search(where)
    async with AsyncExitStack() as stack:
        await searching.open(stack)
        for seconds in ROUNDS:
            searching.call()
            async for sighting in searching.listen(seconds):
                yield sighting
        async for sighting in searching.tried():
            yield sighting


class _Search:
    """One search: its sockets, and whom it has asked."""

    def __init__(self, where: SearchContext) -> None:
        self._where = where
        self._places: asyncio.Queue[Place] = asyncio.Queue(MOST)
        self._known: set[Place] = set()
        self._of_one: Counter[str] = Counter()
        self._answered: set[str] = set()
        self._mouths: list[tuple[_Mouth, str, int]] = []
        self._hosts: list[tuple[str, int]] = []

    async def open(self, stack: AsyncExitStack) -> None:
        for interface in self._where.interfaces:
            if ipaddress.ip_address(interface).version == 4:  # noqa: PLR2004 - IPv4
                await self._socket(stack, interface, [GROUP])
        self._hosts = [(host, port) for named in dict.fromkeys(self._where.unicast) for host, port in [host_and_port(named)]]
        if addresses := [host for host, _ in self._hosts if _is_address(host)]:
            await self._socket(stack, "", addresses)

    async def _socket(self, stack: AsyncExitStack, interface: str, addresses: list[str]) -> None:
        plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stack.callback(plug.close)
        plug.setblocking(False)
        try:
            if interface:
                plug.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
                plug.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _HOPS)
            plug.bind((interface, 0))
        except OSError as error:
            self._where.dropped(interface, f"cannot ask from this address: {error}")
            return
        mouth = _Mouth(interface, self)
        await stack.enter_async_context(endpoint(mouth, sock=plug))
        for address in addresses:
            self._mouths.append((mouth, address, PORT))
            self._where.asked(interface or address, f"{NAME} search, UDP {PORT}, to {address}")

    def call(self) -> None:
        """Ask everybody."""
        for mouth, address, port in self._mouths:
            mouth.say(_question(address, port), address, port)

    def heard(self, data: bytes, host: str, interface: str) -> None:
        """Take an answer: where its sender's description is."""
        try:
            place = Place(host, _location(data), interface)
        except WireError as error:
            self._where.dropped(host, f"{NAME} search: {error}")
            return
        if place not in self._known and len(self._known) < MOST and self._of_one[host] < MOST_OF_ONE:
            self._known.add(place)
            self._of_one[host] += 1
            self._answered.add(host)
            self._places.put_nowait(place)

    async def listen(self, seconds: float) -> AsyncIterator[Sighting]:
        """Yield who answers within so many seconds."""
        clock = self._where.context.clock
        until = clock.monotonic() + seconds
        while (left := until - clock.monotonic()) > 0:
            try:
                first = await within(clock, left, self._places.get(), f"{NAME} search")
            except TimedOut:
                return
            batch = [first]
            while len(batch) < AT_ONCE and not self._places.empty():
                batch.append(self._places.get_nowait())
            for sighting in await asyncio.gather(*(self._met(place) for place in batch)):
                if sighting is not None:
                    yield sighting

    async def tried(self) -> AsyncIterator[Sighting]:
        """Yield those a person named with a port that answered no search, where their description is at one of the usual places."""
        paths = (await asyncio.to_thread(document, HERE / "places.yaml"))["paths"]
        for host, port in self._hosts:
            if port and host not in self._answered and _is_address(host):
                for path in paths:
                    if (sighting := await self._met(Place(host, f"http://{host}:{port}{path}"), tries=1, quiet=True)) is not None:
                        yield sighting
                        break
                else:
                    self._where.dropped(
                        host, f"{NAME} search: it answers no search, and port {port} has no description where makers put it"
                    )

    async def _met(self, place: Place, *, tries: int = 2, quiet: bool = False) -> Sighting | None:
        context = self._where.context
        try:
            page = await Asking(place.host, context.clock, context.random).ask("GET", place.url, {}, tries=tries)
            facts = await asyncio.to_thread(facts_in, page)
        except (WireError, TimedOut, Offline, DeviceFailure, ExtraMissing) as error:
            if not quiet:
                self._where.dropped(place.host, f"{NAME} search: {error}")
            return None
        where = own(place.url, place.host)
        name = facts.pop("name")
        facts["path"] = where.path or "/"
        if (reason := refusal(facts)) is not None:
            self._where.dropped(place.host, reason)
        return Sighting(
            source="broadcast",
            service=NAME,
            name=name,
            address=place.host,
            port=where.port or 80,
            facts=facts,
            interface=place.interface,
            at=context.clock.now(),
        )


class _Mouth(asyncio.DatagramProtocol):
    """One socket that asks and hears."""

    def __init__(self, interface: str, search: _Search) -> None:
        self._interface = interface
        self._search = search
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # neither loop's is an instance of it

    def say(self, data: bytes, address: str, port: int) -> None:
        if self._transport is not None:
            self._transport.sendto(data, (address, port))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._search.heard(data, addr[0], self._interface)

    def error_received(self, exc: Exception) -> None:
        """Ignore that a host has nobody listening: the silence says so too."""


def _question(address: str, port: int) -> bytes:
    lines = ["M-SEARCH * HTTP/1.1", f"HOST: {address}:{port}", 'MAN: "ssdp:discover"', "MX: 1", f"ST: {TARGET}", "", ""]
    return "\r\n".join(lines).encode("ascii")


def _location(data: bytes) -> str:
    """Return where an answer says its description is; raise WireError for one that is none."""
    first, *lines = data[:4096].decode("latin-1").split("\r\n")
    fields = {name.strip().upper(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if not first.startswith("HTTP/1.") or " 200" not in first or ":MediaRenderer:" not in fields.get("ST", ""):
        raise WireError("no answer of a renderer")
    return fields.get("LOCATION", "")  # whether it is the sender's own, whoever asks there looks


def facts_in(page: Page) -> dict[str, str]:
    """Return who a description is of, and what kind of device; raise WireError for none, DeviceFailure for no renderer."""
    if page.status != 200:  # noqa: PLR2004 - OK
        raise WireError(f"status {page.status} instead of a description")
    device = next(
        (each for each in element_of(page.body).iter(f"{_DEVICE}device") if ":MediaRenderer:" in (_said(each, "deviceType"))), None
    )
    if device is None:
        raise DeviceFailure("it is described, and is no media renderer")
    said = {"udn": _said(device, "UDN").lower(), "maker": _said(device, "manufacturer"), "model": _said(device, "modelName")}
    return {"name": _said(device, "friendlyName"), **said, "kind": model_kind(f"{said['maker']} {said['model']}")}


def _said(device: object, name: str) -> str:
    return shown(device.findtext(f"{_DEVICE}{name}") or "").strip()  # type: ignore[attr-defined]


def _is_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 4  # noqa: PLR2004 - IPv4
    except ValueError:
        return False
