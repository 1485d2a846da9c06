"""A CoAP server on one IPv4 address: it answers, notifies, and stays up whatever arrives.

A datagram passes the guard and the strict reader (`guard`, `wire`), then the library's message and token layers
(`endpoint`), then, where it is protected, OSCORE (`oscore`), then this: the body is put together (`blocks`), `handle` or
`watch` is asked, the answer is cut and sent.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeAlias

from aiocoap.message import Message
from aiocoap.numbers.codes import CONTINUE

from gateway.errors import CommandError, ConfigurationInvalid, HulianError, Unauthenticated
from gateway.protocol.coap.blocks import Slices, Uploads
from gateway.protocol.coap.endpoint import BAD_OPTION, Endpoint
from gateway.protocol.coap.guard import Guard, Limits
from gateway.protocol.coap.keys import SharedKeys
from gateway.protocol.coap.message import Code, Request, Response
from gateway.protocol.coap.observation import Observation
from gateway.protocol.coap.oscore import Oscore
from gateway.protocol.coap.remote import Secure
from gateway.protocol.coap.translate import INTERNAL, message_of, refused, request_of
from gateway.protocol.coap.wire import Frame
from gateway.protocol.restraint import Sparsely
from gateway.thing.clock import Clock, SystemClock
from gateway.thing.log import Log

Handle: TypeAlias = Callable[[Request], Awaitable[Response]]
Admit: TypeAlias = Callable[[Request], object]
Watch: TypeAlias = Callable[[Request], AsyncIterator[Response] | None]

_log = Log()
_OBSERVE_NUMBERS = 1 << 24


class CoapServer:
    """`async with` is its life; `port` is the bound port (ask for 0 to get any free one).

    `handle` answers a request; a CommandError it raises travels as its code and the error object. `watch` returns the
    stream of responses of an observation, the first being the answer, or None where nothing can be observed. `admit` is
    asked first, before a body is put together, and raises for who may not come in.

    `oscore`: the keys under which requests may come; without it a protected request is one with an option nobody knows. `dtls`:
    the keys of those who come over DTLS; with it nobody else does. `lan`: nobody who comes this way is a program of this machine,
    whatever its address says. A stranger, without a key and from beyond this machine, shares no table with the clients, and an
    error tells it no more than it has sent.
    """

    def __init__(
        self,
        host: str,
        port: int,
        handle: Handle,
        watch: Watch | None = None,
        *,
        limits: Limits | None = None,
        clock: Clock | None = None,
        lan: bool = False,
        admit: Admit | None = None,
        oscore: Oscore | None = None,
        dtls: SharedKeys | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self._clock = clock or SystemClock()
        self.guard = Guard(limits, self._clock)
        self._handle = handle
        self._watch = watch
        self._oscore = oscore
        self._dtls = dtls
        self._admit = admit
        self._lan = lan
        self._kept = {strange: (Uploads(self._clock.monotonic), Slices(self._clock.monotonic)) for strange in (False, True)}
        self._observers: Counter[str] = Counter()
        self._numbers = itertools.count(int(self._clock.now() * 10))
        self._pipes: dict[asyncio.Task[None], Any] = {}
        self._sparsely = Sparsely(_log, self._clock)

    @property
    def url(self) -> str:
        """Return where it is reached: `coap://192.0.2.1:5683`, or `coaps://` for DTLS."""
        return f"{'coap' if self._dtls is None else 'coaps'}://{self.host}:{self.port}"

    @property
    def observations(self) -> int:
        """Return how many observations are live."""
        return self._observers.total()

    async def __aenter__(self) -> Self:
        if self.host in ("", "0.0.0.0"):  # noqa: S104 - refused
            raise ConfigurationInvalid("CoAP needs one address of this machine: an answer must come from the address that was asked")
        self._endpoint = Endpoint(self, self.guard, answers=True, lan=self._lan, secure=self._secure())
        self.port = self._endpoint.open(self.host, self.port)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._endpoint.close()
        for task in self._pipes:
            task.cancel()
        if self._pipes:
            await asyncio.wait(self._pipes)

    def _secure(self) -> Secure | None:
        """Return what makes the socket of DTLS; raise ExtraMissing where its library is not."""
        if self._dtls is None:
            return None
        from gateway.protocol.coap.dtls import DtlsSocket  # noqa: PLC0415 - an extra

        return partial(DtlsSocket, self._dtls, guard=self.guard, clock=self._clock)

    def refuses(self, frame: Frame) -> Code | None:
        """Return the code that refuses a protected message which no key of ours can open."""
        return BAD_OPTION if self._oscore is None else self._oscore.refusal(frame)

    def cut(self, identity: str) -> None:
        """End whatever is under way for a client that was put out: its observations, and answers it still waits for."""
        for pipe in [pipe for pipe in self._pipes.values() if pipe.request.remote.identity == identity]:
            pipe.add_response(message_of(refused(Unauthenticated("this key was taken back"))), is_last=True)
        self._endpoint.cut(identity)

    def render_to_pipe(self, pipe: Any) -> None:
        """Take one request from the library and answer it in a task of its own."""
        answer = self._answer(pipe) if pipe.request.opt.oscore is None else self._answer_protected(pipe)
        task = asyncio.get_running_loop().create_task(answer, name="coap request")
        self._pipes[task] = pipe
        task.add_done_callback(self._done)
        pipe.on_interest_end(lambda: asyncio.current_task() is task or task.cancel())

    async def _answer_protected(self, pipe: Any) -> None:
        turn_away = partial(self.guard.turn_away, pipe.request.remote.address[0])
        protected = None if self._oscore is None else await self._oscore.open(pipe, turn_away)
        task = asyncio.current_task()
        if protected is not None and task is not None:
            self._pipes[task] = protected
            self.guard.know(pipe.request.remote.address[0])
            await self._answer(protected)

    async def _answer(self, pipe: Any) -> None:
        message = pipe.request
        strange = message.remote.strange
        uploads, slices = self._kept[strange]
        try:
            if self._admit is not None:
                self._admit(request_of(message, b""))
            body = uploads.take(message)
            if body is None:
                answer = Message(code=CONTINUE)
            else:
                request = request_of(message, body)
                stream = self._stream(request, message)
                if stream is not None:
                    await self._observe(pipe, stream, slices)
                    return
                answer = slices.cut(message, slices.kept(message) or await self._handle(request))
        except CommandError as error:
            if isinstance(error, Unauthenticated):
                self.guard.turn_away(message.remote.address[0])
            answer = message_of(refused(error, len(message.payload) if strange else None))
        except HulianError as error:
            self._sparsely.warning("coap request failed", path="/".join(message.opt.uri_path)[:200], error=str(error))
            answer = message_of(Response(code=INTERNAL))
        self._finish(pipe, answer)

    def _finish(self, pipe: Any, answer: Any) -> None:
        """Send the one and last answer; it echoes the block of the request it belongs to."""
        if answer.code.is_successful():
            answer.opt.block1 = pipe.request.opt.block1
        pipe.add_response(answer, is_last=True)

    def _stream(self, request: Request, message: Any) -> AsyncIterator[Response] | None:
        """Return what to observe; None for a plain request, and where there are too many observations already."""
        limits = self.guard.limits
        if not request.observe or self._watch is None or (message.opt.block2 is not None and message.opt.block2.block_number):
            return None
        if self.observations >= limits.observations or self._observers[message.remote.address[0]] >= limits.observations_per_peer:
            self.guard.counts["observations refused"] += 1
            return None
        return self._watch(request)

    async def _observe(self, pipe: Any, stream: AsyncIterator[Response], slices: Slices) -> None:
        host = pipe.request.remote.address[0]
        self._observers[host] += 1
        try:
            await Observation(
                pipe,
                stream,
                build=partial(slices.cut, pipe.request),
                number=lambda: next(self._numbers) % _OBSERVE_NUMBERS,
                acknowledged=self._endpoint.exchanges.acknowledged,
                now=self._clock.monotonic,
            ).run()
        finally:
            self._observers[host] -= 1
            if not self._observers[host]:
                del self._observers[host]

    def _done(self, task: asyncio.Task[None]) -> None:
        """Answer 5.00 where a request met a mistake of ours; the server goes on."""
        pipe = self._pipes.pop(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        self._sparsely.warning("coap request met a mistake in the gateway", exc_info=error)
        pipe.add_response(message_of(Response(code=INTERNAL)), is_last=True)
