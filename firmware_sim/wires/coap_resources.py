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

from collections.abc import Callable

from firmware_sim.appliance import Appliance
from firmware_sim.notice import Changed, Notice, Raised
from firmware_sim.refusal import Refusal
from firmware_sim.wires.coap_commands import Commands
from firmware_sim.wires.coap_documents import Documents, told
from firmware_sim.wires.coap_message import Request, Response
from firmware_sim.wires.coap_site import Feed
from firmware_sim.wires.desk import Desk
from firmware_sim.wires.thing import Thing

_DOCUMENTS = frozenset({"life", "faults", "claims"})


class NativeResources:
    """Paths to answers, for one appliance."""

    def __init__(self, appliance: Appliance, desk: Desk, thing: Callable[[], Thing]) -> None:
        self._appliance = appliance
        self._ledger = desk.ledger
        self._documents = Documents(appliance, thing)
        self._commands = Commands(desk)

    async def handle(self, request: Request) -> Response:
        """Answer one request; raises Refusal."""
        match request.path:
            case (".well-known", "core"):
                return _only_get(request, self._documents.core)
            case (".well-known", "wot"):
                return _only_get(request, self._documents.description)
            case ("d",):
                return _only_get(request, self._documents.devices)
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
                return self._ledger.listen(lambda _, ack: feed.push(told(ack, request)))
            case ("d", "self", "run", identifier):
                return self._ledger.listen(lambda run, ack: feed.push(told(ack, request)) if run.order.id == identifier else None)
        heard = _ear(request, feed)
        return None if heard is None else self._appliance.listen(heard)

    async def _plain(self, resource: str, request: Request) -> Response:
        match resource, request.method:
            case "td", _:
                return _only_get(request, self._documents.description)
            case "s", "iPATCH":
                return await self._commands.patch(request)
            case "s", _:
                return _only_get(request, self._documents.state)
            case "ack", _:
                return _only_get(request, lambda request: told(self._ledger.last, request))
            case name, _ if name in _DOCUMENTS:
                return _only_get(request, lambda request: self._documents.property(name, request))
        raise Refusal("unknown", "no such resource")

    async def _named(self, resource: str, name: str, request: Request) -> Response:
        match resource, request.method:
            case "p", "PUT":
                self._appliance.schema(name)
                return await self._commands.put(name, request)
            case "a", "POST":
                return await self._commands.post(name, request)
            case "a", _:
                raise Refusal("read-only", "an action is only POSTed")
            case "run", "DELETE":
                return await self._commands.cancel(name, request)
        return _only_get(request, lambda request: self._shown(resource, name, request))

    def _shown(self, resource: str, name: str, request: Request) -> Response:
        match resource:
            case "p":
                return self._documents.property(name, request)
            case "run":
                return told(self._ledger.run(name).last, request)
            case "e":
                return self._documents.event(name, request)
        raise Refusal("unknown", "no such resource")


def _only_get(request: Request, answer: Callable[[Request], Response]) -> Response:
    if request.method != "GET":
        raise Refusal("read-only", f"no {request.method} here")
    return answer(request)


def _ear(request: Request, feed: Feed) -> Callable[[Notice], None] | None:
    """Return what listens to the appliance on behalf of one observer."""
    match request.path:
        case ("d", "self", "s"):
            return lambda notice: feed.push() if isinstance(notice, Changed) else None
        case ("d", "self", "p", name) | ("d", "self", ("life" | "faults" | "claims") as name):
            return lambda notice: feed.push() if isinstance(notice, Changed) and name in notice.names else None
        case ("d", "self", "e", name):
            return lambda notice: _push_event(notice, name, request, feed)
    return None


def _push_event(notice: Notice, name: str, request: Request, feed: Feed) -> None:
    if isinstance(notice, Raised) and notice.event == name:
        feed.push(told(notice.document(), request))
