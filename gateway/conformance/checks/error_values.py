"""E1, E2: values that are wrong and bytes that are nothing: refused by name, and nothing comes of them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from hypothesis import strategies as st

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.constraint_verdict import is_guarded, is_shut, meets
from gateway.conformance.deeds import same
from gateway.conformance.drawn import invocable
from gateway.conformance.failure import Failure, Gone, NotAsked, Untried
from gateway.conformance.line import Answer, Line, Refused, Request, State, Transport
from gateway.conformance.lines.coap import CoapLine
from gateway.conformance.lines.mqtt import MqttLine
from gateway.conformance.schema_verdict import given, written
from gateway.conformance.thing import Thing
from gateway.errors import BadSyntax
from gateway.profile.strategies.values import wrong_values
from gateway.protocol.cbor import cbor_value
from gateway.protocol.coap.message import CBOR, JSON, Method

ABSENT: Final = object()
"""A value that is not there."""
MOST_BYTES: Final = 48
_SERVER_ERROR: Final = 5
_NOT_THERE: Final = ((4, 4), (4, 5))
"""What is said of things a device does not have."""
_TYPES: Final = frozenset({"boolean", "integer", "number", "string", "array", "object"})
_SEVERAL: Final = 2


def _can_be_set(thing: Thing) -> str:
    return "" if _schemas(thing) else "it has no property that anybody may write"


def _takes_input(thing: Thing) -> str:
    return "" if _with_members(thing) else "it has no action whose input has members, and that anybody may start"


def _has_ranges(thing: Thing) -> str:
    return "" if list(_ranges(thing)) else "it has no range that depends on another property"


@check("E1", each=True, applies=_can_be_set, seconds=1.5)
async def wrong_values_are_refused(bench: Bench) -> None:
    """Out of range, off the step, of another type, an unknown word: each is refused by name and changes nothing."""
    schemas = _schemas(bench.thing)
    one = st.sampled_from(sorted(schemas)).flatmap(lambda name: st.tuples(st.just(name), _wrong(schemas[name]), st.booleans()))

    async def refused(drawn: Any) -> None:
        name, value, bare = drawn
        if not list(written(bench.thing.td, {name: value})):
            return  # what the strategy calls wrong, jsonschema takes
        request = Request(operation="writeproperty", name=name, input=value, bare=bare and bench.line.transport is Transport.MQTT)
        await _without_effect(bench, request, name)

    await bench.for_all(one.map(list), refused)


@check("E1", "several", each=True, applies=_can_be_set, seconds=1.0)
async def a_wrong_member_is_refused(bench: Bench) -> None:
    """A write of several with one wrong value, or a name the device does not have, is refused and changes nothing."""
    schemas = _schemas(bench.thing)
    wrong = st.sampled_from(sorted(schemas)).flatmap(lambda name: st.tuples(st.just(name), _wrong(schemas[name])))
    unknown = st.tuples(st.just("noSuchProperty"), st.sampled_from([True, 1, "word"]))

    async def refused(drawn: Any) -> None:
        name, value = drawn
        if not list(written(bench.thing.td, {name: value})):
            return
        state = await bench.line.state()
        right = {each: state[each] for each in bench.thing.writable if each in state and each != name}
        few = dict(list(right.items())[:1])
        request = Request(operation="writemultipleproperties", input={**few, name: value})
        await _without_effect(bench, request, name, "unknown" if name == "noSuchProperty" else "schema")

    await bench.for_all(st.one_of(wrong, unknown).map(list), refused, most=12)


@check("E1", "ranges", applies=_has_ranges, seconds=1.0)
async def a_value_outside_the_range_of_now_is_refused(bench: Bench) -> None:
    """A value that its property has, and not while another is as it is, is refused and changes nothing."""
    tried = 0
    for rule in _ranges(bench.thing):
        name = rule["property"]
        if not await _brought_about(bench, rule.get("when", {})):
            continue
        for value in _beyond(rule, bench.thing.properties[name]):
            state = await bench.line.state()
            if meets(rule.get("when", {}), state) is not True:
                break
            tried += 1
            await _without_effect(bench, Request(operation="writeproperty", name=name, input=value), name)
    if not tried:
        raise NotAsked("none of its ranges could be brought about")


@check("E1", "inputs", each=True, applies=_takes_input, seconds=1.0)
async def wrong_inputs_are_refused(bench: Bench) -> None:
    """An action with a wrong value in its input, or a member nobody knows, is refused and not begun."""
    actions = _with_members(bench.thing)

    def inputs(name: str) -> Any:
        members = actions[name]
        wrong = st.sampled_from(sorted(members)).flatmap(lambda member: _wrong(members[member]).map(lambda value: {member: value}))
        return st.tuples(st.just(name), st.one_of(wrong, st.just({"noSuchMember": 1})))

    async def refused(drawn: Any) -> None:
        name, value = drawn
        if not list(given(bench.thing.td, name, value)):
            return
        answer = await bench.line.ask(Request(operation="invokeaction", name=name, input=value))
        if answer.refused not in {"schema", *_shut(bench.thing, await bench.line.state(), action=name)}:
            raise Failure("the action is refused with `schema`", sent={"action": name, "input": value}, came=answer.last)

    await bench.for_all(st.sampled_from(sorted(actions)).flatmap(inputs).map(list), refused, most=20)


@check("E2", each=True, seconds=1.5)
async def random_bytes_break_nothing(bench: Bench) -> None:
    """Bytes that mean nothing are refused as `bad-syntax` or passed over, and the next command works."""
    places = _places(bench)
    if not places or not bench.thing.public:
        raise Untried("there is nowhere to send bytes to, or nothing to read afterwards")
    bytes_ = st.one_of(
        st.binary(min_size=1, max_size=MOST_BYTES),
        st.text(min_size=1, max_size=MOST_BYTES).map(str.encode),
        st.sampled_from([b"{", b"[1,", b'"', b"nul", b"{'a':1}", b"\xff\xfe", b"[" * 40, b"NaN", b"01", b'{"a":1,}', b"\x00" * 8]),
    )
    drawn = st.tuples(st.sampled_from(places), bytes_.filter(_is_nothing).map(bytes.hex), st.booleans())

    async def survived(example: Any) -> None:
        where, payload, cbor = example
        await _thrown(bench, where, bytes.fromhex(payload), cbor=cbor)

    await bench.for_all(drawn.map(list), survived)


async def _thrown(bench: Bench, where: str, payload: bytes, *, cbor: bool) -> None:
    """Send bytes and see that nothing came of them, and that the device still answers."""
    name = where.removeprefix("p/") if where.startswith("p/") else ""
    before = await value_of(bench.line, name) if name else ABSENT
    if isinstance(bench.line, CoapLine):
        await _over_coap(bench.line, where, payload, cbor=cbor)
    elif isinstance(bench.line, MqttLine):
        await _over_mqtt(bench, bench.line, where, payload)
    try:
        after = await value_of(bench.line, name or bench.thing.public[0])
    except Gone as gone:
        raise Failure("the device answers after bytes that mean nothing", sent={where: payload.hex()}, came=gone.expected) from gone
    if name and not _alike(before, after):
        raise Failure(f"{name} stays as it was", sent={where: payload.hex()}, came=after)


async def _over_coap(line: CoapLine, where: str, payload: bytes, *, cbor: bool) -> None:
    method = Method.POST if where.startswith("a/") else Method.IPATCH if where == "s" else Method.PUT
    content_format = CBOR if cbor and where != "s" and _is_no_cbor(payload) else JSON
    response = await line.request(method, where, payload=payload, content_format=content_format)
    if response.successful or response.code[0] == _SERVER_ERROR or response.code in _NOT_THERE:
        raise Failure("bytes that mean nothing are refused as `bad-syntax`, 4.00", sent={where: payload.hex()}, came=response.code)


async def _over_mqtt(bench: Bench, line: MqttLine, where: str, payload: bytes) -> None:
    """Throw bytes and read something after them: what the device says of the bytes has come by then."""
    async with line.hearing("ack") as acks, line.answers() as own:
        since = len(acks.items), len(own.items)
        await line.throw(where, payload)
        await value_of(line, bench.thing.public[0])
        said = [*acks.items[since[0] :], *own.items[since[1] :]]
    for heard in said:
        if (
            isinstance(heard.value, dict)
            and not heard.retained
            and heard.value.get("op") != "readproperty"
            and not _is_bad_syntax(heard.value)
        ):
            raise Failure("bytes that mean nothing are refused as `bad-syntax`", sent={where: payload.hex()}, came=heard.value)


def _is_bad_syntax(ack: Mapping[str, Any]) -> bool:
    error = ack.get("error")
    return ack.get("state") == "rejected" and isinstance(error, dict) and error.get("code") == "bad-syntax"


async def _without_effect(bench: Bench, request: Request, name: str, code: str = "schema") -> None:
    """Ask for what is wrong; raise Failure when it is not refused by name, or changes something."""
    before = await value_of(bench.line, name)
    answer = await bench.line.ask(request)
    _judge_refusal(bench.thing, await bench.line.state(), request, name, code, answer)
    after = await value_of(bench.line, name)
    if not _alike(before, after):
        raise Failure(f"{name} stays as it was when a write is refused", sent=_told(request), came=after)


def _judge_refusal(thing: Thing, state: State, request: Request, name: str, code: str, answer: Answer) -> None:
    if answer.refused in _shut(thing, state, name=name, value=request.input):
        return
    if answer.state != "rejected" or answer.refused != code:
        raise Failure(f"the write is rejected with `{code}`", sent=_told(request), came=answer.last)
    if answer.error.get("property") != name:
        raise Failure(f"the error names the property, {name}", sent=_told(request), came=answer.error)
    if answer.code is not None and answer.code != NUMBERS[code]:
        raise Failure(f"the answer on CoAP is {NUMBERS[code]}", sent=_told(request), came=answer.code)


NUMBERS: Final = {"schema": (4, 22), "unknown": (4, 4)}


def _told(request: Request) -> Any:
    return request.input if request.operation == "writemultipleproperties" else {request.name: request.input}


async def value_of(line: Line, name: str) -> Any:
    """Return a property as the device says it now, ABSENT where it has none."""
    try:
        return await line.read(name)
    except Refused:
        return ABSENT


def _alike(one: Any, other: Any) -> bool:
    return one is other if ABSENT in (one, other) else same(one, other)


def _shut(thing: Thing, state: State, *, name: str = "", value: Any = None, action: str = "") -> Iterator[str]:
    """Yield the codes of guards that are shut now: a device may name these before the value itself."""
    if state.get("remoteEnabled") is False:
        yield "state-conflict"
    for rule in thing.td.get("hl:constraints", ()):
        if rule["type"] != "guardWritable" or (rule.get("action") or rule.get("property")) != (action or name):
            continue
        if action or (is_guarded(rule, value) and is_shut(rule, state, {**state, name: value}, confirmed=False)):
            yield str(rule.get("else", "state-conflict"))


def _with_members(thing: Thing) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Return the actions anybody may start, with the members of their inputs."""
    inputs = {name: thing.actions[name].get("input") for name in invocable(thing)}
    members = {name: schema.get("properties") for name, schema in inputs.items() if isinstance(schema, Mapping)}
    return {name: known for name, body in members.items() if isinstance(body, Mapping) and (known := _drawable(body))}


def _schemas(thing: Thing) -> dict[str, Mapping[str, Any]]:
    """Return the schemas of what can be written and of which wrong values can be drawn."""
    return _drawable({name: thing.properties[name] for name in thing.writable})


def _drawable(schemas: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = {name: schema for name, schema in schemas.items() if isinstance(schema, Mapping) and schema.get("type") in _TYPES}
    return {name: schema for name, schema in found.items() if len({type(word) for word in schema.get("enum", ())}) < _SEVERAL}


def _wrong(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Return values a schema refuses; those that are easily taken for right ones come often."""
    wrong = wrong_values(schema).map(lambda each: each.value)
    near = list(_nearly_right(schema))
    return st.one_of(wrong, st.sampled_from(near)) if near else wrong


def _nearly_right(schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield values just beyond the ends, legal numbers in quotes, words in another case."""
    step = schema.get("multipleOf", 1)
    for term, way in (("minimum", -1), ("maximum", 1)):
        if term in schema:
            yield schema[term] + way * step
            yield str(schema[term])
    for word in schema.get("enum", ()):
        if isinstance(word, str):
            yield from (other for other in (word.upper(), word.capitalize(), f"{word} ") if other not in schema["enum"])


def _ranges(thing: Thing) -> Iterator[Mapping[str, Any]]:
    """Yield the ranges that depend on other properties, of what can be written."""
    for rule in thing.td.get("hl:constraints", ()):
        if rule["type"] == "guardRange" and rule.get("property") in thing.writable:
            yield rule


def _beyond(rule: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield values the schema has and the range has not."""
    step = schema.get("multipleOf", 1)
    if "minimum" in rule and rule["minimum"] - step >= schema.get("minimum", float("inf")):
        yield rule["minimum"] - step
    if "maximum" in rule and rule["maximum"] + step <= schema.get("maximum", float("-inf")):
        yield rule["maximum"] + step


async def _brought_about(bench: Bench, condition: Mapping[str, Any]) -> bool:
    """Write what a condition asks for where that can be written; return whether it is met then."""
    for name, allowed in condition.items():
        state = await bench.line.state()
        if meets({name: allowed}, state) is True:
            continue
        if name not in bench.thing.writable:
            return False
        for value in allowed:
            if (await bench.line.ask(Request(operation="writeproperty", name=name, input=value))).state == "completed":
                break
    return meets(condition, await bench.line.state()) is True


def _places(bench: Bench) -> list[str]:
    """Return where bytes can be thrown."""
    actions = [f"a/{name}" for name in invocable(bench.thing)][:3]
    places = [*(f"p/{name}" for name in bench.thing.writable[:4]), *(["s"] if bench.thing.writable else []), *actions]
    return [*places, "rpc"] if bench.line.transport is Transport.MQTT else places


def _is_nothing(payload: bytes) -> bool:
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError:
        return True
    return False


def _is_no_cbor(payload: bytes) -> bool:
    try:
        cbor_value(payload, 16)
    except BadSyntax:
        return True
    return False
