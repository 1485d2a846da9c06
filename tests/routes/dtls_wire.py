"""The same client of few words over DTLS, with a pre-shared key: mbed TLS on the client's side too."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mbedtls import tls
from mbedtls.exceptions import TLSError

from tests.routes.coap_wire import Talker

CIPHERS = ("TLS-ECDHE-PSK-WITH-CHACHA20-POLY1305-SHA256", "TLS-PSK-WITH-AES-128-CCM-8")
PATIENCE = 5.0


class Tunnel:
    """Stands for the transport of a Talker: what it sends goes through a DTLS session."""

    def __init__(self, plain: socket.socket, identity: str, key: bytes) -> None:
        self._socket = plain
        configuration = tls.DTLSConfiguration(validate_certificates=False, ciphers=CIPHERS, pre_shared_key=(identity, key))
        self._tls: Any = tls.ClientContext(configuration).wrap_buffers(None)

    async def shake(self) -> None:
        """Open the session; TLSError when the other side does not want it."""
        while self._tls._handshake_state is not tls.HandshakeStep.HANDSHAKE_OVER:
            try:
                self._tls.do_handshake()
            except tls.WantReadError:
                self._flush()
                self._tls.receive_from_network(await self._arrived())
            except tls.WantWriteError:
                pass
            self._flush()

    def sendto(self, data: bytes, _address: object = None) -> None:
        """Send one datagram of CoAP."""
        self._tls.write(data)
        self._flush()

    async def receive(self) -> bytes:
        """Return the next datagram of CoAP."""
        self._tls.receive_from_network(await self._arrived())
        return bytes(self._tls.read(4096))

    async def _arrived(self) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self._socket, 1 << 14)

    def _flush(self) -> None:
        out = self._tls.peek_outgoing(1 << 14)
        if out:
            self._tls.consume_outgoing(len(out))
            self._socket.send(out)


@asynccontextmanager
async def tunnel(host: str, server: tuple[str, int], identity: str, key: bytes) -> AsyncIterator[Talker | None]:
    """Open a session at `host`; None when the server gives none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.setblocking(False)
        plain.bind((host, 0))
        plain.connect(server)
        made = Tunnel(plain, identity, key)
        try:
            async with asyncio.timeout(PATIENCE):
                await made.shake()
        except (TLSError, OSError, TimeoutError):
            yield None
            return
        talking = Talker(transport=made)
        hearing = asyncio.create_task(_hear(made, talking, server), name="dtls client")
        try:
            yield talking
        finally:
            hearing.cancel()


async def _hear(made: Tunnel, talking: Talker, server: tuple[str, int]) -> None:
    while True:
        talking.datagram_received(await made.receive(), server)
