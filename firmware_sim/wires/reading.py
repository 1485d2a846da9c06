"""Questions that change nothing: read a property, the whole state, or how a run stands. The answer has the shape of a completed ack."""

from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.clock import stamp
from firmware_sim.refusal import Refusal
from firmware_sim.wires.errors import error_object
from firmware_sim.wires.ledger import Ledger, ack_head
from firmware_sim.wires.order import Order


def read_value(appliance: Appliance, name: str) -> Any:
    """Return a property's reported value, private or not; Refusal `unknown` when there is no such property or nothing is known yet."""
    appliance.schema(name)
    values = appliance.values()
    if name not in values:
        raise Refusal("unknown", "nothing is known yet", property=name)
    return values[name]


def answer(appliance: Appliance, ledger: Ledger, order: Order, *, now: float) -> dict[str, Any]:
    """Return the ack that answers a read; `now` is the wall's time, seconds since the epoch."""
    stamped = {"ts": stamp(appliance.clock.now())}
    if order.expires is not None and order.expires <= now:
        late = Refusal("expired", "its time had passed on arrival")
        return {**ack_head(order, "expired"), "error": error_object(late), **stamped}
    try:
        out = _look(appliance, ledger, order)
    except Refusal as refusal:
        return {**ack_head(order, "rejected"), "error": error_object(refusal), **stamped}
    return {**ack_head(order, "completed"), "seq": appliance.seq, "boot": appliance.boot, "out": out, **stamped}


def _look(appliance: Appliance, ledger: Ledger, order: Order) -> Any:
    match order.operation:
        case "readproperty":
            return read_value(appliance, order.name)
        case "readallproperties":
            return appliance.document()
        case "queryaction":
            return ledger.run(order.name).last
    raise Refusal("bad-syntax", f"no operation {order.operation!r}")
