"""Twins that are wrong in one transport: MQTT's answers and retained commands, CoAP's tags, and what both should do alike."""

import dataclasses
import re
from collections.abc import Callable, Iterable
from typing import Any

from firmware_sim.refusal import Refusal
from firmware_sim.twins.seams import answers, around, asks, hears, says
from firmware_sim.twins.unit import Defect, TwinUnit
from firmware_sim.wires.coap_message import Request, Response
from firmware_sim.wires.mqtt_link import Message
from firmware_sim.wires.payload import JSON, decode, encode

_COMMAND = re.compile(r"/(set|rpc|a/[^/]+)\Z")

# MQTT 5: correlation and response topics


def correlation_as(change: Callable[[bytes], bytes | None]) -> Defect:
    """Give back other Correlation Data than came."""

    def other(message: Message) -> Iterable[Message]:
        return [message if message.correlation is None else dataclasses.replace(message, correlation=change(message.correlation))]

    return lambda unit: says(unit, other)


def answers_anywhere(unit: TwinUnit) -> None:
    """Answer wherever the Response Topic says, also outside the branch of who asks."""

    def heard(inbox: Any, message: Any) -> Any:
        inbox._topics.may_answer = lambda _topic, _client: True  # noqa: SLF001 - a defect is inside
        return message

    hears(unit, heard)


def response_topic_ignored(unit: TwinUnit) -> None:
    """Answer under the client's own branch only, whatever Response Topic it names."""

    def heard(inbox: Any, message: Any) -> Any:
        inbox._topics.may_answer = lambda _topic, _client: False  # noqa: SLF001 - a defect is inside
        return message

    hears(unit, heard)


def needs_mqtt_5(unit: TwinUnit) -> None:
    """Pass over commands that bring no Correlation Data, as every client of MQTT 3.1.1 sends them."""
    hears(unit, lambda _, message: message if getattr(message.properties, "CorrelationData", None) is not None else None)


# Retained commands


def retained_obeyed(unit: TwinUnit) -> None:
    """Take a retained command for any other."""

    def heard(_: Any, message: Any) -> Any:
        message.retain = False
        return message

    hears(unit, heard)


def retained_left(unit: TwinUnit) -> None:
    """Refuse a retained command and leave it at the broker."""
    says(unit, lambda message: [] if message.retain and not message.payload and _COMMAND.search(message.topic) else [message])


def retained_unanswered(unit: TwinUnit) -> None:
    """Clear a retained command without a word."""

    def heard(inbox: Any, message: Any) -> Any:
        if not message.retain or not message.payload:
            return message
        inbox._clear(str(message.topic))  # noqa: SLF001 - a defect is inside
        return None

    hears(unit, heard)


# What is asked over CoAP under a condition


def etag_frozen(unit: TwinUnit) -> None:
    """Give the state the same ETag for ever."""
    fixed = bytes(7) + b"\1"

    def frozen(request: Request, response: Response) -> Response:
        shown = response.etag is not None and request.path[:3] in (("d", "self", "s"), ("d", "self", "p"))
        return dataclasses.replace(response, etag=fixed) if shown else response

    answers(unit, frozen)


def condition_over_coap_ignored(unit: TwinUnit) -> None:
    """Pass over If-Match."""
    asks(unit, lambda request: dataclasses.replace(request, if_match=()))


def query_ignored(name: str) -> Defect:
    """Pass over an argument of the query."""

    def without(request: Request) -> Request:
        return dataclasses.replace(request, query=tuple(word for word in request.query if word.partition("=")[0] != name))

    return lambda unit: asks(unit, without)


def options_cut(unit: TwinUnit) -> None:
    """Take an option that is too long for what its first or last bytes say."""

    def cut(request: Request) -> Request:
        accept = None if request.accept is None else request.accept & 0xFFFF
        return dataclasses.replace(request, accept=accept, if_match=tuple(each[:8] for each in request.if_match))

    def careless(wire: Any) -> None:
        endpoint = wire._endpoint  # noqa: SLF001 - a defect is inside
        around(endpoint, "datagram_received", lambda _: endpoint._dispatch)  # noqa: SLF001

    asks(unit, cut)
    unit.fresh("native_coap", careless)


def filters_as(change: Callable[[str], str | None]) -> Defect:
    """Filter the list of resources by something else than was asked; None: by nothing."""

    def other(request: Request) -> Request:
        if request.path != (".well-known", "core"):
            return request
        return dataclasses.replace(request, query=tuple(word for each in request.query if (word := change(each)) is not None))

    return lambda unit: asks(unit, other)


# The same session on each transport


def coap_writes_lower(unit: TwinUnit) -> None:
    """Set whole numbers one lower when they are written over CoAP."""

    def lower(request: Request) -> Request:
        if request.method != "PUT" or request.content_format not in (None, JSON) or not request.payload.isdigit():
            return request
        value = decode(request.payload)
        return dataclasses.replace(request, payload=encode(max(0, value - 1)))

    asks(unit, lower)


def coap_only_patches_first(unit: TwinUnit) -> None:
    """Take over CoAP only the first member of a write of several."""

    def first(request: Request) -> Request:
        if request.method != "iPATCH" or not request.payload.startswith(b"{"):
            return request
        try:
            body = decode(request.payload)
        except Refusal:
            return request
        return dataclasses.replace(request, payload=encode(dict(list(body.items())[:1])))

    asks(unit, first)


DEFECTS: dict[str, Defect] = {
    "correlation-dropped": correlation_as(lambda _: None),
    "correlation-as-text": correlation_as(lambda data: data.decode(errors="replace").encode()),
    "correlation-cut": correlation_as(lambda data: data[:8]),
    "answers-anywhere": answers_anywhere,
    "response-topic-ignored": response_topic_ignored,
    "needs-mqtt-5": needs_mqtt_5,
    "options-cut": options_cut,
    "core-filters-ignored": filters_as(lambda _: None),
    "core-star-as-a-letter": filters_as(lambda word: word.replace("*", "%")),
    "retained-obeyed": retained_obeyed,
    "retained-left": retained_left,
    "retained-unanswered": retained_unanswered,
    "etag-frozen": etag_frozen,
    "if-match-ignored": condition_over_coap_ignored,
    "coap-expiry-ignored": query_ignored("exp"),
    "coap-id-ignored": query_ignored("id"),
    "coap-writes-lower": coap_writes_lower,
    "coap-patches-first": coap_only_patches_first,
}
"""Name of a twin to what is wrong with it."""
