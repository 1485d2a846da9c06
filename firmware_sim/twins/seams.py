"""Where a defect takes hold: of what a unit says, hears, answers, shows, describes and announces.

Each seam replaces one method of one object by a function around it. A name that is not there any more is an AttributeError at once.
"""

import copy
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from firmware_sim.refusal import Refusal
from firmware_sim.twins.unit import TwinUnit
from firmware_sim.wires.coap_message import Request, Response, refused
from firmware_sim.wires.coap_site import Feed
from firmware_sim.wires.mqtt_link import Link, Message
from firmware_sim.wires.payload import CBOR, JSON, MERGE_PATCH, TD_JSON, decode, encode

Body = dict[str, Any]
_PLAIN = (JSON, MERGE_PATCH, TD_JSON, CBOR)


def around(owner: object, name: str, wrap: Callable[[Any], Any]) -> None:
    """Replace the method `name` of this one object by what `wrap` makes of it."""
    setattr(owner, name, wrap(getattr(owner, name)))


def instead(owner: object, name: str, other: Any) -> None:
    """Replace a method or a value of this one object."""
    getattr(owner, name)
    setattr(owner, name, other)


class _ChangedLink:
    """A link that says something else than it is told."""

    def __init__(self, link: Link, change: Callable[[Message], Iterable[Message]]) -> None:
        self._link = link
        self._change = change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)

    async def publish(self, message: Message) -> None:
        for said in self._change(message):
            await self._link.publish(said)


class _ChangedFeed(Feed):
    """What an observer is told passes through a change."""

    def __init__(self, feed: Feed, push: Callable[[Feed, Response | None], None]) -> None:
        super().__init__()
        self._feed = feed
        self._push = push

    def push(self, item: Response | None = None) -> None:
        self._push(self._feed, item)


def says(unit: TwinUnit, change: Callable[[Message], Iterable[Message]]) -> None:
    """Let everything published over MQTT pass through `change`: none, one or several messages come out."""

    def converse(whole: Callable[[Any], Any]) -> Callable[[Link], Any]:
        return lambda link: whole(_ChangedLink(link, change))

    unit.fresh("native_mqtt", lambda wire: around(wire, "_converse", converse))


def hears(unit: TwinUnit, change: Callable[[Any, Any], Any]) -> None:
    """Let each message from the broker pass through `change(inbox, message)`; None: it was never heard."""

    def receive(whole: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        def heard(inbox: Any, message: Any) -> None:
            if (left := change(inbox, message)) is not None:
                whole(inbox, left)

        return heard

    unit.fresh("native_mqtt", lambda wire: around(wire, "_receive", receive))


def serves(unit: TwinUnit, change: Callable[[Any], None]) -> None:
    """Let `change` be done to the CoAP resources whenever they are made."""

    def made(whole: Callable[[], Any]) -> Callable[[], Any]:
        def resources() -> Any:
            fresh = whole()
            change(fresh)
            return fresh

        return resources

    unit.fresh("native_coap", lambda wire: around(wire, "_resources", made))


def asks(unit: TwinUnit, change: Callable[[Request], Request]) -> None:
    """Let each CoAP request pass through `change` before it is looked at."""
    serves(unit, lambda resources: around(resources, "handle", lambda whole: lambda request: whole(change(request))))


def answers(unit: TwinUnit, change: Callable[[Request, Response], Response]) -> None:
    """Let each CoAP answer and notification pass through `change`, refusals included."""

    def handling(whole: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def handle(request: Request) -> Response:
            try:
                response = await whole(request)
            except Refusal as refusal:
                response = refused(refusal)
            return change(request, response)

        return handle

    def watching(whole: Callable[[Request, Feed], Any]) -> Callable[[Request, Feed], Any]:
        def pushed(request: Request) -> Callable[[Feed, Response | None], None]:
            return lambda feed, item: feed.push(None if item is None else change(request, item))

        return lambda request, feed: whole(request, _ChangedFeed(feed, pushed(request)))

    def both(resources: Any) -> None:
        around(resources, "handle", handling)
        around(resources, "watch", watching)

    serves(unit, both)


def notifies(unit: TwinUnit, push: Callable[[Feed, Response | None], None]) -> None:
    """Let what CoAP observers are told go through `push`."""
    serves(unit, lambda resources: around(resources, "watch", lambda whole: lambda request, feed: whole(request, _ChangedFeed(feed, push))))


def tells_state(unit: TwinUnit, change: Callable[[str, Any], Any]) -> None:
    """Let `change(name, value)` be said of each property, wherever its state is told."""

    def shown(whole: Callable[[], Body]) -> Callable[[], Body]:
        return lambda: {name: value if name == "$" else change(name, value) for name, value in whole().items()}

    around(unit.appliance, "document", shown)
    around(unit.appliance, "values", shown)


def tells_acks(unit: TwinUnit, change: Callable[[Body], Iterable[Body]]) -> None:
    """Let each ack pass through `change`, on all wires: none, one or several come out."""
    ledger = unit.desk.ledger

    def telling(whole: Callable[..., None]) -> Callable[..., None]:
        def tell(run: Any, state: str, **facts: Any) -> None:
            for ack in change({"state": state, **facts}):
                whole(run, ack.pop("state"), **ack)

        return tell

    around(ledger, "tell", telling)


def describes(unit: TwinUnit, change: Callable[[Body], None]) -> None:
    """Change its Thing Description, on all wires alike."""

    def described(whole: Callable[..., Body]) -> Callable[..., Body]:
        def describe(*forms: Any, **more: Any) -> Body:
            document = copy.deepcopy(whole(*forms, **more))
            change(document)
            return document

        return describe

    around(unit.appliance, "thing_description", described)


def announces(unit: TwinUnit, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Let the TXT record of its announcement pass through `change`."""
    unit.fresh("announce", lambda wire: around(wire, "_text_record", lambda whole: lambda: change(whole())))


def reads(unit: TwinUnit, change: Callable[[Body], Body]) -> None:
    """Let what its sensors and meters say pass through `change` before it is reported."""
    around(unit.appliance.model, "readings", lambda whole: lambda: change(whole()))


def changed_body(response: Response, change: Callable[[Any], Any]) -> Response:
    """Return a response with another body in the same format; one that is no JSON or CBOR stays as it is."""
    if response.content_format not in _PLAIN or not response.payload:
        return response
    body = change(decode(response.payload, response.content_format))
    return replace(response, payload=encode(body, response.content_format))


def changed_message(message: Message, change: Callable[[Any], Any]) -> Message:
    """Return a message with another body; an empty one stays."""
    return replace(message, payload=encode(change(decode(message.payload)))) if message.payload else message
