"""E3, E4: each error that can be provoked from outside comes with its code, its number and the whole object."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.constraint_verdict import is_guarded, is_shut
from gateway.conformance.deeds import objections
from gateway.conformance.drawn import invocable
from gateway.conformance.failure import Failure, NotAsked, Untried
from gateway.conformance.line import Answer, Refused, Request, State, Transport, Version
from gateway.conformance.lines.coap import CoapLine
from gateway.conformance.schema_verdict import ASKS
from gateway.conformance.thing import Thing
from gateway.protocol.coap.message import JSON, Method, Response

NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "bad-syntax": (4, 0),
    "unauthenticated": (4, 1),
    "forbidden": (4, 3),
    "unknown": (4, 4),
    "read-only": (4, 5),
    "not-acceptable": (4, 6),
    "state-conflict": (4, 9),
    "expired": (4, 9),
    "superseded": (4, 9),
    "needs-confirm": (4, 9),
    "precondition": (4, 12),
    "too-large": (4, 13),
    "bad-format": (4, 15),
    "schema": (4, 22),
    "rate": (4, 29),
    "device-error": (5, 2),
    "offline": (5, 3),
    "timeout": (5, 4),
}
"""The error table of the standard: code to CoAP number."""
NO_FORMAT: Final = 65000
"""A content format nobody has."""
TOO_LARGE: Final = 300_000
"""Bytes of a write that is larger than any value of the profile."""
STALE: Final = Version(0, 0, b"\0\0\0\0\0\0\0\1")
LONG_AGO: Final = timedelta(days=1000)
"""Before whatever the device takes for now, also where its clock was set back."""


def _has_read_only(thing: Thing) -> str:
    return "" if any(thing.properties[name].get("readOnly") for name in thing.public) else "it has no property that can only be read"


def _can_be_set(thing: Thing) -> str:
    return "" if thing.writable else "it has no property that anybody may write"


def _asks_a_person(thing: Thing) -> str:
    return "" if _dangerous(thing) else "it has no action that a person must confirm"


def _is_guarded(thing: Thing) -> str:
    return "" if _guards(thing) else "none of its writes or actions is guarded by its state"


@check("E4", each=True, applies=_has_read_only)
async def what_can_only_be_read_is_not_written(bench: Bench) -> None:
    """Writing a read-only property is refused as such and changes nothing."""
    state = await bench.line.state()
    names = [name for name in bench.thing.public if bench.thing.properties[name].get("readOnly") and name in state]
    if not names:
        raise Untried("no read-only property has a value to write back")
    for name in names[:6]:
        _judge("read-only", await bench.line.ask(Request(operation="writeproperty", name=name, input=state[name])))


@check("E3", "unknown", each=True)
async def what_is_not_there_is_unknown(bench: Bench) -> None:
    """What the device does not have is `unknown`: a property that is read or written, an action."""
    try:
        came = await bench.line.read("noSuchProperty")
    except Refused as refused:
        _judge_object("unknown", refused.error, refused.code)
    else:
        raise Failure("reading what is not there is refused with `unknown`", sent="noSuchProperty", came=came)
    for request in (
        Request(operation="writeproperty", name="noSuchProperty", input=True),
        Request(operation="invokeaction", name="noSuchAction"),
    ):
        _judge("unknown", await bench.line.ask(request))


@check("E3", "schema", each=True, applies=_can_be_set)
async def a_wrong_value_has_its_number(bench: Bench) -> None:
    """A value of another type is `schema`, with the whole error object."""
    name = bench.thing.writable[0]
    _judge("schema", await bench.line.ask(Request(operation="writeproperty", name=name, input={"no": ["such", "value"]})))


@check("E3", "syntax", on=Transport.COAP, applies=_can_be_set)
async def what_cannot_be_read_has_its_number(bench: Bench) -> None:
    """What is no JSON is `bad-syntax`."""
    _judge_response("bad-syntax", await _put(bench, b'{"half'))


@check("E3", "format", on=Transport.COAP, applies=_can_be_set)
async def formats_nobody_has_are_refused(bench: Bench) -> None:
    """A content format nobody has is `bad-format`, one that nobody can give `not-acceptable`."""
    _judge_response("bad-format", await _put(bench, b"1", content_format=NO_FORMAT))
    _judge_response("not-acceptable", await _coap(bench).request(Method.GET, "s", accept=NO_FORMAT))


@check("E3", "method", on=Transport.COAP)
async def a_method_that_is_not_allowed_is_read_only(bench: Bench) -> None:
    """A method a resource does not have is `read-only`, 4.05."""
    _judge_response("read-only", await _coap(bench).request(Method.PUT, "td", payload=b"{}", content_format=JSON))


@check("E3", "large", on=Transport.COAP, applies=_can_be_set, seconds=1.0)
async def what_is_too_large_is_refused(bench: Bench) -> None:
    """A write larger than any value is `too-large`, and said before all of it was sent."""
    response = await _put(bench, b'"' + b"x" * TOO_LARGE + b'"')
    if response.code != NUMBERS["too-large"]:
        raise Failure("a write of 300 kB is refused with `too-large`, 4.13", came=response.code)


@check("E3", "expired", each=True, applies=_can_be_set)
async def a_late_command_is_expired(bench: Bench) -> None:
    """A command past its time ends as `expired`, and its error says so."""
    name, value = await _setting(bench)
    moment = await _now(bench)
    request = Request(operation="writeproperty", name=name, input=value, expires=(moment - LONG_AGO).isoformat().replace("+00:00", "Z"))
    answer = await bench.line.ask(request)
    if answer.code is not None and answer.code != NUMBERS["expired"]:
        raise Failure("a command past its time is 4.09 on CoAP", sent=request.expires, came=answer.code)
    if answer.refused != "expired" or (answer.state != "expired" and answer.code is None):
        raise Failure("a command past its time ends as `expired`, and its error says so", sent=request.expires, came=answer.last)


@check("E3", "precondition", each=True, applies=_can_be_set)
async def a_condition_that_does_not_hold_has_its_number(bench: Bench) -> None:
    """A write on a state that never was is `precondition`."""
    name, value = await _setting(bench)
    _judge("precondition", await bench.line.ask(Request(operation="writeproperty", name=name, input=value, expected=STALE)))


@check("E3", "confirm", each=True, applies=_asks_a_person)
async def what_is_dangerous_asks_a_person(bench: Bench) -> None:
    """An action of danger 2 without a token is `needs-confirm`, and nothing is done."""
    state = await bench.line.state()
    for name in _dangerous(bench.thing):
        if any(is_shut(rule, state, state, confirmed=False) for rule in _guards(bench.thing) if rule.get("action") == name):
            continue
        answer = await bench.line.ask(Request(operation="invokeaction", name=name, input=_plain_input(bench.thing, name)))
        if answer.refused not in ("schema", "state-conflict"):
            _judge("needs-confirm", answer)
            return
    raise NotAsked("none of its dangerous actions can be asked for as it stands")


@check("E3", "conflict", each=True, applies=_is_guarded, seconds=1.0)
async def what_the_state_forbids_is_a_conflict(bench: Bench) -> None:
    """What the state of the device forbids is `state-conflict`, and its error names the constraint."""
    for rule in _guards(bench.thing):
        request = _forbidden_by(bench.thing, rule)
        if request is None or not await _shut_now(bench, rule):
            continue
        answer = await bench.line.ask(request)
        _judge("state-conflict", answer)
        if not answer.error.get("constraint"):
            raise Failure("the error names the constraint", sent={request.name: request.input}, came=answer.error)
        return
    raise NotAsked("none of its guards is shut, or can be shut by a write")


def _judge(code: str, answer: Answer) -> None:
    """Raise Failure when an answer is no refusal with this code, its number and a whole error object."""
    if answer.state != "rejected":
        raise Failure(f"it is rejected with `{code}`", sent=_told(answer), came=answer.last)
    _judge_object(code, answer.error, answer.code, _told(answer))


def _judge_response(code: str, response: Response) -> None:
    try:
        body = orjson.loads(response.payload)
    except orjson.JSONDecodeError:
        body = response.payload.decode(errors="replace")
    _judge_object(code, body, response.code)


def _judge_object(code: str, error: Any, number: tuple[int, int] | None, sent: Any = None) -> None:
    if number is not None and number != NUMBERS[code]:
        raise Failure(f"`{code}` is {NUMBERS[code][0]}.{NUMBERS[code][1]:02d} on CoAP", sent=sent, came=number)
    if not isinstance(error, Mapping) or error.get("code") != code:
        raise Failure(f"an error object with the code `{code}`", sent=sent, came=error)
    for member in ("title", "detail"):
        if not isinstance(error.get(member), str) or not error["title"]:
            raise Failure(f"an error object with `{member}`", sent=sent, came=error)


def _told(answer: Answer) -> dict[str, Any]:
    request = answer.request
    return {"operation": request.operation, "name": request.name, "in": request.input}


def _coap(bench: Bench) -> CoapLine:
    line = bench.line
    assert isinstance(line, CoapLine)  # noqa: S101 - the check is on CoAP
    return line


async def _put(bench: Bench, payload: bytes, content_format: int = JSON) -> Response:
    return await _coap(bench).request(Method.PUT, f"p/{bench.thing.writable[0]}", payload=payload, content_format=content_format)


async def _setting(bench: Bench) -> tuple[str, Any]:
    """Return a setting with the value it has, which nothing forbids to write again."""
    state = await bench.line.state()
    for name in bench.thing.writable:
        if name in state and not list(objections(bench.thing, state, Request(operation="writeproperty", name=name, input=state[name]))):
            return name, state[name]
    raise Untried("none of its settings has a value that may be written now")


async def _now(bench: Bench) -> datetime:
    """Return the time the device goes by: its clock may have been moved on."""
    stamp = str((await bench.line.state())["$"].get("ts", ""))
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)


def _dangerous(thing: Thing) -> list[str]:
    return [name for name in thing.actions if thing.danger(name) == ASKS]


def _plain_input(thing: Thing, name: str) -> Any:
    """Return the least input an action takes: nothing, or its required members at their first value."""
    schema = thing.actions[name].get("input")
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        return None
    members = schema.get("properties", {})
    return {member: _plain_value(members.get(member, {})) for member in schema.get("required", ())} or None


def _plain_value(schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    plain: Mapping[str, Any] = {"boolean": True, "string": "", "array": [], "object": {}}
    return plain.get(str(schema.get("type")), schema.get("minimum", 0))


def _guards(thing: Thing) -> list[Mapping[str, Any]]:
    """Return the guards that say `state-conflict`, of what anybody may ask for."""
    rules = thing.td.get("hl:constraints", ())
    asked = {*thing.writable, *invocable(thing), *_dangerous(thing)}
    return [
        rule
        for rule in rules
        if rule["type"] == "guardWritable"
        and rule.get("else", "state-conflict") == "state-conflict"
        and (rule.get("property") or rule.get("action")) in asked
    ]


def _forbidden_by(thing: Thing, rule: Mapping[str, Any]) -> Request | None:
    """Return what a guard forbids while it is shut."""
    if action := rule.get("action"):
        return Request(operation="invokeaction", name=action, input=_plain_input(thing, action)) if thing.danger(action) < ASKS else None
    name = rule["property"]
    value = rule["values"][0] if rule.get("values") else _plain_value(thing.properties[name])
    return Request(operation="writeproperty", name=name, input=value) if is_guarded(rule, value) else None


async def _shut_now(bench: Bench, rule: Mapping[str, Any]) -> bool:
    """Return whether a guard is shut, after writing what shuts it where that can be written."""
    if _is_shut(rule, await bench.line.state()):
        return True
    for name, value in _what_shuts(bench.thing, rule):
        answer = await bench.line.ask(Request(operation="writeproperty", name=name, input=value))
        if answer.state == "completed" and _is_shut(rule, await bench.line.state()):
            return True
    return False


def _is_shut(rule: Mapping[str, Any], state: State) -> bool:
    return is_shut(rule, state, state, confirmed=False)


def _what_shuts(thing: Thing, rule: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return writes that meet `unless`, or unmeet `when`."""
    found = [(name, value) for name, values in rule.get("unless", {}).items() for value in values if name in thing.writable]
    for name, values in rule.get("when", {}).items():
        if name in thing.writable and name != rule.get("property"):
            others = thing.properties[name].get("enum") or [True, False]
            found += [(name, other) for other in others if other not in values][:2]
    return found
