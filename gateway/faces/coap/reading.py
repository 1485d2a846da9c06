"""GET: states, properties, descriptions, events, runs, and the directory of it all."""

from collections.abc import Callable

from gateway.errors import BadSyntax, Unknown
from gateway.faces.coap.directory import core_document, gateway_thing
from gateway.faces.coap.door import Door
from gateway.faces.coap.recent import Recent
from gateway.faces.coap.representation import DOCUMENTS, STATES, choose, etag_of, represent, value_formats
from gateway.faces.payload import devices_document
from gateway.home.home import Home
from gateway.home.twin import Twin
from gateway.profile.thing_description import thing_id
from gateway.protocol.coap.message import CBOR, CONTENT, JSON, LINK_FORMAT, TD_JSON, Request, Response
from gateway.protocol.payload import encode
from gateway.protocol.resources import Resource, Route
from gateway.thing.value import Value

NOT_KEPT = 0


class Reading:
    """Answers reads of one home; `principal` tells whose a request is, `keyed()` whether it takes a key to come in."""

    def __init__(self, home: Home, recent: Recent, principal: Door, keyed: Callable[[], bool]) -> None:
        self._home = home
        self._recent = recent
        self._principal = principal
        self._keyed = keyed
        self._answers: dict[Resource, Callable[[Route, Request], Response]] = {
            Resource.CORE: self._core,
            Resource.WOT: self._wot,
            Resource.DEVICES: self._devices,
            Resource.DESCRIPTION: self._description,
            Resource.STATE: self._state,
            Resource.PROPERTY: self._property,
            Resource.EVENT: self._event,
            Resource.RUN: self._run,
            Resource.ACK: self._ack,
            Resource.ACTION: self._action,
            Resource.LIFE: self._document,
            Resource.FAULTS: self._document,
            Resource.CLAIMS: self._document,
        }

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Return what can be read."""
        return tuple(self._answers)

    def read(self, route: Route, request: Request) -> Response:
        """Answer one GET."""
        return self._answers[route.resource](route, request)

    def _core(self, _route: Route, request: Request) -> Response:
        choose(request.accept, (LINK_FORMAT,))
        body = core_document(self._home, request.query)
        return Response(code=CONTENT, payload=body, content_format=LINK_FORMAT)

    def _wot(self, _route: Route, request: Request) -> Response:
        content_format = choose(request.accept, (TD_JSON, JSON, CBOR))
        return _content(gateway_thing(self._home, keyed=self._keyed()), content_format)

    def _devices(self, _route: Route, request: Request) -> Response:
        content_format = choose(request.accept, (JSON, CBOR, LINK_FORMAT))
        if content_format == LINK_FORMAT:
            return self._core(_route, request)
        return _content(devices_document(self._home), content_format)

    def _description(self, route: Route, request: Request) -> Response:
        content_format = choose(request.accept, (TD_JSON, JSON, CBOR))
        description = self._home.thing_description(route.device)
        body = description.body if content_format in (TD_JSON, JSON) else encode(description.document, content_format)
        return Response(code=CONTENT, payload=body, content_format=content_format, etag=bytes.fromhex(description.hash)[:8])

    def _state(self, route: Route, request: Request) -> Response:
        twin = self._home.twin(route.device)
        document = self._home.document(route.device)
        content_format = choose(request.accept, STATES)
        names = {name: value for name, value in document.items() if name != "$"}
        body = represent(document, content_format, twin.instance, self._base(route.device), names, document["$"])
        age = _freshness(twin, names)
        return Response(code=CONTENT, payload=body, content_format=content_format, etag=etag_of(twin.version), max_age=age)

    def _property(self, route: Route, request: Request) -> Response:
        twin = self._home.twin(route.device)
        value = self._home.read(route.device, route.name, self._principal(request))
        content_format = choose(request.accept, value_formats(value))
        meta = self._home.document(route.device)["$"]
        body = represent(value, content_format, twin.instance, self._base(route.device), {route.name: value}, meta)
        age = _freshness(twin, (route.name,))
        return Response(code=CONTENT, payload=body, content_format=content_format, etag=etag_of(twin.version), max_age=age)

    def _event(self, route: Route, request: Request) -> Response:
        instance = self._home.twin(route.device).instance
        if route.name == "commandAck":
            return self._ack(route, request)
        if route.name not in instance.events:
            raise Unknown(f"{route.device} has no event {route.name}")
        since = request.parameter("since")
        if since is not None and not since.isdecimal():
            raise BadSyntax("`since` is a state's seq, a whole number")
        events = self._recent.events(route.device, route.name, None if since is None else int(since))
        value: Value = events if since is not None else (events[-1] if events else None)
        return _content(value, choose(request.accept, DOCUMENTS), NOT_KEPT)

    def _run(self, route: Route, request: Request) -> Response:
        return _content(self._home.told(route.device, route.name).document(), choose(request.accept, DOCUMENTS), NOT_KEPT)

    def _ack(self, route: Route, request: Request) -> Response:
        self._home.twin(route.device)
        return _content(self._recent.ack(route.device), choose(request.accept, DOCUMENTS), NOT_KEPT)

    def _action(self, route: Route, request: Request) -> Response:
        action = self._home.twin(route.device).instance.actions.get(route.name)
        if action is None:
            raise Unknown(f"{route.device} has no action {route.name}")
        return _content(action.schema, choose(request.accept, DOCUMENTS))

    def _document(self, route: Route, request: Request) -> Response:
        value = self._home.read(route.device, route.resource.value, self._principal(request))
        return _content(value, choose(request.accept, DOCUMENTS))

    def _base(self, device: str) -> str:
        return f"{thing_id(device)}:"


def _content(value: Value, content_format: int, max_age: int | None = None) -> Response:
    body = encode(value, JSON if content_format == TD_JSON else content_format)
    return Response(code=CONTENT, payload=body, content_format=content_format, max_age=max_age)


def _freshness(twin: Twin, names: object) -> int:
    properties = twin.instance.properties
    wanted = names if isinstance(names, tuple) else tuple(properties)
    limits = [spec.report.max_interval for name in wanted if (spec := properties.get(name)) and spec.report and spec.report.max_interval]
    return int(min(limits, default=60))
