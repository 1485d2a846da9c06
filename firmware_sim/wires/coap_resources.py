"""The resources of a native appliance on CoAP.

    /.well-known/core  /.well-known/wot  /d   what there is
    /d/self/td                                Thing Description
    /d/self/s                                 the whole public state: GET, Observe, iPATCH
    /d/self/p/{name}                          one property: GET, Observe, PUT
    /d/self/a/{name}                          POST
    /d/self/run/{id}                          what became of a command: GET, Observe, DELETE
    /d/self/e/{name}                          the last event (`?since=seq`: the last 32 after it): GET, Observe
    /d/self/ack                               the last ack of any command: GET, Observe
    /d/self/life  faults  claims              the big documents of the kinds that have them

The state and each property carry the ETag of the state, so `If-Match` makes any write conditional.
"""

from collections.abc import Callable, Mapping
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.notice import Changed, Notice, Raised
from firmware_sim.refusal import Refusal
from firmware_sim.wires.coap_commands import Commands
from firmware_sim.wires.coap_links import core_links, link_format
from firmware_sim.wires.coap_message import Request, Response
from firmware_sim.wires.coap_site import Feed
from firmware_sim.wires.desk import Desk
from firmware_sim.wires.duration import seconds
from firmware_sim.wires.order import etag
from firmware_sim.wires.payload import CBOR, JSON, LINK_FORMAT, SENML_CBOR, SENML_JSON, TD_JSON, encode
from firmware_sim.wires.reading import read_value
from firmware_sim.wires.senml import has_senml, pack
from firmware_sim.wires.thing import Thing

PLAIN = (JSON, CBOR)
_SENML = (SENML_JSON, SENML_CBOR)
_DOCUMENTS = frozenset({"life", "faults", "claims"})
_STATE_AGE = 60
_DESCRIPTION_AGE = 3600


class NativeResources:
    """Paths to answers, for one appliance; `thing` is asked for each time because it may change."""

    def __init__(self, appliance: Appliance, desk: Desk, thing: Callable[[], Thing]) -> None:
        self._appliance = appliance
        self._desk = desk
        self._thing = thing
        self._commands = Commands(desk)

    async def handle(self, request: Request) -> Response:
        """Answer one request; raises Refusal."""
        match request.path:
            case (".well-known", "core"):
                return self._only_get(request, self._core)
            case (".well-known", "wot"):
                return self._only_get(request, self._description)
            case ("d",):
                return self._only_get(request, self._devices)
            case ("d", "self", resource):
                return await self._plain(resource, request)
            case ("d", "self", resource, name):
                return await self._named(resource, name, request)
        raise Refusal("unknown", "no such resource")

    def watch(self, request: Request, feed: Feed) -> Callable[[], None] | None:
        """Let `feed` know of changes; None for what cannot be observed."""
        match request.path:
            case ("d",):
                return lambda: None
            case ("d", "self", "ack"):
                return self._desk.listen(lambda _, ack: feed.push(_told(ack, request)))
            case ("d", "self", "run", identifier):
                return self._desk.listen(lambda run, ack: feed.push(_told(ack, request)) if run.order.id == identifier else None)
        heard = self._ear(request, feed)
        return None if heard is None else self._appliance.listen(heard)

    def _ear(self, request: Request, feed: Feed) -> Callable[[Notice], None] | None:
        match request.path:
            case ("d", "self", "s"):
                return lambda notice: feed.push() if isinstance(notice, Changed) else None
            case ("d", "self", "p", name) | ("d", "self", ("life" | "faults" | "claims") as name):
                return lambda notice: feed.push() if isinstance(notice, Changed) and name in notice.names else None
            case ("d", "self", "e", name):
                return lambda notice: self._event_told(notice, name, request, feed)
        return None

    async def _plain(self, resource: str, request: Request) -> Response:
        match resource, request.method:
            case "td", _:
                return self._only_get(request, self._description)
            case "s", "iPATCH":
                return await self._commands.patch(request)
            case "s", _:
                return self._only_get(request, self._state)
            case "ack", _:
                return self._only_get(request, lambda request: _told(self._desk.last, request))
            case name, _ if name in _DOCUMENTS:
                return self._only_get(request, lambda request: self._property(name, request))
        raise Refusal("unknown", "no such resource")

    async def _named(self, resource: str, name: str, request: Request) -> Response:
        match resource, request.method:
            case "p", "PUT":
                self._appliance.schema(name)
                return await self._commands.put(name, request)
            case "p", _:
                return self._only_get(request, lambda request: self._property(name, request))
            case "a", "POST":
                return await self._commands.post(name, request)
            case "a", _:
                raise Refusal("read-only", "an action is only POSTed")
            case "run", "DELETE":
                return await self._commands.cancel(name, request)
            case "run", _:
                return self._only_get(request, lambda request: _told(self._desk.run(name).last, request))
            case "e", _:
                return self._only_get(request, lambda request: self._event(name, request))
        raise Refusal("unknown", "no such resource")

    def _only_get(self, request: Request, answer: Callable[[Request], Response]) -> Response:
        if request.method != "GET":
            raise Refusal("read-only", f"no {request.method} here")
        return answer(request)

    def _core(self, request: Request) -> Response:
        accepted(request, (LINK_FORMAT,))
        return Response(payload=link_format(core_links(self._appliance.kind), request.query), content_format=LINK_FORMAT)

    def _devices(self, request: Request) -> Response:
        chosen = accepted(request, (JSON, LINK_FORMAT, CBOR))
        links = tuple(link for link in core_links(self._appliance.kind) if link.path.startswith("/d/"))
        payload = link_format(links, request.query) if chosen == LINK_FORMAT else encode(["self"], chosen)
        return Response(payload=payload, content_format=chosen)

    def _description(self, request: Request) -> Response:
        chosen = accepted(request, (TD_JSON, JSON, CBOR))
        thing = self._thing()
        payload = encode(thing.document, CBOR) if chosen == CBOR else thing.body
        return Response(payload=payload, content_format=chosen, etag=thing.etag, max_age=_DESCRIPTION_AGE)

    def _state(self, request: Request) -> Response:
        chosen = accepted(request, (*PLAIN, *_SENML))
        document = self._appliance.document()
        if chosen in _SENML:
            records = [(name, value, self._unit(name)) for name, value in document.items() if name != "$"]
            return self._stated(pack(self._base_name(), self._appliance.timestamp, records, chosen), chosen, _STATE_AGE)
        return self._stated(encode(document, chosen), chosen, _STATE_AGE)

    def _property(self, name: str, request: Request) -> Response:
        value = read_value(self._appliance, name)
        chosen = accepted(request, (*PLAIN, *_SENML) if has_senml(value) else PLAIN)
        age = int(seconds(self._appliance.schema(name).get("hl:report", {}).get("maxInterval"), _STATE_AGE))
        if chosen in _SENML:
            records = [(name, value, self._unit(name))]
            return self._stated(pack(self._base_name(), self._appliance.timestamp, records, chosen), chosen, age)
        return self._stated(encode(value, chosen), chosen, age)

    def _stated(self, payload: bytes, content_format: int, age: int) -> Response:
        tag = etag(self._appliance.boot, self._appliance.seq)
        return Response(payload=payload, content_format=content_format, etag=tag, max_age=age)

    def _event(self, name: str, request: Request) -> Response:
        events = [event.document() for event in self._appliance.events(name)]
        since = request.argument("since")
        if since is None:
            return _told(events[-1] if events else None, request)
        if not since.isdecimal():
            raise Refusal("bad-syntax", "`since` is a sequence number")
        return _told([event for event in events if event["seq"] > int(since)], request)

    def _event_told(self, notice: Notice, name: str, request: Request, feed: Feed) -> None:
        if isinstance(notice, Raised) and notice.event == name:
            feed.push(_told(notice.document(), request))

    def _unit(self, name: str) -> str | None:
        unit = self._appliance.schema(name).get("unit")
        return unit if isinstance(unit, str) else None

    def _base_name(self) -> str:
        return f"{self._thing().document.get('id', f'urn:hulian:{self._appliance.identifier}')}:"


def accepted(request: Request, offered: tuple[int, ...]) -> int:
    """Return the format to answer in; Refusal `not-acceptable` when the one asked for is not offered."""
    if request.accept is None:
        return offered[0]
    if request.accept not in offered:
        raise Refusal("not-acceptable", f"offered: {', '.join(map(str, offered))}")
    return request.accept


def _told(body: Mapping[str, Any] | list[Any] | None, request: Request) -> Response:
    """Return something that happened; `null` when nothing has yet."""
    chosen = accepted(request, PLAIN)
    return Response(payload=encode(body, chosen), content_format=chosen, max_age=0)
