"""A transport to the broker: connected on the loop, so that it can be given up at once, with TLS when the address says so."""

import asyncio
import os
import ssl
from pathlib import Path
from socket import AF_UNIX, IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY, gaierror, socket

from gateway.errors import ConfigurationInvalid, LinkDown
from gateway.protocol.lent import lent
from gateway.protocol.mqtt.address import BrokerAddress

_CONNECT_SECONDS = 5.0
_LONGEST_PATH = 100


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


async def dial(address: BrokerAddress, context: ssl.SSLContext | None, protocol: asyncio.Protocol) -> None:
    """Connect `protocol`; LinkDown with what to do when nobody is to be had."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            plain = await _connected(address)
            await loop.create_connection(lambda: protocol, sock=lent(plain), ssl=context, server_hostname=address.host if context else None)
    except TimeoutError as error:
        raise LinkDown(f"{address.url} does not answer: check the address and the network") from error
    except gaierror as error:
        raise LinkDown(f"the name {address.host} is not known: write the broker's address as numbers, or check the name server") from error
    except ssl.SSLError as error:
        raise LinkDown(f"TLS with {address.url} failed ({_why(error)}): check the authority and certificate files") from error
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise LinkDown(f"no connection to {address.url} ({why}): start the broker there, or name another") from error


def _why(error: ssl.SSLError) -> str:
    """Return what is wrong with the certificate where it is that, which helps more than that something is."""
    return (isinstance(error, ssl.SSLCertVerificationError) and error.verify_message) or error.reason or str(error)


async def _connected(address: BrokerAddress) -> socket:
    loop = asyncio.get_running_loop()
    if address.socket is not None:
        return await at_file(address.socket)
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


async def at_file(path: Path) -> socket:
    """Connect to a socket in the file system; by a long path through its open folder, for one may have 107 bytes only. OSError."""
    if len(os.fsencode(path)) < _LONGEST_PATH:
        return await _at(str(path))
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        return await _at(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


async def _at(path: str) -> socket:
    opened = socket(AF_UNIX, SOCK_STREAM)
    try:
        opened.setblocking(False)
        await asyncio.get_running_loop().sock_connect(opened, path)
    except BaseException:
        opened.close()
        raise
    return opened
