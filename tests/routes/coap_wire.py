"""A CoAP client of one identity, datagram by datagram: with the library's own OSCORE, but without its own idea of what to send."""

import asyncio
import itertools
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiocoap import ACK, CON, RST, Code, Message, Type, oscore
from aiocoap.numbers.codes import EMPTY

PATIENCE = 15.0


class MemoryContext(oscore.CanProtect, oscore.CanUnprotect, oscore.SecurityContextUtils):  # type: ignore[misc]
    """One security context of RFC 8613, from the client's side, kept in memory."""

    def __init__(self, *, secret: bytes, salt: bytes, sender: bytes, recipient: bytes) -> None:
        self.alg_aead = oscore.algorithms["AES-CCM-16-64-128"]
        self.hashfun = oscore.hashfunctions["sha256"]
        self.sender_id, self.recipient_id, self.id_context = sender, recipient, None
        self.derive_keys(salt, secret)
        self.sender_sequence_number = 0
        self.recipient_replay_window = oscore.ReplayWindow(32, lambda: None)
        self.recipient_replay_window.initialize_empty()

    def post_seqnoincrease(self) -> None:
        """Keep nothing: this context lives as long as the test."""


@dataclass(frozen=True)
class Answer:
    """What came back. `shielded`: it came under the key."""

    code: str
    payload: bytes
    observed: bool
    shielded: bool

    @property
    def error(self) -> dict[str, Any]:
        """Return the error object."""
        return dict(json.loads(self.payload))


@dataclass(eq=False)
class Talker(asyncio.DatagramProtocol):
    """One socket and, perhaps, a key."""

    context: MemoryContext | None = None
    transport: Any = None
    sent: list[bytes] = field(default_factory=list)
    _waiting: dict[bytes, tuple[Any, asyncio.Queue[Answer]]] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(secrets.randbelow(1 << 15)))

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        message = Message.decode(data)
        known = self._waiting.get(message.token)
        if message.code is EMPTY:
            return
        if known is None:
            self.transport.sendto(_bare(message, RST), address)
            return
        if message.mtype is CON:
            self.transport.sendto(_bare(message, ACK), address)
        identifiers, answers = known
        shielded = message.opt.oscore is not None
        observed = message.opt.observe is not None
        if shielded and self.context is not None:
            message, _ = self.context.unprotect(message, identifiers)
        answers.put_nowait(Answer(message.code.dotted, message.payload, observed, shielded))

    async def ask(self, address: tuple[str, int], message: Message) -> Answer:
        """Send one request and return the first answer."""
        _, answers = self.begin(address, message)
        async with asyncio.timeout(PATIENCE):
            return await answers.get()

    def begin(self, address: tuple[str, int], message: Message) -> tuple[bytes, asyncio.Queue[Answer]]:
        """Send one request; return its token and the queue its answers come in."""
        identifiers = None
        if self.context is not None:
            message, identifiers = self.context.protect(message)
        message.mtype, message.mid, message.token = CON, next(self._numbers) & 0xFFFF, secrets.token_bytes(4)
        answers: asyncio.Queue[Answer] = asyncio.Queue()
        self._waiting[message.token] = (identifiers, answers)
        self.sent.append(message.encode())
        self.transport.sendto(self.sent[-1], address)
        return message.token, answers

    def forget(self, token: bytes) -> None:
        """Answer whatever else comes for a token with a reset, which ends an observation."""
        self._waiting.pop(token, None)

    async def again(self, address: tuple[str, int], datagram: bytes) -> Answer:
        """Send recorded bytes once more, as somebody who listened in would: only message id and token are new."""
        number, token = next(self._numbers) & 0xFFFF, secrets.token_bytes(4)
        answers: asyncio.Queue[Answer] = asyncio.Queue()
        self._waiting[token] = (None, answers)
        self.transport.sendto(datagram[:2] + number.to_bytes(2, "big") + token + datagram[4 + (datagram[0] & 0xF) :], address)
        async with asyncio.timeout(PATIENCE):
            return await answers.get()


def request(code: Code, path: str, payload: bytes = b"", *, content_format: int | None = None, observe: int | None = None) -> Message:
    """Return a request for `/path?query`."""
    plain, _, query = path.partition("?")
    message = Message(code=code, payload=payload)
    message.opt.uri_path = tuple(plain.strip("/").split("/"))
    if query:
        message.opt.uri_query = tuple(query.split("&"))
    if content_format is not None:
        message.opt.content_format = content_format
    if observe is not None:
        message.opt.observe = observe
    return message


@asynccontextmanager
async def talker(host: str, context: MemoryContext | None = None) -> AsyncIterator[Talker]:
    """Open a socket at `host`."""
    made = Talker(context)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: made, local_addr=(host, 0))
    try:
        yield made
    finally:
        transport.close()


def _bare(message: Message, kind: Type) -> bytes:
    return bytes(Message(code=EMPTY, _mtype=kind, _mid=message.mid).encode())
