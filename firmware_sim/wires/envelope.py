"""Command messages of the native MQTT wire, read into orders.

Two shapes arrive: the bare value on `p/{name}/set`, `s/set` and `a/{name}`, from anybody; and the envelope on `c/{client}/rpc`:

    {"id", "op", "dev": "self", "name", "in", "exp"?, "ttl"?, "if": {"boot", "seq"}?, "why"?, "confirm"?, "reply"?}

What cannot be read carries a refusal beside as much of the order as could be read, so that its one ack finds its way.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firmware_sim.refusal import Refusal
from firmware_sim.wires.desk import fresh_identifier
from firmware_sim.wires.order import Order, etag
from firmware_sim.wires.payload import decode
from firmware_sim.wires.topics import Incoming

READS = frozenset({"readproperty", "readallproperties", "queryaction"})
"""Operations that change nothing; their answers go to the asking client alone."""

_BARE = {"property": "writeproperty", "state": "writemultipleproperties", "action": "invokeaction"}
_LONGEST = 128
_IDENTIFIER = re.compile(rf"[^/+#\x00-\x1f\x7f-\x9f\ud800-\udfff]{{1,{_LONGEST}}}\Z")
"""One level of a topic and one segment of a path; half a surrogate pair is no character."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An order, the answer topic the client asked for, and what is wrong with the message, if anything."""

    order: Order
    reply: str | None = None
    refusal: Refusal | None = None


def bare_order(incoming: Incoming, payload: bytes, *, expires: float | None) -> Envelope:
    """Read a bare value; an empty payload is an action without input."""
    facts: dict[str, Any] = {
        "client": "",
        "id": fresh_identifier(),
        "operation": _BARE[incoming.what],
        "name": incoming.name,
        "expires": expires,
    }
    if not payload and incoming.what == "action":
        return Envelope(Order(**facts))
    try:
        return Envelope(Order(**facts, input=decode(payload)))
    except Refusal as refusal:
        return Envelope(Order(**facts), refusal=refusal)


def rpc_order(client: str, payload: bytes, *, now: float, boot: int, expires: float | None) -> Envelope:
    """Read an envelope; `now` is seconds since the epoch, `boot` the appliance's, meant when `if` names none."""
    try:
        body = _object(payload)
    except Refusal as refusal:
        return Envelope(Order(client=client, id=fresh_identifier(), operation=""), refusal=refusal)
    heading = _heading(client, body)
    reply = body.get("reply") if isinstance(body.get("reply"), str) else None
    try:
        return Envelope(_order(heading, body, now=now, boot=boot, expires=expires), reply)
    except Refusal as refusal:
        return Envelope(Order(**heading), reply, refusal)


def check_identifier(text: Any) -> str:
    """Return an id that may name a run in a topic and a path; Refusal `bad-syntax` otherwise."""
    if not isinstance(text, str) or not _IDENTIFIER.match(text):
        raise Refusal("bad-syntax", f"an id is 1 to {_LONGEST} characters, none of / + # and control characters")
    return text


def moment(text: Any) -> float:
    """Return seconds since the epoch for an ISO time with an offset; Refusal `bad-syntax` otherwise."""
    try:
        when = datetime.fromisoformat(text)
        return when.timestamp() if when.tzinfo is not None else math.nan
    except (TypeError, ValueError, OverflowError) as error:
        raise Refusal("bad-syntax", "a time is written as 2026-11-22T00:31:57Z") from error


def _object(payload: bytes) -> dict[str, Any]:
    body = decode(payload)
    if not isinstance(body, dict):
        raise Refusal("bad-syntax", "an envelope is an object")
    return body


def _heading(client: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what an ack repeats, made harmless."""
    given = body.get("id")
    identifier = given if isinstance(given, str) and _IDENTIFIER.match(given) else fresh_identifier()
    words = {
        key: value if isinstance(value := body.get(source, ""), str) else "" for key, source in (("operation", "op"), ("name", "name"))
    }
    return {"client": client, "id": identifier, **words}


def _order(heading: Mapping[str, Any], body: Mapping[str, Any], *, now: float, boot: int, expires: float | None) -> Order:
    check_identifier(body.get("id"))
    for member in ("op", "name", "why", "confirm"):
        if not isinstance(body.get(member, ""), str):
            raise Refusal("bad-syntax", f"{member} is a string")
    if body.get("dev", "self") != "self":
        raise Refusal("unknown", "this appliance is `self`")
    more = {"input": body.get("in"), "confirm": body.get("confirm"), "why": body.get("why", "")}
    return Order(**heading, **more, expires=_expires(body, now, expires), expected=_expected(body.get("if"), boot))


def _expires(body: Mapping[str, Any], now: float, expires: float | None) -> float | None:
    limits = [] if expires is None else [expires]
    if body.get("exp") is not None:
        limits.append(moment(body["exp"]))
    if (ttl := body.get("ttl")) is not None:
        if isinstance(ttl, bool) or not isinstance(ttl, int | float) or ttl < 0:
            raise Refusal("bad-syntax", "ttl is seconds from receipt")
        limits.append(now + ttl)
    if any(math.isnan(limit) for limit in limits):
        raise Refusal("bad-syntax", "exp needs a time zone: add Z or an offset")
    return min(limits, default=None)


def _expected(condition: Any, boot: int) -> frozenset[bytes] | None:
    if condition is None:
        return None
    named = {"boot": boot, **condition} if isinstance(condition, dict) else {}
    match named:
        case {"boot": int(at), "seq": int(seq)}:
            return frozenset({etag(at, seq)})
    raise Refusal("bad-syntax", "`if` names boot and seq, both whole numbers")
