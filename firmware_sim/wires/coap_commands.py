"""Writes, actions and cancellations over CoAP: `id`, `exp`, `ttl`, `confirm` and `why` travel as Uri-Query.

The answer waits two seconds for the end of the command: then 2.04 (2.02 for a cancellation), or the error object. What takes longer, or
what the appliance holds back, is answered 2.01 with the Location of the run. Content format and Accept are checked before anything is done.
"""

import math
import time
from typing import Any

from firmware_sim.refusal import Refusal
from firmware_sim.wires.coap_message import CHANGED, CREATED, DELETED, Request, Response
from firmware_sim.wires.desk import Desk, fresh_identifier
from firmware_sim.wires.envelope import check_identifier, moment
from firmware_sim.wires.errors import coap_code
from firmware_sim.wires.ledger import is_terminal
from firmware_sim.wires.order import Order, Run
from firmware_sim.wires.payload import CBOR, JSON, MERGE_PATCH, decode, encode

PATIENCE = 2.0
_PLAIN = (JSON, CBOR)
_PATCHES = (MERGE_PATCH, JSON)


class Commands:
    """The command side of the resources."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def put(self, name: str, request: Request) -> Response:
        """Write one property."""
        return await self._do(request, "writeproperty", name, _body(request, _PLAIN))

    async def patch(self, request: Request) -> Response:
        """Write several properties, all or none."""
        return await self._do(request, "writemultipleproperties", "", _body(request, _PATCHES))

    async def post(self, name: str, request: Request) -> Response:
        """Start an action."""
        return await self._do(request, "invokeaction", name, _body(request, _PLAIN) if request.payload else None)

    async def cancel(self, name: str, request: Request) -> Response:
        """Cancel a run."""
        self._desk.ledger.run(name)
        return await self._do(request, "cancelaction", name, None)

    async def _do(self, request: Request, operation: str, name: str, value: Any) -> Response:
        if request.accept is not None and request.accept not in _PLAIN:
            raise Refusal("not-acceptable", "offered: 50, 60")
        if request.if_none_match:
            raise Refusal("precondition", "it exists")
        run, _ = self._desk.submit(_order(request, operation, name, value))
        await self._desk.ledger.until(run, _enough, PATIENCE)
        return _answer(run, request)


def _enough(run: Run) -> bool:
    return is_terminal(run) or run.delayed or run.long


def _answer(run: Run, request: Request) -> Response:
    chosen = request.accept if request.accept is not None else JSON
    if not is_terminal(run):
        return Response(code=CREATED, location=("d", "self", "run", run.order.id))
    if run.last["state"] != "completed":
        error = run.last.get("error", {"code": run.last["state"]})
        return Response(code=coap_code(error["code"]), payload=encode(error), content_format=JSON)
    code = DELETED if request.method == "DELETE" else CHANGED
    if run.order.operation != "invokeaction":
        return Response(code=code)
    body = run.last.get("out", run.last)
    return Response(code=code, payload=encode(body, chosen), content_format=chosen)


def _body(request: Request, formats: tuple[int, ...]) -> Any:
    """Return the value in the payload; none said is JSON, as the field's clients mean it."""
    content_format = formats[0] if request.content_format is None else request.content_format
    if content_format not in formats:
        raise Refusal("bad-format", f"understood: {', '.join(map(str, formats))}")
    return decode(request.payload, content_format)


def _order(request: Request, operation: str, name: str, value: Any) -> Order:
    identifier = request.argument("id")
    matches = frozenset(request.if_match)
    return Order(
        client=f"coap {request.peer}",
        id=fresh_identifier() if identifier is None else check_identifier(identifier),
        operation=operation,
        name=name,
        input=value,
        expires=_expires(request),
        expected=None if not matches or b"" in matches else matches,
        confirm=request.argument("confirm"),
        why=request.argument("why") or "",
    )


def _expires(request: Request) -> float | None:
    limits = []
    if (exp := request.argument("exp")) is not None:
        limits.append(moment(exp))
    if (ttl := request.argument("ttl")) is not None:
        if not ttl.isdecimal():
            raise Refusal("bad-syntax", "ttl is whole seconds from receipt")
        limits.append(time.time() + int(ttl))
    if any(math.isnan(limit) for limit in limits):
        raise Refusal("bad-syntax", "exp needs a time zone: add Z or an offset")
    return min(limits, default=None)
