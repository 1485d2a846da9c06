"""One observation (RFC 7641): a stream of responses on its way to one peer.

A peer that is slower than the stream gets only the newest: one response waits at a time, and while a confirmable
notification is not acknowledged nothing newer is sent. Every tenth notification is confirmable, and the first after an
hour, so a peer that has gone is found out; the library then ends the request, which cancels the task that runs this.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiocoap.numbers.constants import Reliable, Unreliable
from aiocoap.numbers.types import CON

from gateway.errors import CommandError, HulianError, Unknown
from gateway.protocol.coap.message import Response
from gateway.protocol.coap.translate import INTERNAL, refused
from gateway.thing.log import Log

CONFIRM_EVERY = 10
CONFIRM_AFTER = 3600.0
"""Seconds after which a notification is confirmable whatever its number."""
_RELIABLE, _UNRELIABLE = Reliable(), Unreliable()

_log = Log()


class Observation:
    """Sends what `stream` yields into `pipe`.

    `build` makes the library's message of a response, `number` the next value of the Observe option, `acknowledged`
    waits until a confirmable message was acknowledged, `now` gives monotonic seconds.
    """

    def __init__(
        self,
        pipe: Any,
        stream: AsyncIterator[Response],
        *,
        build: Callable[[Response], Any],
        number: Callable[[], int],
        acknowledged: Callable[[Any], Awaitable[None]],
        now: Callable[[], float],
    ) -> None:
        self._pipe = pipe
        self._stream = stream
        self._build = build
        self._number = number
        self._acknowledged = acknowledged
        self._now = now
        self._newest: Response | None = None
        self._ended = False
        self._wake = asyncio.Event()
        self._sent = 0
        self._confirmed = now()

    async def run(self) -> None:
        """Send until the stream ends; the last response goes out as the end of the observation."""
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(self._read(), name="coap observation, reading")
            await self._send()
            reader.cancel()

    async def _read(self) -> None:
        try:
            async for response in self._stream:
                self._newest = response
                self._wake.set()
                if not response.successful:
                    break
        except CommandError as error:
            self._newest = refused(error)
        except HulianError as error:
            _log.warning("coap observation failed", error=str(error))
            self._newest = Response(code=INTERNAL)
        finally:
            self._ended = True
            self._wake.set()
            close = getattr(self._stream, "aclose", None)
            if close is not None:
                await close()

    async def _send(self) -> None:
        last = refused(Unknown("nothing to observe"))
        while not self._ended or self._newest is not None:
            await self._wake.wait()
            self._wake.clear()
            if self._newest is None:
                break
            last, self._newest = self._newest, None
            if self._ended:
                break
            await self._notify(last)
        self._pipe.add_response(self._built(last, confirmable=True), is_last=True)

    async def _notify(self, response: Response) -> None:
        due = self._now() - self._confirmed >= CONFIRM_AFTER
        message = self._built(response, confirmable=self._sent % CONFIRM_EVERY == 0 or due)
        message.opt.observe = self._number()
        self._sent += 1
        self._pipe.add_response(message)
        if message.mtype is CON:
            await self._acknowledged(message)
            self._confirmed = self._now()

    def _built(self, response: Response, *, confirmable: bool) -> Any:
        """Return the library's message; the first one, which answers the request, is as confirmable as that was."""
        message = self._build(response)
        if self._sent:
            message.transport_tuning = _RELIABLE if confirmable else _UNRELIABLE
        return message
