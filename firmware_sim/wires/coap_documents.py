"""What a native appliance shows on CoAP, in the formats each is offered in: links, Thing Description, state, properties, what happened."""

from collections.abc import Callable, Mapping
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal
from firmware_sim.wires.coap_links import Link, core_links, link_format
from firmware_sim.wires.coap_message import Request, Response
from firmware_sim.wires.duration import seconds
from firmware_sim.wires.native_forms import ACK_EVENT
from firmware_sim.wires.order import etag
from firmware_sim.wires.payload import CBOR, JSON, LINK_FORMAT, SENML_CBOR, SENML_JSON, TD_JSON, encode
from firmware_sim.wires.reading import read_value
from firmware_sim.wires.senml import has_senml, pack
from firmware_sim.wires.thing import Thing

PLAIN = (JSON, CBOR)
_SENML = (SENML_JSON, SENML_CBOR)
_STATE_AGE = 60
_DESCRIPTION_AGE = 3600


class Documents:
    """The representations of one appliance; `thing` is asked for each time because it may change."""

    def __init__(self, appliance: Appliance, thing: Callable[[], Thing]) -> None:
        self._appliance = appliance
        self._thing = thing

    def core(self, request: Request) -> Response:
        """Return what there is, filtered by the query."""
        accepted(request, (LINK_FORMAT,))
        return Response(payload=link_format(self._links(), request.query), content_format=LINK_FORMAT)

    def devices(self, request: Request) -> Response:
        """Return the list of devices: this one."""
        chosen = accepted(request, (JSON, LINK_FORMAT, CBOR))
        links = tuple(link for link in self._links() if link.path.startswith("/d/"))
        payload = link_format(links, request.query) if chosen == LINK_FORMAT else encode(["self"], chosen)
        return Response(payload=payload, content_format=chosen)

    def _links(self) -> tuple[Link, ...]:
        surface = self._appliance.surface
        public = (f"p/{name}" for name in surface.properties if name not in surface.private)
        events = (f"e/{name}" for name in surface.events if name != ACK_EVENT)
        return core_links(self._appliance.identifier, self._appliance.kind, (*public, *events))

    def description(self, request: Request) -> Response:
        """Return the Thing Description."""
        chosen = accepted(request, (TD_JSON, JSON, CBOR))
        thing = self._thing()
        payload = encode(thing.document, CBOR) if chosen == CBOR else thing.body
        return Response(payload=payload, content_format=chosen, etag=thing.etag, max_age=_DESCRIPTION_AGE)

    def state(self, request: Request) -> Response:
        """Return the whole public state."""
        document = self._appliance.document()
        chosen = accepted(request, (*PLAIN, *_SENML))
        names = [name for name in document if name != "$"]
        payload = self._senml(names, document, chosen) if chosen in _SENML else encode(document, chosen)
        return self._stated(payload, chosen, _STATE_AGE)

    def property(self, name: str, request: Request) -> Response:
        """Return one property; Refusal `unknown`."""
        value = read_value(self._appliance, name)
        chosen = accepted(request, (*PLAIN, *_SENML) if has_senml(value) else PLAIN)
        payload = self._senml([name], {name: value}, chosen) if chosen in _SENML else encode(value, chosen)
        report = self._appliance.schema(name).get("hl:report", {})
        return self._stated(payload, chosen, int(seconds(report.get("maxInterval"), _STATE_AGE)))

    def event(self, name: str, request: Request) -> Response:
        """Return the last event of that name, or with `?since=seq` the last 32 after it; Refusal `unknown`."""
        events = [event.document() for event in self._appliance.events(name)]
        since = request.argument("since")
        if since is None:
            return told(events[-1] if events else None, request)
        if not since.isdecimal():
            raise Refusal("bad-syntax", "`since` is a sequence number")
        return told([event for event in events if event["seq"] > int(since)], request)

    def _stated(self, payload: bytes, content_format: int, age: int) -> Response:
        tag = etag(self._appliance.boot, self._appliance.seq)
        return Response(payload=payload, content_format=content_format, etag=tag, max_age=age)

    def _senml(self, names: list[str], values: Mapping[str, Any], content_format: int) -> bytes:
        base = f"{self._thing().id}:"
        records = [(name, values[name], self._unit(name)) for name in names]
        return pack(base, self._appliance.timestamp, records, content_format)

    def _unit(self, name: str) -> str | None:
        unit = self._appliance.schema(name).get("unit")
        return unit if isinstance(unit, str) else None


def accepted(request: Request, offered: tuple[int, ...]) -> int:
    """Return the format to answer in; Refusal `not-acceptable` when the one asked for is not offered."""
    if request.accept is None:
        return offered[0]
    if request.accept not in offered:
        raise Refusal("not-acceptable", f"offered: {', '.join(map(str, offered))}")
    return request.accept


def told(body: Mapping[str, Any] | list[Any] | None, request: Request) -> Response:
    """Return something that happened; `null` when nothing has yet."""
    chosen = accepted(request, PLAIN)
    return Response(payload=encode(body, chosen), content_format=chosen, max_age=0)
