"""Observe: each observation follows the change stream and gives the resource anew whenever something it shows changed."""

from collections.abc import AsyncIterator

from gateway.errors import BadSyntax
from gateway.faces.coap.reading import Reading
from gateway.faces.coap.representation import answering
from gateway.faces.coap.scenes import SceneResources
from gateway.faces.payload import event_document
from gateway.home.change import Acknowledged, AvailabilityChanged, Change, Described, EventRaised, Removed, Snapshot, StateChanged
from gateway.home.home import Home
from gateway.protocol.coap.message import CONTENT, Request, Response
from gateway.protocol.payload import encode
from gateway.protocol.resources import Resource, Route, parse_path

OBSERVABLE = frozenset({Resource.DEVICES, Resource.STATE, Resource.PROPERTY, Resource.EVENT, Resource.RUN, Resource.ACK, Resource.FAULTS})


class Watching:
    """Answers requests that ask for notifications."""

    def __init__(self, home: Home, reading: Reading, scenes: SceneResources) -> None:
        self._home = home
        self._reading = reading
        self._scenes = scenes

    def watch(self, request: Request) -> AsyncIterator[Response] | None:
        """Return the notifications of a resource, the present state first; None where there are none to expect."""
        route = parse_path(request.path)
        if route.resource is Resource.SCENE_RUN:
            return self._scenes.watch(route, request)
        if route.resource not in OBSERVABLE or (route.resource is Resource.PROPERTY and self._private(route)):
            return None
        if route.resource is Resource.EVENT and route.name != "commandAck":
            return self._events(route, request)
        return self._follow(route, request)

    def _private(self, route: Route) -> bool:
        spec = self._home.twin(route.device).instance.properties.get(route.name)
        return spec is not None and spec.private

    async def _follow(self, route: Route, request: Request) -> AsyncIterator[Response]:
        devices = frozenset({route.device}) if route.device else None
        async with self._home.subscribe(devices) as changes:
            async for change in changes:
                if concerns(change, route):
                    yield self._reading.read(route, request) if not _is_ack(change, route) else _ack(change, request)

    async def _events(self, route: Route, request: Request) -> AsyncIterator[Response]:
        async with self._home.subscribe(frozenset({route.device})) as changes:
            async for change in changes:
                if isinstance(change, Snapshot):
                    yield self._reading.read(route, request)
                elif isinstance(change, EventRaised) and change.event.name == route.name:
                    yield _document(event_document(change), request)


def concerns(change: Change, route: Route) -> bool:
    """Return whether `change` alters what `route` shows."""
    match change:
        case Snapshot() | Removed():
            return True
        case StateChanged():
            shown = route.resource in (Resource.PROPERTY, Resource.FAULTS) and _name(route) in change.changed
            return shown or route.resource is Resource.STATE
        case Acknowledged():
            own = route.resource is Resource.RUN and change.ack.id == route.name
            return own or route.resource is Resource.ACK or route.name == "commandAck"
        case Described():
            return route.resource is Resource.DEVICES
        case AvailabilityChanged() | EventRaised():
            return False


def _name(route: Route) -> str:
    return route.name or route.resource.value


def _is_ack(change: Change, route: Route) -> bool:
    return isinstance(change, Acknowledged) and route.resource is not Resource.RUN


def _ack(change: Change, request: Request) -> Response:
    if not isinstance(change, Acknowledged):
        raise BadSyntax("not an ack")
    return _document(change.ack.document(), request)


def _document(value: object, request: Request) -> Response:
    content_format = answering(request)
    return Response(code=CONTENT, payload=encode(value, content_format), content_format=content_format, max_age=0)
