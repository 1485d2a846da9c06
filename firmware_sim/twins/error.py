"""Twins that are wrong about errors: what they take that they must refuse, and how they refuse."""

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from firmware_sim.refusal import Refusal
from firmware_sim.twins.command import writes_as
from firmware_sim.twins.seams import Body, answers, around, asks, changed_body, hears, instead, serves, tells_acks
from firmware_sim.twins.unit import Defect, TwinUnit
from firmware_sim.twins.values import clamped
from firmware_sim.wires.coap_message import Request, Response
from firmware_sim.wires.errors import error_object
from firmware_sim.wires.payload import CBOR, JSON, decode

Schema = Mapping[str, Any]

# How it refuses


def errors_as(code: str, change: Callable[[Body], Body]) -> Defect:
    """Say another error object where the healthy one has this code."""

    def changed(ack: Body) -> Iterable[Body]:
        error = ack.get("error")
        return [{**ack, "error": change(error)} if error and error["code"] == code else ack]

    return lambda unit: tells_acks(unit, changed)


def _nameless(error: Body) -> Body:
    return {name: fact for name, fact in error.items() if name != "property"}


def coap_number(code: str, number: tuple[int, int]) -> Defect:
    """Answer this error with another number over CoAP."""

    def numbered(request: Request, response: Response) -> Response:
        del request
        if response.successful or response.content_format != JSON or decode(response.payload).get("code") != code:
            return response
        return replace(response, code=number)

    return lambda unit: answers(unit, numbered)


def refuses_and_does(unit: TwinUnit) -> None:
    """Refuse a value outside its range, and set the nearest one."""
    surface = unit.appliance.surface

    def nearest(whole: Callable[..., None], values: Schema, confirmed: bool) -> None:
        try:
            whole(values, confirmed=confirmed)
        except Refusal as refusal:
            near = {name: clamped(surface.properties[name], value) for name, value in values.items() if name in surface.writable}
            if refusal.code == "schema" and near != values:
                whole(near, confirmed=confirmed)
            raise

    writes_as(nearest, at="write", believes=False)(unit)


# Bytes that mean nothing


def _readable(payload: bytes, content_format: int = JSON) -> bool:
    try:
        decode(payload, content_format)
    except Refusal:
        return False
    return True


def bytes_kill(unit: TwinUnit) -> None:
    """End the whole program at the first payload that cannot be read."""

    def heard(_: Any, message: Any) -> Any:
        if message.payload and not _readable(bytes(message.payload)):
            os._exit(1)
        return message

    def asked(request: Request) -> Request:
        if request.payload and not _readable(request.payload, CBOR if request.content_format == CBOR else JSON):
            os._exit(1)
        return request

    hears(unit, heard)
    asks(unit, asked)


def nesting_kills(unit: TwinUnit) -> None:
    """End the whole program at the first value that nests deeper than it has room for."""

    def heard(_: Any, message: Any) -> Any:
        _ends_of(bytes(message.payload or b""))
        return message

    def asked(request: Request) -> Request:
        _ends_of(request.payload)
        return request

    hears(unit, heard)
    asks(unit, asked)


def _ends_of(payload: bytes) -> None:
    deep = payload.count(b"[") == payload.count(b"]") > _ROOM or payload.count(b"\x81") > _ROOM
    if deep:
        os._exit(1)


_ROOM = 64


def tags_passed_over(unit: TwinUnit) -> None:
    """Read a value in CBOR as if the tags in front of it were not there."""

    def bare(request: Request) -> Request:
        payload = request.payload
        while request.content_format == CBOR and payload and payload[0] >> 5 == _TAG:
            detail = payload[0] & 31
            payload = payload[1 + (1 << detail - 24 if detail >= 24 else 0) :]  # noqa: PLR2004 - RFC 8949: the number follows
        return dataclasses.replace(request, payload=payload)

    asks(unit, bare)


_TAG = 6


def bytes_deafen(unit: TwinUnit) -> None:
    """Hear nothing more over MQTT after the first payload that cannot be read."""
    deaf: list[bool] = []

    def heard(_: Any, message: Any) -> Any:
        if message.payload and not _readable(bytes(message.payload)):
            deaf.append(True)
        return None if deaf else message

    hears(unit, heard)


def bytes_are_an_empty_input(unit: TwinUnit) -> None:
    """Take what cannot be read for an empty payload."""

    def heard(_: Any, message: Any) -> Any:
        if message.payload and not _readable(bytes(message.payload)):
            message.payload = b"false"
        return message

    hears(unit, heard)


def format_ignored(unit: TwinUnit) -> None:
    """Read every payload over CoAP as JSON, whatever its Content-Format says."""
    asks(unit, lambda request: replace(request, content_format=None))


def accept_ignored(unit: TwinUnit) -> None:
    """Answer JSON over CoAP, whatever was asked for."""

    def handling(whole: Callable[[Request], Any]) -> Callable[[Request], Any]:
        return lambda request: whole(replace(request, accept=None))

    serves(unit, lambda resources: around(resources, "handle", handling))


def unknown_is_null(unit: TwinUnit) -> None:
    """Answer `null` for resources it does not have."""

    def found(request: Request, response: Response) -> Response:
        if response.code != (4, 4) or request.method != "GET":
            return response
        return Response(payload=b"null", content_format=JSON)

    answers(unit, found)


# Faults


def faults_as(change: Callable[[Body], Body]) -> Defect:
    """Report faults in other words."""

    def defect(unit: TwinUnit) -> None:
        book = unit.appliance._faults  # noqa: SLF001 - a defect is inside

        def adding(whole: Callable[..., Body | None]) -> Callable[..., Body | None]:
            def add(code: str, since: str, freeze: Mapping[str, Any]) -> Body | None:
                if (fault := whole(code, since, freeze)) is None:
                    return None
                changed = change(dict(fault))
                fault.clear()
                fault.update(changed)
                return fault

            return add

        around(book, "add", adding)

    return defect


def _without_vendor(fault: Body) -> Body:
    return {name: fact for name, fact in fault.items() if name != "vendor"}


def _bare_vendor(fault: Body) -> Body:
    return {**fault, "code": fault["vendor"]} if "vendor" in fault else fault


def fault_lost(unit: TwinUnit) -> None:
    """Say nothing of faults whose code is not in the catalogue."""
    book = unit.appliance._faults  # noqa: SLF001 - a defect is inside

    def adding(whole: Callable[..., Body | None]) -> Callable[..., Body | None]:
        def add(*about: Any) -> Body | None:
            fault = whole(*about)
            return None if fault is None or "vendor" in fault else fault

        return add

    def telling(whole: Callable[[], list[Body]]) -> Callable[[], list[Body]]:
        return lambda: [fault for fault in whole() if "vendor" not in fault]

    around(book, "add", adding)
    around(book, "document", telling)


def _error_in_prose(error: Body) -> Body:
    return {"code": error["code"], "message": error.get("detail", "")}


def answers_prose(unit: TwinUnit) -> None:
    """Answer errors over CoAP with a line of text where an object is expected."""

    def prose(request: Request, response: Response) -> Response:
        del request
        return response if response.successful else changed_body(response, lambda body: f"Error: {body.get('detail', '')}")

    answers(unit, prose)


def rejected_twice(unit: TwinUnit) -> None:
    """Say `failed` after `rejected`."""

    def more(ack: Body) -> Iterable[Body]:
        again = {"state": "failed", "error": error_object(Refusal("device-error"))}
        return [ack, again] if ack["state"] == "rejected" else [ack]

    tells_acks(unit, more)


def property_of_actions(unit: TwinUnit) -> None:
    """Start actions without looking at their input."""
    appliance = unit.appliance

    def invoking(whole: Callable[..., Any]) -> Callable[..., Any]:
        def invoke(action: str, input: Any = None, **more: Any) -> Any:
            known = (appliance.surface.actions.get(action, {}).get("input") or {}).get("properties", {})
            kept = {name: value for name, value in input.items() if name in known} if isinstance(input, dict) else None
            return whole(action, kept or None, **more)

        return invoke

    instead(appliance, "invoke", invoking(appliance.invoke))


DEFECTS: dict[str, Defect] = {
    "takes-any-input": property_of_actions,
    "refusal-names-nothing": errors_as("schema", _nameless),
    "refuses-and-does": refuses_and_does,
    "schema-is-bad-syntax": errors_as("schema", lambda error: {**error, "code": "bad-syntax"}),
    "rejected-and-failed": rejected_twice,
    "bytes-kill": bytes_kill,
    "nesting-kills": nesting_kills,
    "tags-passed-over": tags_passed_over,
    "bytes-deafen": bytes_deafen,
    "bytes-mean-false": bytes_are_an_empty_input,
    "content-format-ignored": format_ignored,
    "accept-ignored": accept_ignored,
    "unknown-is-null": unknown_is_null,
    "schema-is-4.00": coap_number("schema", (4, 0)),
    "conflict-is-4.03": coap_number("state-conflict", (4, 3)),
    "unknown-is-5.00": coap_number("unknown", (5, 0)),
    "precondition-is-4.09": coap_number("precondition", (4, 9)),
    "error-in-prose": answers_prose,
    "vendor-code-lost": faults_as(_without_vendor),
    "vendor-code-bare": faults_as(_bare_vendor),
    "vendor-fault-lost": fault_lost,
}
"""Name of a twin to what is wrong with it."""
