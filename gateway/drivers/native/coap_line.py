"""Talking to one appliance over CoAP: requests for commands, observations for what it says by itself.

The observation of the state is the sign of life: the client asks again when it was silent, and after three questions
without an answer the line is dead. Observations of events and acks are taken up again as long as the line lives. An
appliance that lost its mains for a moment has forgotten who observes it: where nothing is heard after a write it is asked.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from gateway.drivers.native.envelope import circumstances, progress_of, value_of
from gateway.drivers.native.links import Acks, Stages
from gateway.drivers.native.taps import Client
from gateway.drivers.parts.body import json_object
from gateway.errors import CommandError, Offline, TimedOut, WireError
from gateway.protocol.coap.client import refusal
from gateway.protocol.coap.message import CREATED, JSON, MERGE_PATCH, Method, Response
from gateway.protocol.payload import json_bytes
from gateway.thing.ack import AckState
from gateway.thing.clock import Clock
from gateway.thing.command import Command, Operation
from gateway.thing.log import Log
from gateway.thing.session import Progress
from gateway.thing.value import Value

MISSES = 3
_PATIENCE = 8.0
_SILENCE = 30.0
_LONG_SILENCE = 120.0
_LOOK = 3.0
"""Seconds without an ack after which a run is asked how far it is."""
_AGAIN = 5.0
_QUIET = 1.0
"""Seconds after a write that was taken in which an appliance says how it is by itself."""
_CLIENT_ERROR = 4
_NOTHING = (b"", b"null")
"""What an observation of acks or events begins with where there was none yet."""

Heard = Callable[[bytes], None]


class CoapLine:
    """A Line over CoAP to `base` (such as `coap://127.0.0.7:5683`), under the key of `device` where it has one."""

    def __init__(self, client: Client, base: str, device: str, acks: Acks, clock: Clock, random: Random) -> None:
        self._client = client
        self._device = device
        self._base = f"{base}/d/self"
        self._acks = acks
        self._clock = clock
        self._random = random
        self._log = Log(driver="native", at=base)
        self._written = asyncio.Event()
        self._states = 0
        self._before = 0  # states heard before the newest write that was taken was sent

    async def td(self) -> bytes:
        """Return the Thing Description."""
        return (await self._ask(Method.GET, "td")).payload

    async def state(self) -> bytes:
        """Return the public state."""
        return (await self._ask(Method.GET, "s", accept=JSON)).payload

    async def read(self, name: str) -> Value:
        """Return one property."""
        return value_of((await self._ask(Method.GET, f"p/{quote(name)}", accept=JSON)).payload)

    async def stop(self, id: str) -> None:
        """Ask the run `id` to stop."""
        await self._ask(Method.DELETE, f"run/{quote(id)}")

    async def perform(self, command: Command, id: str, confirm: str | None) -> AsyncGenerator[Progress, None]:
        """Send the command; yield stages up to the terminal one."""
        method, path, content_format = _REQUESTS[command.operation]
        query = urlencode({"id": id} | circumstances(command, confirm), quote_via=quote)
        payload = b"" if command.input is None else json_bytes(command.input)
        url = f"{self._base}/{path.format(quote(command.name))}?{query}"
        before = self._states  # the state a write leads to may come before its answer
        with self._acks.expect(id) as stages:
            response = await self._client.request(
                method, url, payload=payload, content_format=content_format if payload else None, peer=self._device, timeout=_PATIENCE
            )
            error = refusal(response)
            if error is not None:
                yield Progress(state=AckState.REJECTED if response.code[0] == _CLIENT_ERROR else AckState.FAILED, error=error.document())
            elif response.code == CREATED:
                async for progress in self._follow(stages, response.location or ("d", "self", "run", id)):
                    yield progress
            else:
                self._before = before
                self._written.set()
                yield _outcome(response)

    async def _follow(self, stages: Stages, location: tuple[str, ...]) -> AsyncGenerator[Progress, None]:
        """Yield the stages of a run: acks as they are observed, and what it says itself when none came for a while."""
        path = "/".join(quote(part) for part in location[2:])
        told: Progress | None = None
        while told is None or not told.state.terminal:
            try:
                async with asyncio.timeout(_LOOK if told is not None else 0.0):
                    progress = await stages.next()
            except TimeoutError:
                progress = progress_of(json_object((await self._ask(Method.GET, path)).payload, "the run"))
            if progress != told:
                told = progress
                yield progress

    async def _ask(self, method: Method, path: str, *, accept: int | None = None, patience: float = _PATIENCE) -> Response:
        response = await self._client.request(method, f"{self._base}/{path}", accept=accept, peer=self._device, timeout=patience)
        error = refusal(response)
        if error is not None:
            raise error
        return response

    async def listen(self, on_state: Heard, on_event: Callable[[str, bytes], None], events: tuple[str, ...]) -> None:
        """Hear states, acks and events until the appliance has not answered MISSES questions; then raise Offline.

        What an observation of an event begins with may be long past.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._side("ack", self._on_ack), name=f"{self._base} ack")
                for name in events:
                    group.create_task(self._side(f"e/{quote(name)}", partial(on_event, name)), name=f"{self._base} {name}")
                group.create_task(self._look_after_writes(on_state), name=f"{self._base} after writes")
                await self._watch_state(on_state)
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _look_after_writes(self, on_state: Heard) -> None:
        while True:
            await self._written.wait()
            self._written.clear()
            await self._clock.sleep(_QUIET)
            if self._states == self._before:
                with suppress(CommandError):  # whoever does not answer is found out by its silence
                    self._heard(await self._ask(Method.GET, "s", accept=JSON), on_state)

    async def _watch_state(self, on_state: Heard) -> None:
        while True:
            try:
                async for response in self._client.observe(
                    f"{self._base}/s", JSON, peer=self._device, silence=_SILENCE * self._random.uniform(0.8, 1.2), timeout=_PATIENCE
                ):
                    self._states += 1
                    self._heard(response, on_state)
                    del response  # its body is not kept until the next one
            except (Offline, TimedOut) as error:
                await self._still_there(error)
            await self._clock.sleep(self._random.uniform(0.0, 1.0))

    async def _still_there(self, error: CommandError) -> None:
        """Return when the appliance answers within the misses that are left; raise Offline otherwise."""
        for _ in range(MISSES - 1):
            try:
                await self._ask(Method.GET, "s", accept=JSON, patience=_PATIENCE / 2)
            except (Offline, TimedOut) as miss:
                error = miss
            else:
                return
        raise Offline(f"no answer to {MISSES} questions in a row: {error.detail}") from error

    async def _side(self, path: str, on_payload: Heard) -> None:
        """Observe what is not the state; what the appliance does not offer is left alone."""
        while True:
            try:
                async for response in self._client.observe(
                    f"{self._base}/{path}",
                    JSON,
                    peer=self._device,
                    silence=_LONG_SILENCE * self._random.uniform(0.8, 1.2),
                    timeout=_PATIENCE,
                ):
                    self._heard(response, on_payload)
                    if response.code[0] == _CLIENT_ERROR:
                        return
                    del response  # likewise
            except (Offline, TimedOut) as error:
                self._log.debug("native.observation_lost", path=path, why=error.detail)
            await self._clock.sleep(_AGAIN * self._random.uniform(0.8, 1.2))

    def _heard(self, response: Response, on_payload: Heard) -> None:
        if not response.successful or response.payload in _NOTHING:
            return
        try:
            on_payload(response.payload)
        except WireError as error:
            self._log.debug("native.dropped", why=str(error))

    def _on_ack(self, payload: bytes) -> None:
        self._acks.take(json_object(payload, "the ack"))


_REQUESTS: Mapping[Operation, tuple[Method, str, int]] = {
    Operation.WRITE_PROPERTY: (Method.PUT, "p/{}", JSON),
    Operation.WRITE_MULTIPLE: (Method.IPATCH, "s", MERGE_PATCH),
    Operation.INVOKE_ACTION: (Method.POST, "a/{}", JSON),
    Operation.CANCEL_ACTION: (Method.DELETE, "run/{}", JSON),
}


def _outcome(response: Response) -> Progress:
    """Return what a 2.04 says: an ack with an output, a bare output, or just that it is done."""
    body: Any = value_of(response.payload) if response.payload else None
    if isinstance(body, dict) and "state" in body and "id" in body:
        return progress_of(body)
    return Progress(state=AckState.COMPLETED, output=body)
