"""E2, further: bytes that another reader might take for something.

A tag in front of a value, a value deeper than anybody means, an option longer than it may be: each is refused or passed over, nothing comes
of it, and the next command works.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

import cbor2
import orjson

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.checks.error_values import value_of
from gateway.conformance.checks.state import can_be_set
from gateway.conformance.deeds import same
from gateway.conformance.failure import Failure, Gone, NotAsked, Untried
from gateway.conformance.line import Line, Transport
from gateway.conformance.lines.coap import CoapLine
from gateway.conformance.lines.mqtt import MqttLine
from gateway.conformance.setting import Setting, plain_values, setting
from gateway.protocol.coap.message import CBOR, JSON, Method

DEEP: Final = 120
"""Levels of a value that nobody means; deeper ones do not fit every small appliance's payload."""
TAGS: Final = (0xC2, 0xD8, 0xD9)
"""A tag in one byte (a big number), two (a language) and three (self-described CBOR)."""
_MORE: Final = {0xC2: b"", 0xD8: b"\x26", 0xD9: b"\xd9\xf7"}
_WIDE: Final = 0x10000
"""What a reader of two bytes does not see of an Accept of three."""
_LONGEST_ETAG: Final = 8
_SERVER_ERROR: Final = 5
_PATIENCE: Final = 1.0
"""Seconds for an answer to what may be passed over in silence."""


@check("E2", "tags", on=Transport.COAP, applies=can_be_set, seconds=0.5)
async def a_tag_is_no_part_of_a_value(bench: Bench) -> None:
    """A value in CBOR with a tag in front of it is refused, for JSON has no tags: taken without it, it would mean something else."""
    line, found = _coap(bench), await _aim(bench)
    for first in TAGS:
        payload = bytes((first,)) + _MORE[first] + cbor2.dumps(found.other)
        await _refused(line, found, payload, CBOR)


@check("E2", "deep", each=True, applies=can_be_set, seconds=0.5)
async def what_nests_deeper_than_anybody_means_breaks_nothing(bench: Bench) -> None:
    """A value that nests a hundred levels deep is refused or passed over, changes nothing, and the device goes on."""
    line, found = bench.line, await _aim(bench)
    if isinstance(line, CoapLine):
        await _refused(line, found, b"[" * DEEP + b"]" * DEEP, JSON)
        await _refused(line, found, b"\x81" * DEEP + b"\x80", CBOR)
    elif isinstance(line, MqttLine):
        await _passed_over(bench, line, found)


@check("E2", "options", on=Transport.COAP, applies=can_be_set, seconds=2.5)
async def an_option_that_is_too_long_is_never_cut(bench: Bench) -> None:
    """An Accept of three bytes and an If-Match of nine are refused or passed over in silence, never taken for what is left of them."""
    line, found = _coap(bench), await _aim(bench)
    await _not_taken(line, "an Accept of three bytes", lambda: _said(line, Method.GET, "s", accept=_WIDE + JSON))
    etag = (await line.version()).etag
    condition = (etag + bytes(_LONGEST_ETAG + 1 - len(etag)),)
    facts = {"payload": orjson.dumps(found.other), "content_format": JSON, "if_match": condition}
    await _not_taken(line, "an If-Match of nine bytes", lambda: _said(line, Method.PUT, f"p/{quote(found.name)}", **facts))
    await _unchanged(line, found, {"If-Match": condition[0].hex()})


async def _aim(bench: Bench) -> Setting:
    """Return what is written to: a setting that moves where there is one, else anything that is shown; raise NotAsked where nothing is."""
    with suppress(Untried):
        return await setting(bench)
    state = await bench.line.state()
    for name in (each for each in bench.thing.writable if each in state):
        for other in plain_values(bench.thing, name):
            if not same(other, state[name]):
                return Setting(name, state[name], other, 0.0)
    raise NotAsked("it shows nothing at present that could be set otherwise")


async def _not_taken(line: CoapLine, what: str, said: Callable[[], Any]) -> None:
    """Raise Failure where the answer is a success, or where the device answers nobody afterwards."""
    code = await said()
    if code is not None and code[0] not in (4, _SERVER_ERROR):
        raise Failure(f"{what} is refused or passed over", came=code)
    try:
        await line.state()
    except Gone as gone:
        raise Failure("the device answers after bytes that mean nothing", sent=what, came=gone.came) from gone


async def _said(line: CoapLine, method: Method, path: str, **facts: Any) -> tuple[int, int] | None:
    """Return the code of the answer; None where there is none."""
    try:
        return (await line.request(method, path, patience=_PATIENCE, **facts)).code
    except Gone:
        return None


async def _refused(line: CoapLine, found: Setting, payload: bytes, content_format: int) -> None:
    """Write bytes; raise Failure where they are taken, or are an error of the device itself, or change something."""
    response = await line.request(Method.PUT, f"p/{quote(found.name)}", payload=payload, content_format=content_format)
    if response.successful or response.code[0] == _SERVER_ERROR:
        raise Failure("bytes that mean nothing are refused as `bad-syntax`, 4.00", sent={found.name: payload.hex()}, came=response.code)
    await _unchanged(line, found, {found.name: payload.hex()})


async def _passed_over(bench: Bench, line: MqttLine, found: Setting) -> None:
    """Command something that nests too deep; raise Failure where it is said to be done, or changes something."""
    envelope = {"id": bench.new_id("deep"), "op": "writeproperty", "dev": line.device, "name": found.name, "in": "deep"}
    payload = orjson.dumps(envelope).replace(b'"deep"}', b"[" * DEEP + b"]" * DEEP + b"}")
    async with line.answers() as own:
        since = len(own.items)
        await line.throw("rpc", payload)
        await _unchanged(line, found, {found.name: f"{DEEP} levels"})
        said = [heard.value for heard in own.items[since:] if isinstance(heard.value, dict) and heard.value.get("id") == envelope["id"]]
    if any(ack.get("state") == "completed" for ack in said):
        raise Failure("bytes that mean nothing are refused as `bad-syntax`", sent={found.name: f"{DEEP} levels"}, came=said)


async def _unchanged(line: Line, found: Setting, sent: Any) -> None:
    try:
        now = await value_of(line, found.name)
    except Gone as gone:
        raise Failure("the device answers after bytes that mean nothing", sent=sent, came=gone.came) from gone
    if not same(now, found.one):
        raise Failure(f"{found.name} stays as it was", sent=sent, came=now)


def _coap(bench: Bench) -> CoapLine:
    if not isinstance(bench.line, CoapLine):
        raise NotAsked("it is reached otherwise than by CoAP")
    return bench.line
