"""The one socket on UDP 3610 that all sessions and the search of one event loop share.

Whatever asks, the answer goes to port 3610 of the asker, so there can be only one such socket on an address; each has beside it an ear for
the group 224.0.23.0, to which units announce what changed. A plug is opened by the first who wants it and closed by the last. It binds the
address from which the unit is reached; on loopback, where another hub may sit on 127.0.0.1 already, any other address will do.
"""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TypeAlias, cast
from weakref import WeakKeyDictionary

from gateway.drivers.echonet.frame import HEARD, TOLD_SURELY, Frame, decode_frame, encode_frame
from gateway.drivers.parts.allowance import DATAGRAMS, Allowance
from gateway.drivers.parts.endpoint import endpoint
from gateway.errors import PortTaken, WireError

PORT = 3610
GROUP = "224.0.23.0"
_LOOPBACK = "127.0.0.1"
_OTHER_LOOPBACK = tuple(f"127.255.36.{number}" for number in range(1, 101))
_ONLY_JOINED = 49  # IP_MULTICAST_ALL of Linux; off: the ear hears the group only where it joined
_ROOM = 1 << 20
_ALLOWED = 2048

Heard: TypeAlias = Callable[[Frame, str], None]


class Plug(asyncio.DatagramProtocol):
    """The open socket and its ear. `dropped` counts what could not be read; `heard` is called with each frame and who sent it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.dropped = 0
        self._number = 0
        self._one: dict[str, list[Heard]] = {}
        self._all: list[Heard] = []
        self._allowances: dict[str, Allowance] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def number(self) -> int:
        """Return the number of a new transaction, 1 to 65535."""
        self._number = self._number % 0xFFFF + 1
        return self._number

    def send(self, frame: Frame, address: str) -> None:
        """Send a frame to a unit, or to the group."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(encode_frame(frame), (address, PORT))

    @contextmanager
    def watching(self, heard: Heard, address: str | None = None) -> Iterator[None]:
        """Hand on what one address sends, or with None everybody, for the length of the block."""
        ears = self._all if address is None else self._one.setdefault(address, [])
        ears.append(heard)
        try:
            yield
        finally:
            ears.remove(heard)
            if address is not None and not ears:
                del self._one[address]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send through the socket opened last, which is one's own; the ear is only heard."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # neither loop's is an instance of it

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Read a datagram somebody waits for, say so where the sender wants to know, and hand it on."""
        ears = (*self._one.get(addr[0], ()), *self._all)
        if not ears:
            return
        if not self._allowance(addr[0]).take():
            self.dropped += 1
            return
        try:
            frame = decode_frame(data)
        except WireError:
            self.dropped += 1
            return
        if frame.service == TOLD_SURELY:
            received = tuple((code, b"") for code, _ in frame.properties)
            self.send(Frame(number=frame.number, service=HEARD, target=frame.source, properties=received), addr[0])
        for heard in ears:
            heard(frame, addr[0])

    def _allowance(self, address: str) -> Allowance:
        """Return how much of one address may be read; those beyond a number of them share one."""
        known = address if address in self._allowances or len(self._allowances) < _ALLOWED else ""
        if known not in self._allowances:
            self._allowances[known] = Allowance(*DATAGRAMS)
        return self._allowances[known]

    def error_received(self, exc: Exception) -> None:
        """Ignore that a datagram could not be sent: nobody answers it, and that is told."""


class _Shared:
    """A plug, and how many use it."""

    def __init__(self) -> None:
        self.users = 0
        self.plug: Plug | None = None
        self.turn = asyncio.Lock()
        self.stack = AsyncExitStack()


_SHARED: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Shared]]" = WeakKeyDictionary()


@asynccontextmanager
async def shared_plug(local: str) -> AsyncIterator[Plug]:
    """Share the socket at a local address; raise PortTaken when another program has it, OSError when there is no such address."""
    all_shared = _SHARED.setdefault(asyncio.get_running_loop(), {})
    shared = all_shared.setdefault(local, _Shared())
    shared.users += 1
    try:
        async with shared.turn:
            if shared.plug is None:
                shared.plug = await shared.stack.enter_async_context(_opened(local))
        yield shared.plug
    finally:
        shared.users -= 1
        async with shared.turn:  # whoever comes meanwhile opens it anew after it is closed
            if not shared.users and shared.plug is not None:
                shared.plug = None
                await shared.stack.aclose()
        if not shared.users and all_shared.get(local) is shared:
            del all_shared[local]


async def numeric(host: str) -> str:
    """Return the address of a host that a person may have named; raise OSError when nobody has that name."""
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except UnicodeError as error:
        raise OSError(f"{host!r} is no name of a host") from error
    return str(found[0][4][0])


def local_address(unit: str) -> str:
    """Return the address of this machine from which a unit is reached; raise OSError when there is no way to it."""
    if ipaddress.IPv4Address(unit).is_loopback:
        return _LOOPBACK
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((unit, PORT))
        return str(probe.getsockname()[0])


@asynccontextmanager
async def _opened(local: str) -> AsyncIterator[Plug]:
    async with AsyncExitStack() as stack:
        mouth = stack.enter_context(_mouth(local))
        plug = Plug(mouth.getsockname()[0])
        ear = stack.enter_context(_ear(local))
        for each in (ear, mouth):
            await stack.enter_async_context(endpoint(plug, sock=each))
        yield plug


def _mouth(local: str) -> socket.socket:
    """Return the socket bound to the first place that is free."""
    for address in (local, *(_OTHER_LOOPBACK if local == _LOOPBACK else ())):
        try:
            return _bound(address, local)
        except PortTaken:
            continue
    raise PortTaken(
        f"UDP {PORT} of {local} is held by another program, perhaps another controller of ECHONET Lite: units answer to this port alone, "
        f"so only one program on an address can speak with them. Stop the other one (`ss -ulnp sport = {PORT}` names it)"
    )


def _bound(address: str, interface: str) -> socket.socket:
    plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        plug.setblocking(False)
        plug.bind((address, PORT))
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
        plug.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
    except OSError as error:
        plug.close()
        if isinstance(error, PermissionError) or error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(str(error)) from error
    return plug


def _ear(interface: str) -> socket.socket:
    """Return a socket that hears the group on one interface, beside others that do."""
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        ear.setblocking(False)
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
        ear.setsockopt(socket.IPPROTO_IP, _ONLY_JOINED, 0)
        ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton(interface))
        ear.bind((GROUP, PORT))
    except OSError:
        ear.close()
        raise
    return ear
