"""PUT, iPATCH, POST and DELETE become commands; the answer waits two seconds for the end, then names the run instead."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

from gateway.errors import BY_CODE, BadFormat, CommandError, DeviceFailure, Precondition
from gateway.faces.coap.door import Door
from gateway.faces.coap.representation import DOCUMENTS, answering, choose, etag_of
from gateway.faces.payload import expiry
from gateway.home.home import Home
from gateway.home.run import Run
from gateway.protocol.coap.message import CBOR, CHANGED, CREATED, DELETED, JSON, MERGE_PATCH, Request, Response
from gateway.protocol.payload import decode, encode
from gateway.protocol.resources import Route
from gateway.thing.ack import Ack, AckState
from gateway.thing.clock import Clock
from gateway.thing.command import Command, Operation, Version
from gateway.thing.value import Value

PATIENCE = 2.0
"""Seconds a request waits for its command's end (profile decision 4)."""


class Writing:
    """Turns requests into commands of the principal they are from."""

    def __init__(self, home: Home, principal: Door, clock: Clock) -> None:
        self._home = home
        self._principal = principal
        self._clock = clock

    async def put_property(self, route: Route, request: Request) -> Response:
        """Write one property."""
        return await self._do(route, request, Operation.WRITE_PROPERTY, _value(request, (JSON, CBOR)))

    async def patch_state(self, route: Route, request: Request) -> Response:
        """Write several properties, all or none (merge-patch)."""
        return await self._do(route, request, Operation.WRITE_MULTIPLE, _value(request, (MERGE_PATCH, JSON, CBOR)))

    async def invoke(self, route: Route, request: Request) -> Response:
        """Invoke an action; a format nobody can answer in is refused before anything is done."""
        choose(request.accept, DOCUMENTS)
        value = _value(request, (JSON, CBOR)) if request.payload else None
        return await self._do(route, request, Operation.INVOKE_ACTION, value)

    async def cancel(self, route: Route, request: Request) -> Response:
        """Ask a run to stop."""
        response = await self._do(route, request, Operation.CANCEL_ACTION, None)
        return Response(code=DELETED, etag=response.etag) if response.code == CHANGED else response

    async def _do(self, route: Route, request: Request, operation: Operation, value: Value) -> Response:
        self._home.twin(route.device)
        run = await self._home.submit(self._command(route, request, operation, value))
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._enough(run)
        return self._ended(run.last, request) if run.done else self._accepted(route, run, request)

    async def _enough(self, run: Run) -> None:
        """Return once there is an end, or nothing to wait for: it is delayed, or a long action runs."""
        async for ack in run.acks():
            if ack.state is AckState.DELAYED or (ack.state is AckState.RUNNING and self._long(ack)):
                return

    def _long(self, ack: Ack) -> bool:
        action = self._home.twin(ack.device).instance.actions.get(ack.name)
        return action is not None and action.long

    def _command(self, route: Route, request: Request, operation: Operation, value: Value) -> Command:
        now = self._clock.now()
        return Command(
            id=request.parameter("id") or f"g-{uuid4().hex[:12]}",
            device=route.device,
            operation=operation,
            name=route.name,
            input=value,
            principal=self._principal(request),
            expires=expiry(_number_or_text(request.parameter("exp")), _number_or_text(request.parameter("ttl")), now),
            expected=self._expected(route.device, request),
            why=request.parameter("why") or "",
            confirmation=request.parameter("confirm"),
        )

    def _expected(self, device: str, request: Request) -> Version | None:
        wanted = [tag for tag in request.if_match if tag]
        if not wanted:
            return None
        version = self._home.twin(device).version
        if etag_of(version) not in wanted:
            raise Precondition("the state has moved on since the ETag in If-Match; read it again")
        return version

    def _accepted(self, route: Route, run: Run, request: Request) -> Response:
        content_format = answering(request)
        return Response(
            code=CREATED,
            payload=encode(run.last.document(), content_format),
            content_format=content_format,
            location=("d", route.device, "run", run.last.id),
        )

    def _ended(self, ack: Ack, request: Request) -> Response:
        if ack.state is not AckState.COMPLETED:
            raise error_of(ack)
        tag = etag_of(ack.version) if ack.version is not None else None
        if ack.operation is not Operation.INVOKE_ACTION:
            return Response(code=CHANGED, etag=tag)
        body, content_format = ack.document() if ack.output is None else ack.output, answering(request)
        return Response(code=CHANGED, payload=encode(body, content_format), content_format=content_format, etag=tag)


def error_of(ack: Ack) -> CommandError:
    """Return the error that a terminal ack other than completed stands for."""
    body: dict[str, Any] = dict(ack.error or {})
    known = BY_CODE.get(str(body.pop("code", ack.state.value)), DeviceFailure)
    body.pop("title", None)
    detail = str(body.pop("detail", "") or f"the command ended {ack.state.value}")
    return known(detail, constraint=body.pop("constraint", None), property=body.pop("property", None), **body)


def _value(request: Request, formats: tuple[int, ...]) -> Value:
    content_format = request.content_format
    if content_format is not None and content_format not in formats:
        raise BadFormat(f"content format {content_format} cannot be written here; send {', '.join(map(str, formats))}")
    return decode(request.payload, CBOR if content_format == CBOR else JSON)


def _number_or_text(text: str | None) -> Value:
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return text
