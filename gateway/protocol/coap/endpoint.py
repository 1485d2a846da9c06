"""One end of CoAP: our socket and guard below, the library's message and token layers above.

The library's own transports were weighed and left out. `udp6` listens on a dual-stack socket, `simple6` opens a socket
for each peer and only asks, `simplesocketserver` shares its port silently with any other program and never hears that a
peer is gone; all three decode what arrives before anyone can object. What is used of the library is its message layer
(acknowledgements, repetition, one exchange at a time with a peer) and its token layer, with these changes:

- replies kept against repetition are bounded (`replies`);
- a request given up is not repeated and not sent later: a command that was reported as failed never acts afterwards;
- a reset in answer to a non-confirmable notification ends the observation, and an unwanted one is answered with a reset;
- tokens are random.
"""

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from aiocoap.interfaces import MessageInterface
from aiocoap.message import Direction, Message
from aiocoap.messagemanager import MessageManager
from aiocoap.numbers.codes import EMPTY
from aiocoap.numbers.constants import Unreliable
from aiocoap.numbers.optionnumbers import OptionNumber
from aiocoap.numbers.types import ACK, CON, NON, RST
from aiocoap.optiontypes import UintOption
from aiocoap.tokenmanager import TokenManager

from gateway.protocol.coap.guard import Guard
from gateway.protocol.coap.message import Method
from gateway.protocol.coap.quiet import quiet_library
from gateway.protocol.coap.remote import ClientSocket, Remote, Secure
from gateway.protocol.coap.replies import Replies
from gateway.protocol.coap.udp import Address, DatagramSocket
from gateway.protocol.coap.wire import Frame, short_answer
from gateway.protocol.restraint import Verdict

UNAUTHORIZED = (4, 1)
BAD_OPTION = (4, 2)
NO_PROXY = (5, 5)
PROXYING = (35, 39)
"""Proxy-Uri and Proxy-Scheme: whoever does not pass requests on says 5.05 (RFC 7252 5.10.2)."""
TOO_MANY = (4, 29)
NOTIFICATIONS = 4096
"""Non-confirmable notifications remembered, so that a reset can be matched to its observation."""
TOGETHER = 0.05
"""Seconds within which requests that waited for the same silent peer are given up together, none of them sent."""
PEERS, READS, WRITES = 256, 16, 64
"""Peers whose requests are kept against repetition, and how many reads and writes of each."""

_PLAIN = frozenset({OptionNumber.ACCEPT, OptionNumber.CONTENT_FORMAT})
_SAFE = frozenset({Method.GET, Method.FETCH})


class Owner(Protocol):
    """Who the requests that arrive are for."""

    def render_to_pipe(self, pipe: Any) -> None:
        """Take one request (`pipe.request`) and answer it through the pipe; never blocks."""
        ...

    def refuses(self, frame: Frame) -> tuple[int, int] | None:
        """Return the code that refuses a message with an OSCORE option before anything is kept of it, None to let it in."""
        ...


class Tokens(TokenManager):  # type: ignore[misc]
    """The library's token layer, with tokens nobody can guess."""

    def next_token(self) -> bytes:
        """Return a fresh token of four bytes."""
        return secrets.token_bytes(4)


class Exchanges(MessageManager):  # type: ignore[misc]
    """The library's message layer, bounded and able to give up."""

    def __init__(self, tokens: Tokens, guard: Guard) -> None:
        super().__init__(tokens)
        self.reads = Replies(PEERS, READS)
        self.writes = Replies(PEERS, WRITES)
        self.strange = Replies(PEERS, READS)
        self._guard = guard
        self._notified: OrderedDict[tuple[Remote, int], bytes] = OrderedDict()
        self._waiting: dict[tuple[Remote, int], asyncio.Future[None]] = {}

    def send_message(self, message: Any, messageerror_monitor: Callable[[], None]) -> Callable[[], None] | None:
        """Send; for a request, return what gives it up."""
        super().send_message(message, messageerror_monitor)
        if message.code.is_request():
            return partial(self._give_up, message)
        if message.mtype is NON and message.opt.observe is not None:
            if len(self._notified) >= NOTIFICATIONS:
                self._notified.popitem(last=False)
            self._notified[message.remote, message.mid] = message.token
        return None

    async def acknowledged(self, message: Any) -> None:
        """Return once the peer has acknowledged a confirmable message that was just sent."""
        key = (message.remote, message.mid)
        self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            await self._waiting[key]
        finally:
            del self._waiting[key]

    def is_open(self, remote: Remote, mid: int) -> bool:
        """Return whether a confirmable message of ours to `remote` waits to be acknowledged."""
        return self._active_exchanges is not None and (remote, mid) in self._active_exchanges

    def sent(self, message: Any, datagram: bytes) -> None:
        """Keep the bytes a request was answered with, in case it comes again."""
        if message.mtype in (ACK, RST):
            for replies in (self.reads, self.writes, self.strange):
                replies.answered(message.remote, message.mid, datagram)

    def _deduplicate_message(self, message: Any) -> bool:
        replies = self.reads if message.code in _SAFE else self.writes
        if self._guard.is_strange(message.remote.address[0]):
            replies = self.strange  # however many there are, they push nothing out that a client may repeat
        kept = replies.seen(message.remote, message.mid, message.token, self.loop.time())
        if kept is None:
            return False
        self._guard.counts["repeated"] += 1
        if kept.answer is not None and message.mtype is CON:
            self.message_interface.send_bytes(kept.answer, message.remote)
        return True

    def _store_response_for_duplicates(self, message: Any) -> None:
        """Do nothing: `sent` keeps the bytes."""

    def _remove_exchange(self, message: Any) -> None:
        key = (message.remote, message.mid)
        token = self._notified.pop(key, None)
        if message.mtype is RST and token is not None:
            _, stop = self.token_manager.incoming_requests.get((token, message.remote), (None, None))
            if stop is not None:
                stop()
        waiting = self._waiting.get(key)
        if message.mtype is ACK and waiting is not None and not waiting.done():
            waiting.set_result(None)
        super()._remove_exchange(message)

    def _process_response(self, response: Any) -> bool:
        known: bool = super()._process_response(response)
        if not known and response.mtype is NON and response.opt.observe is not None:
            reset = Message(code=EMPTY, _mtype=RST, _mid=response.mid)
            reset.remote = response.remote
            self._send_initially(reset)
        return known

    def _give_up(self, message: Any) -> None:
        if self._active_exchanges is None or message.mtype is not CON:
            return
        backlog = self._backlogs.get(message.remote, [])
        backlog[:] = [waiting for waiting in backlog if waiting[0] is not message]
        exchange = self._active_exchanges.get((message.remote, message.mid))
        if exchange is not None:
            exchange[1].cancel()
            self.loop.call_later(TOGETHER, self._release, message)

    def _release(self, message: Any) -> None:
        """Let the next request to the peer go, unless the one given up was acknowledged after all."""
        if self._active_exchanges is not None and self._active_exchanges.pop((message.remote, message.mid), None) is not None:
            self._continue_backlog(message.remote)


class Endpoint(MessageInterface):  # type: ignore[misc]
    """A bound socket with its guard and layers.

    `answers`: whether requests are taken at all; `lan`: nobody is near; `secure`: makes a socket that lets only clients through
    and does the guard's first work itself.
    """

    def __init__(self, owner: Owner, guard: Guard, *, answers: bool, lan: bool = False, secure: Secure | None = None) -> None:
        self.log = logging.getLogger(quiet_library())
        self.loop = asyncio.get_running_loop()
        self.client_credentials: dict[str, object] = {}
        self.guard = guard
        self.render_to_pipe = owner.render_to_pipe
        self._refuses = owner.refuses
        self._answers = answers
        self._lan = lan
        self._local = ""
        self._clients: ClientSocket | None = None if secure is None else secure(self._understand, self._failed)
        plain = DatagramSocket(self._received, self._failed, size=guard.limits.size)
        self._socket: ClientSocket | DatagramSocket = plain if self._clients is None else self._clients
        self.tokens = Tokens(self)
        self.exchanges = Exchanges(self.tokens, guard)
        self.tokens.token_interface = self.exchanges
        self.exchanges.message_interface = self

    def open(self, host: str, port: int) -> int:
        """Bind and return the port."""
        bound = self._socket.open(host, port)
        self._local = f"{host}:{bound}"
        return bound

    async def close(self) -> None:
        """Drop every exchange and close the socket."""
        await self.tokens.shutdown()

    def remote(self, address: Address) -> Remote:
        """Return the peer at `address`."""
        near = not self._lan and address[0].startswith("127.") and self._local.startswith("127.")
        return Remote(address, self._local, near=near, identity="" if self._clients is None else self._clients.identity(address))

    def cut(self, identity: str) -> None:
        """End the connections of a client that was put out, where there are any."""
        if self._clients is not None:
            self._clients.cut(identity)

    def deregister(self, token: bytes, farewell: Any) -> None:
        """Tell a server, without waiting, that the observation begun with `token` is over."""
        farewell.transport_tuning = Unreliable()
        farewell.mtype = farewell.mid = None
        farewell.token = token
        self.exchanges.send_message(farewell, lambda: None)

    def send(self, message: Any) -> None:
        """Put a message on the wire (the library calls this)."""
        datagram = message.encode()
        self.exchanges.sent(message, datagram)
        self.send_bytes(datagram, message.remote)

    def send_bytes(self, datagram: bytes, remote: Remote) -> None:
        """Put bytes on the wire."""
        self._socket.send(datagram, remote.address)

    async def shutdown(self) -> None:
        """Close the socket (the library calls this)."""
        self._socket.close()

    async def determine_remote(self, message: Any) -> None:
        """Refuse: every message of ours has its peer (the library may ask)."""

    async def recognize_remote(self, remote: Any) -> bool:
        """Return whether a peer is one of ours (the library may ask)."""
        return isinstance(remote, Remote)

    def _received(self, address: Address, datagram: bytes) -> None:
        verdict = self.guard.admit(address[0], len(datagram), lambda: self._awaited(address, datagram))
        if verdict is Verdict.REFUSE and self._answers:
            self._answer_briefly(address, datagram, TOO_MANY, max_age=1)
        if verdict is Verdict.ADMIT:
            self._understand(address, datagram)

    def _awaited(self, address: Address, datagram: bytes) -> bool:
        """Return whether a datagram has the token or the number of a question that is open; its first bytes tell (RFC 7252, 3)."""
        remote, token = self.remote(address), datagram[4 : 4 + (datagram[0] & 0x0F)] if datagram else b""
        if (token, remote) in (self.tokens.outgoing_requests or ()):
            return True
        return self.exchanges.is_open(remote, int.from_bytes(datagram[2:4], "big"))

    def _understand(self, address: Address, datagram: bytes) -> None:
        frame = self.guard.read(address[0], datagram)
        if frame is None:
            return
        if frame.critical is not None:
            self.guard.drop(address[0], "critical option unknown")
            self._answer_briefly(address, datagram, NO_PROXY if frame.critical in PROXYING else BAD_OPTION)
        elif frame.is_request and not self._answers:
            self.guard.drop(address[0], "request to a client")
        elif frame.protection is not None and (code := self._refuses(frame)) is not None:
            self.guard.drop(address[0], "no such key" if code == UNAUTHORIZED else "not OSCORE")
            self.guard.turn_away(address[0])
            self._answer_briefly(address, datagram, code)
        else:
            self.exchanges.dispatch_message(message_of(frame, self.remote(address)))

    def _answer_briefly(self, address: Address, datagram: bytes, code: tuple[int, int], max_age: int | None = None) -> None:
        answer = short_answer(datagram, code, max_age=max_age)
        if answer is not None and self._answers:
            self._socket.send(answer, address)

    def _failed(self, address: Address, error: OSError) -> None:
        self.guard.counts["unreachable"] += 1
        self.loop.call_soon(self.exchanges.dispatch_error, error, self.remote(address))  # the library cannot bear it while it sends


def message_of(frame: Frame, remote: Remote) -> Any:
    """Return a frame as the library's message; content formats stay plain numbers, for the library never forgets one."""
    message = Message(code=frame.code, payload=frame.payload, _mtype=frame.kind, _mid=frame.id, _token=frame.token)
    message.direction = Direction.INCOMING
    message.remote = remote
    for number, value in frame.options:
        name = OptionNumber(number)
        if name in _PLAIN:
            message.opt.add_option(UintOption(name, int.from_bytes(value, "big")))
        else:
            message.opt.add_option(name.create_option(decode=value))
    return message
