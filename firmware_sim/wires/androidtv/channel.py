"""One enciphered connection: TLS in memory over a plain stream, so that a bad network can stand between.

The standard library's TLS refuses a certificate it does not know and hands on none it was not shown an authority for; OpenSSL itself can be
told to take any, which is what a box that pairs must do.
"""

import asyncio

from cryptography.hazmat.primitives import serialization
from OpenSSL import SSL
from OpenSSL.crypto import X509

from firmware_sim.network import Network
from firmware_sim.wires import streams
from firmware_sim.wires.androidtv.box import Box

CHUNK = 16 * 1024
_AGAIN = 0.2
"""Seconds after which TCP repeats what was lost."""


class Gone(Exception):
    """The client left, or was refused."""


def context_of(box: Box, *, strangers: bool) -> SSL.Context:
    """Return what a door shows and whom it lets in: everybody with any certificate, or only whom it was paired with."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate(box.certificate)
    context.use_privatekey(box.key)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET)

    def known(_connection: SSL.Connection, shown: X509, _number: int, depth: int, _fine: int) -> bool:
        return strangers or (depth == 0 and box.knows(shown.to_cryptography().public_bytes(serialization.Encoding.DER)))

    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, known)
    return context


class Channel:
    """`open` first; `read` and `send` raise Gone when the client is."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, network: Network, context: SSL.Context) -> None:
        self._reader, self._writer = reader, writer
        self._network = network
        self._tls = SSL.Connection(context, None)
        self._tls.set_accept_state()
        self._sending = asyncio.Lock()

    async def open(self) -> X509:
        """Agree on a cipher; return the certificate the client showed."""
        while True:
            try:
                self._tls.do_handshake()
            except SSL.WantReadError:
                await self._flush()
                await self._feed()
            except SSL.Error as fault:
                await self._flush()  # tells the client that it is not known
                raise Gone(f"no agreement: {fault}") from fault
            else:
                await self._flush()
                break
        shown = self._tls.get_peer_certificate()
        if shown is None:
            raise Gone("a client without a certificate")
        return shown

    async def read(self) -> bytes:
        """Return what the client said next."""
        while True:
            try:
                return self._tls.recv(CHUNK)
            except SSL.WantReadError:
                await self._feed()
            except SSL.Error as fault:
                raise Gone("it left") from fault

    async def send(self, data: bytes) -> None:
        """Say something; what the network loses TCP says again a moment later."""
        async with self._sending:
            if not await self._network.travels():
                await asyncio.sleep(_AGAIN)
                await self._until_heard_again()
            try:
                self._tls.sendall(data)
            except SSL.Error as fault:
                raise Gone("it left") from fault
            await self._flush()

    async def _feed(self) -> None:
        data = await self._reader.read(CHUNK)
        await self._until_heard_again()
        if not data:
            raise Gone("it left")
        self._tls.bio_write(data)

    async def _until_heard_again(self) -> None:
        if not self._network.mute:
            return
        heard = asyncio.Event()
        deaf_no_more = self._network.listen(lambda: None if self._network.mute else heard.set())
        try:
            await heard.wait()
        finally:
            deaf_no_more()

    async def _flush(self) -> None:
        while True:
            try:
                data = self._tls.bio_read(CHUNK)
            except SSL.WantReadError:
                return
            await streams.say(self._network, self._writer, data)
