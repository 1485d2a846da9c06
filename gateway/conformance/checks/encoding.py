"""S10: one resource in JSON, CBOR and SenML says one and the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import cbor2
from hypothesis import strategies as st

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.checks.state import can_be_set, public, shows_something
from gateway.conformance.deeds import asked, missing, same
from gateway.conformance.failure import Failure, NotAsked
from gateway.conformance.line import Request, Transport
from gateway.conformance.lines.coap import CoapLine
from gateway.conformance.setting import setting
from gateway.errors import CommandError
from gateway.protocol.coap.message import CBOR, JSON, SENML_CBOR, SENML_JSON, Method, Response
from gateway.protocol.payload import decode
from gateway.protocol.senml import Record, senml_unpack

FORMATS: Final = {JSON: "JSON", CBOR: "CBOR", SENML_JSON: "SenML JSON", SENML_CBOR: "SenML CBOR"}
SENML: Final = (SENML_JSON, SENML_CBOR)
TRIES: Final = 6
EXAMPLES: Final = 24
CLOSE: Final = 1e-6
"""Of a value: a number of 32 bits is still that number."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One resource read in every form, of one state."""

    plain: Any
    forms: Mapping[int, Response]


def line_of(bench: Bench) -> CoapLine:
    """Return the CoAP line; raise NotAsked where there is none."""
    line = bench.lines[Transport.COAP]
    if not isinstance(line, CoapLine):
        raise NotAsked("there is no CoAP line")
    return line


@check("S10", on=Transport.COAP, applies=shows_something, seconds=0.6)
async def every_form_means_the_same(bench: Bench) -> None:
    """A property and the whole state decode to the same value and unit in JSON, CBOR and SenML."""
    line = line_of(bench)
    await _whole(bench, line)
    state = public(await line.state())
    names = [name for name, value in state.items() if isinstance(value, bool | int | float | str)]
    if not names:
        raise NotAsked("no property of it has a plain value")
    await bench.for_all(st.sampled_from(names), lambda name: _one(bench, line, name), most=max(EXAMPLES, len(names)))


async def _one(bench: Bench, line: CoapLine, name: str) -> None:
    """Raise Failure unless one property says the same in every form."""
    reading = await _read(line, f"p/{quote(name)}", tuple(FORMATS))
    for content_format in (CBOR,):
        told = _decoded(reading.forms[content_format], name)
        if not close(told, reading.plain):
            raise Failure(f"{FORMATS[content_format]} of {name} is what JSON says", came={"json": reading.plain, "told": told})
    for content_format in SENML:
        records = _records(reading.forms[content_format], name)
        if len(records) != 1:
            raise Failure(f"{FORMATS[content_format]} of {name} is one record", came=[each.name for each in records])
        _judge_record(bench, name, reading.plain, records[0], FORMATS[content_format])


async def _whole(bench: Bench, line: CoapLine) -> None:
    """Raise Failure unless the whole state says the same in every form."""
    reading = await _read(line, "s", tuple(FORMATS))
    state = public(reading.plain)
    told = _decoded(reading.forms[CBOR], "s")
    if not close(told, reading.plain):
        others = missing(told, state) if isinstance(told, dict) else told
        raise Failure("the state in CBOR is what it is in JSON", came={"json": {name: state.get(name) for name in others}, "cbor": others})
    plain = {name: value for name, value in state.items() if isinstance(value, bool | int | float | str)}
    for content_format in SENML:
        records = _records(reading.forms[content_format], "s")
        for name, value in plain.items():
            record = next((each for each in records if _is_of(each, name)), None)
            if record is None:
                raise Failure(f"the state in {FORMATS[content_format]} has a record of {name}", came=[each.name for each in records])
            _judge_record(bench, name, value, record, FORMATS[content_format])


async def _read(line: CoapLine, path: str, formats: tuple[int, ...]) -> Reading:
    """Read a resource in several forms until all are of one state."""
    for _ in range(TRIES):
        forms = {each: await _got(line, path, each) for each in formats}
        again = await _got(line, path, JSON)
        if again.payload == forms[JSON].payload and len({response.etag for response in (*forms.values(), again)}) == 1:
            return Reading(_decoded(again, path), forms)
    raise NotAsked(f"{path} moves all the time")


async def _got(line: CoapLine, path: str, content_format: int) -> Response:
    response = await line.request(Method.GET, path, accept=content_format)
    if not response.successful:
        raise Failure(f"{path} can be had as {FORMATS[content_format]} ({content_format})", came=response.code)
    if response.content_format != content_format:
        came = response.content_format
        raise Failure(f"the answer is in the format that was asked for ({content_format})", sent=path, came=came)
    return response


def _decoded(response: Response, what: str) -> Any:
    try:
        return decode(response.payload, response.content_format)
    except CommandError as error:
        raise Failure(
            f"{what} can be read as {FORMATS.get(response.content_format or -1, 'what it says')}", came=response.payload.hex()
        ) from error


def _records(response: Response, what: str) -> tuple[Record, ...]:
    try:
        return senml_unpack(response.payload, response.content_format or SENML_JSON)
    except CommandError as error:
        raise Failure(f"{what} is a SenML pack (RFC 8428)", came={"why": error.detail, "bytes": response.payload.hex()}) from error


def _is_of(record: Record, name: str) -> bool:
    """Return whether a record is about a property: its name is the last part of the record's."""
    return record.name == name or (record.name.endswith(name) and not record.name[-len(name) - 1].isalnum())


def _judge_record(bench: Bench, name: str, value: Any, record: Record, form: str) -> None:
    if not _is_of(record, name):
        raise Failure(f"the name of the record in {form} ends with the property's", sent=name, came=record.name)
    if not close(record.value, value):
        raise Failure(f"{form} of {name} is what JSON says", came={"json": value, "told": record.value})
    unit = bench.thing.properties.get(name, {}).get("unit")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and record.unit != unit:
        raise Failure(f"the unit of {name} in {form} is the description's", came={"description": unit, "told": record.unit})


def close(told: Any, value: Any) -> bool:
    """Return whether two decoded values are one, numbers as near as 32 bits tell them."""
    if isinstance(told, dict) and isinstance(value, dict):
        return told.keys() == value.keys() and all(close(told[name], value[name]) for name in value)
    if isinstance(told, list) and isinstance(value, list):
        return len(told) == len(value) and all(map(close, told, value))
    numbers = (
        not isinstance(told, bool) and not isinstance(value, bool) and isinstance(told, int | float) and isinstance(value, int | float)
    )
    return abs(told - value) <= CLOSE * max(1.0, abs(value)) if numbers else same(told, value)


@check("S10", "taken", on=Transport.COAP, applies=can_be_set, seconds=0.3)
async def cbor_is_taken_too(bench: Bench) -> None:
    """A write in CBOR means what it means in JSON."""
    line = line_of(bench)
    found = await setting(bench, line)
    for value in (found.other, found.one):
        response = await line.request(
            Method.PUT, f"p/{quote(found.name)}", payload=cbor2.dumps(value), content_format=CBOR, patience=found.patience
        )
        if not response.successful:
            raise Failure("a write in CBOR (60) is taken", sent={found.name: value}, came=response.code)
        shown = await line.read(found.name)
        if not close(shown, value):
            raise Failure("a write in CBOR means what it means in JSON", sent={found.name: value}, came=shown)
    await asked(bench, Request(operation="writeproperty", name=found.name, input=found.one), line)
