"""Twins that are wrong about commands: what they do, what they say of it, and when."""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from firmware_sim.refusal import Refusal
from firmware_sim.twins.seams import Body, around, instead, tells_acks
from firmware_sim.twins.unit import Defect, TwinUnit
from firmware_sim.wires.desk import fresh_identifier
from firmware_sim.wires.errors import error_object
from firmware_sim.wires.order import TERMINAL, Order, Run

Write = Callable[..., None]


def later(seconds: float, call: Callable[..., None], *values: Any) -> None:
    """Do something after a while."""
    asyncio.get_running_loop().call_later(seconds, call, *values)


# The one terminal ack


def ends_late(seconds: float) -> Defect:
    """Say how a command ended this much later."""

    def late(whole: Callable[..., None]) -> Callable[..., None]:
        return lambda run, state, **facts: later(seconds, lambda: whole(run, state, **facts))

    return lambda unit: around(unit.desk.ledger, "end", late)


def acks_as(change: Callable[[Body], Iterable[Body]]) -> Defect:
    """Say other acks than the healthy one."""
    return lambda unit: tells_acks(unit, change)


def _none_at_the_end(ack: Body) -> Iterable[Body]:
    return [] if ack["state"] == "completed" else [ack]


def _twice_at_the_end(ack: Body) -> Iterable[Body]:
    return [dict(ack), dict(ack)] if ack["state"] in TERMINAL else [ack]


def _done_then_failed(ack: Body) -> Iterable[Body]:
    after: Body = {"state": "failed", "error": error_object(Refusal("timeout"))}
    return [ack, after] if ack["state"] == "completed" else [ack]


def _without_position(ack: Body) -> Iterable[Body]:
    return [{name: fact for name, fact in ack.items() if name not in ("seq", "boot")}]


def ids_of_64_letters(unit: TwinUnit) -> None:
    """Take ids only of what a simple parser reads."""

    def checking(whole: Callable[[Order], None]) -> Callable[[Order], None]:
        def check(order: Order) -> None:
            if not re.fullmatch(r"[A-Za-z0-9._~-]{1,64}", order.id):
                raise Refusal("bad-syntax", "an id is 1 to 64 letters and digits")
            whole(order)

        return check

    around(unit.desk, "_check", checking)


def acks_under_another_id(unit: TwinUnit) -> None:
    """Give every ack an id of its own making."""

    def telling(whole: Callable[..., None]) -> Callable[..., None]:
        def tell(run: Run, state: str, **facts: Any) -> None:
            own, run.order = run.order, replace(run.order, id=fresh_identifier())
            whole(run, state, **facts)
            run.order = own

        return tell

    around(unit.desk.ledger, "tell", telling)


# What is done


def writes_as(change: Callable[[Write, Mapping[str, Any], bool], None], *, at: str = "_apply", believes: bool = True) -> Defect:
    """Carry writes out in another way, once they were found sound; `believes`: call them completed without having seen the value."""

    def defect(unit: TwinUnit) -> None:
        def writing(whole: Write) -> Write:
            return lambda values, confirmed=False: change(whole, values, confirmed)

        around(unit.appliance, at, writing)
        if believes:
            instead(unit.desk, "_missing", lambda _: {})

    return defect


def _later(whole: Write, values: Mapping[str, Any], confirmed: bool) -> None:
    later(8.0, lambda: whole(values, confirmed=confirmed))


def _never(whole: Write, values: Mapping[str, Any], confirmed: bool) -> None:
    del whole, values, confirmed


def _one_by_one(whole: Write, values: Mapping[str, Any], confirmed: bool) -> None:
    for name, value in values.items():
        whole({name: value}, confirmed=confirmed)


def _in_steps(whole: Write, values: Mapping[str, Any], confirmed: bool) -> None:
    for place, (name, value) in enumerate(values.items()):
        if place:
            later(0.4 * place, lambda name=name, value=value: whole({name: value}, confirmed=confirmed))
        else:
            whole({name: value}, confirmed=confirmed)


def writes_a_step_beside(unit: TwinUnit) -> None:
    """Set numbers one step lower than asked, and call it done."""
    properties = unit.appliance.surface.properties

    def lower(name: str, value: Any) -> Any:
        body = properties.get(name, {})
        number = isinstance(value, int | float) and not isinstance(value, bool)
        step = body.get("multipleOf", 1)
        return value - step if number and value - step >= body.get("minimum", value) else value

    writes_as(lambda whole, values, confirmed: whole({name: lower(name, value) for name, value in values.items()}, confirmed=confirmed))(
        unit
    )


def commands_stay_first(unit: TwinUnit) -> None:
    """Take the first of several writes of one property and pass over what comes within three seconds."""
    busy: set[str] = set()

    def first(whole: Write, values: Mapping[str, Any], confirmed: bool) -> None:
        free = {name: value for name, value in values.items() if name not in busy}
        if free:
            whole(free, confirmed=confirmed)
        busy.update(free)
        for name in free:
            later(3.0, busy.discard, name)

    writes_as(first)(unit)


def mixes_two_writes(unit: TwinUnit) -> None:
    """Meet in the middle where two clients write one number within three seconds."""
    lately: dict[str, Any] = {}

    def mixed(whole: Write, values: Mapping[str, Any], confirmed: bool) -> None:
        meant = {name: (value + lately[name]) // 2 if _is_whole(value) and name in lately else value for name, value in values.items()}
        whole(meant, confirmed=confirmed)
        for name, value in values.items():
            if _is_whole(value):
                lately[name] = value
                later(3.0, lately.pop, name, None)

    writes_as(mixed)(unit)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# The same id again


def same_id_acts_again(unit: TwinUnit) -> None:
    """Do a command that comes a second time a second time."""
    unit_desk = unit.desk

    def submitting(whole: Callable[..., Any]) -> Callable[..., Any]:
        def submit(order: Order, reply: Any = None) -> Any:
            unit_desk.ledger._runs.pop(order.id, None)  # noqa: SLF001 - a defect is inside
            return whole(order, reply)

        return submit

    around(unit_desk, "submit", submitting)


def same_id_is_refused(unit: TwinUnit) -> None:
    """Answer a command that comes a second time with a refusal."""
    desk = unit.desk

    def submitting(whole: Callable[..., Any]) -> Callable[..., Any]:
        def submit(order: Order, reply: Any = None) -> Any:
            if desk.ledger.known(order.id) is None:
                return whole(order, reply)
            return desk.reject(order, Refusal("state-conflict", "this id was used"), reply), True

        return submit

    around(desk, "submit", submitting)


# When it may be done


def orders_as(change: Callable[[Order], Order]) -> Defect:
    """Read orders as if they said something else."""

    def submitting(whole: Callable[..., Any]) -> Callable[..., Any]:
        return lambda order, reply=None: whole(change(order), reply)

    return lambda unit: around(unit.desk, "submit", submitting)


def refuses_and_does(code: str) -> Defect:
    """Refuse with this code, rightly, and do it all the same."""

    def defect(unit: TwinUnit) -> None:
        desk = unit.desk

        def checking(whole: Callable[[Order], None]) -> Callable[[Order], None]:
            def check(order: Order) -> None:
                try:
                    whole(order)
                except Refusal as refusal:
                    if refusal.code == code and order.operation == "writeproperty":
                        unit.appliance.write({order.name: order.input})
                    raise

            return check

        around(desk, "_check", checking)

    return defect


DEFECTS: dict[str, Defect] = {
    "ack-late": ends_late(30.0),
    "ack-never": acks_as(_none_at_the_end),
    "ack-twice": acks_as(_twice_at_the_end),
    "ack-done-then-failed": acks_as(_done_then_failed),
    "ack-other-id": acks_under_another_id,
    "ack-without-seq": acks_as(_without_position),
    "ack-before-evidence": writes_as(_later),
    "ack-without-deed": writes_as(_never),
    "write-a-step-beside": writes_a_step_beside,
    "ids-of-64-letters": ids_of_64_letters,
    "same-id-acts-again": same_id_acts_again,
    "same-id-is-refused": same_id_is_refused,
    "atomic-in-part": writes_as(_one_by_one, at="write", believes=False),
    "atomic-in-steps": writes_as(_in_steps),
    "first-writer-stays": commands_stay_first,
    "mixes-two-writes": mixes_two_writes,
    "expiry-ignored": orders_as(lambda order: replace(order, expires=None)),
    "expired-and-done": refuses_and_does("expired"),
    "condition-ignored": orders_as(lambda order: replace(order, expected=None)),
    "condition-told-and-done": refuses_and_does("precondition"),
}
"""Name of a twin to what is wrong with it."""
