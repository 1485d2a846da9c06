"""The scenes of the hub on CoAP: `/scene`, `/scene/{id}`, `/scene/{id}/run/{run}`.

GET lists, shows and reports, and observes a run; POST runs (2.04 with the report, or 2.01 with where it will stand); DELETE of a run
takes it back. PUT and DELETE of a scene are an owner's.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from gateway.errors import BadSyntax, Unknown
from gateway.faces.coap.door import Door
from gateway.faces.coap.representation import DOCUMENTS, answering, choose
from gateway.protocol.coap.message import CBOR, CHANGED, CONTENT, CREATED, DELETED, JSON, Request, Response
from gateway.protocol.payload import decode, encode
from gateway.protocol.resources import Resource, Route
from gateway.scenes.desk import SceneDesk
from gateway.scenes.report import Report
from gateway.thing.value import Value

PATIENCE = 2.0
"""Seconds a request waits for the end of a run."""


class SceneResources:
    """Answers for the scenes; `desk` None: this hub has none."""

    def __init__(self, desk: SceneDesk | None, principal: Door) -> None:
        self._desk = desk
        self._principal = principal

    async def read(self, route: Route, request: Request) -> Response:
        """Answer one GET."""
        content_format = choose(request.accept, DOCUMENTS)
        return Response(code=CONTENT, payload=encode(self._shown(route), content_format), content_format=content_format)

    async def watch(self, route: Route, request: Request) -> AsyncIterator[Response]:
        """Give a run's report now, and anew whenever it has moved on."""
        content_format = choose(request.accept, DOCUMENTS)
        async for report in self._open.scenes.runs.follow(self._report(route).id):
            body = encode(self._open.document(report), content_format)
            yield Response(code=CONTENT, payload=body, content_format=content_format, max_age=0)

    def _shown(self, route: Route) -> Value:
        if route.resource is Resource.SCENES:
            return list(self._open.listing(state=True))
        if route.resource is Resource.SCENE:
            return self._open.record(route.name)
        return self._open.document(self._report(route))

    async def run(self, route: Route, request: Request) -> Response:
        """Run a scene; the payload is a map of its parameters."""
        choose(request.accept, DOCUMENTS)
        given = decode(request.payload, CBOR if request.content_format == CBOR else JSON) if request.payload else None
        return await self._told(await self._open.run(route.name, given, self._principal(request)), request)

    async def undo(self, route: Route, request: Request) -> Response:
        """Take a run back."""
        return await self._told(await self._open.scenes.begin_undo(self._report(route).id, self._principal(request)), request)

    async def put(self, route: Route, request: Request) -> Response:
        """Keep a scene, which is the payload."""
        try:
            text = request.payload.decode()
        except UnicodeDecodeError as error:
            raise BadSyntax("a scene is a text in UTF-8") from error
        body = await self._open.put(text, self._principal(request), route.name)
        content_format = answering(request)
        return Response(code=CHANGED, payload=encode(body, content_format), content_format=content_format)

    async def remove(self, route: Route, request: Request) -> Response:
        """Forget a scene."""
        await self._open.scenes.remove(route.name, self._principal(request))
        return Response(code=DELETED)

    async def _told(self, report: Report, request: Request) -> Response:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._open.scenes.runs.end_of(report)
        content_format = answering(request)
        body = encode(self._open.document(report), content_format)
        if report.ended is not None:
            return Response(code=CHANGED, payload=body, content_format=content_format)
        return Response(code=CREATED, payload=body, content_format=content_format, location=("scene", report.scene, "run", report.id))

    def _report(self, route: Route) -> Report:
        report = self._open.scenes.runs.report(route.name)
        if report.scene != route.device:
            raise Unknown(f"{route.name} is no run of {route.device}")
        return report

    @property
    def _open(self) -> SceneDesk:
        if self._desk is None:
            raise Unknown("there are no scenes here")
        return self._desk
