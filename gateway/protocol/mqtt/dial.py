"""A socket to the broker: connected on the loop (so that it can be given up at once), with TLS when the address says so.

`BufferedSocket` is what paho is handed. paho reads a packet in three or more small pieces; here each wake-up is one read
from the kernel, and `pending` tells aiomqtt to go on until the buffer is empty.
"""

import asyncio
import os
import ssl
from collections.abc import Callable
from socket import IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY, gaierror, socket

from gateway.errors import ConfigurationInvalid, LinkDown
from gateway.protocol.mqtt.address import BrokerAddress

_CHUNK = 16 * 1024
_CONNECT_SECONDS = 5.0


class BufferedSocket:
    """A non-blocking socket that reads ahead."""

    def __init__(self, inner: socket) -> None:
        self._inner = inner
        self._buffer = memoryview(b"")

    def recv(self, size: int) -> bytes:
        """Return up to `size` bytes, empty at the end; BlockingIOError when there are none now."""
        if not self._buffer:
            self._buffer = memoryview(self._inner.recv(_CHUNK))
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return bytes(taken)

    def send(self, data: bytes | bytearray) -> int:
        """Send what fits; return how much that was."""
        return self._inner.send(data)

    def pending(self) -> int:
        """Return how many bytes are here already."""
        return len(self._buffer) + (self._inner.pending() if isinstance(self._inner, ssl.SSLSocket) else 0)

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._inner.fileno()

    def setblocking(self, flag: bool) -> None:
        """Switch between blocking and not."""
        self._inner.setblocking(flag)

    def close(self) -> None:
        """Close it."""
        self._inner.close()


def tls_context(address: BrokerAddress) -> ssl.SSLContext | None:
    """Read the certificates an address names (this reads files); ConfigurationInvalid when one cannot be read."""
    if not address.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=address.authority)
        if address.certificate is not None:
            context.load_cert_chain(address.certificate, address.key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationInvalid(f"the certificates for {address.url} cannot be read ({error}): check the three PEM files") from error
    return context


async def dial(address: BrokerAddress, context: ssl.SSLContext | None) -> BufferedSocket:
    """Return a connected socket; LinkDown with what to do when there is none to be had."""
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            plain = await _connected(address)
            return BufferedSocket(await _shaken(plain, context, address.host) if context else plain)
    except TimeoutError as error:
        raise LinkDown(f"{address.url} does not answer: check the address and the network") from error
    except gaierror as error:
        raise LinkDown(f"the name {address.host} is not known: write the broker's address as numbers, or check the name server") from error
    except ssl.SSLError as error:
        raise LinkDown(f"TLS with {address.url} failed ({error.reason or error}): check the authority and certificate files") from error
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise LinkDown(f"no connection to {address.url} ({why}): start the broker there, or name another") from error


async def _connected(address: BrokerAddress) -> socket:
    loop = asyncio.get_running_loop()
    failure = OSError("no address")
    for family, kind, protocol, _, where in await loop.getaddrinfo(address.host, address.port, type=SOCK_STREAM):
        opened = socket(family, kind, protocol)
        try:
            opened.setblocking(False)
            opened.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
            await loop.sock_connect(opened, where)
        except OSError as error:
            opened.close()
            failure = error
        except asyncio.CancelledError:
            opened.close()
            raise
        else:
            return opened
    raise failure


async def _shaken(plain: socket, context: ssl.SSLContext, host: str) -> socket:
    """Shake hands without holding up the loop."""
    loop = asyncio.get_running_loop()
    secured = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    done = False
    try:
        while not done:
            try:
                secured.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                await _ready(secured.fileno(), loop.add_reader, loop.remove_reader)
            except ssl.SSLWantWriteError:
                await _ready(secured.fileno(), loop.add_writer, loop.remove_writer)
    finally:
        if not done:
            secured.close()
    return secured


async def _ready(descriptor: int, add: Callable[..., None], remove: Callable[[int], bool]) -> None:
    ready = asyncio.get_running_loop().create_future()
    add(descriptor, ready.set_result, None)
    try:
        await ready
    finally:
        remove(descriptor)
