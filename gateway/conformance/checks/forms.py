"""Things of another layout: what can be read and set through their own forms over CoAP, held against their own schemas.

Whatever a form's address says, only the machine that was named is asked; of a description from a file, the one its first form names.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from hypothesis import strategies as st

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.deeds import same
from gateway.conformance.failure import Failure, NotAsked
from gateway.conformance.lines.coap import CoapLine
from gateway.conformance.schema_verdict import reported
from gateway.conformance.target import coap_client
from gateway.conformance.thing import Thing
from gateway.errors import BadSyntax
from gateway.profile.strategies.values import values
from gateway.protocol.cbor import cbor_value
from gateway.protocol.coap.message import CBOR, JSON, Method, Response

MOST: Final = 32
"""Properties that are tried."""
_NESTING: Final = 32
_TYPES: Final = frozenset({"boolean", "integer", "number", "string"})


def _has_another_layout(thing: Thing) -> str:
    if thing.coap or thing.mqtt[1]:
        return "it has the layout of the standard, and is judged by that"
    return "" if list(_ways(thing, "readproperty")) else "it has no form that reads a property over CoAP as JSON"


@check("S2", "forms", applies=_has_another_layout, seconds=0.5)
async def what_its_forms_read_fits_its_schemas(bench: Bench) -> None:
    """What the forms of another layout read is what their schemas say."""
    async with _line(bench.thing, bench) as line:
        for name, path in list(_ways(bench.thing, "readproperty"))[:MOST]:
            value = _value(await line.request(Method.GET, path), path)
            for objection in reported(bench.thing.td, {name: value}):
                raise Failure(f"{name} as its schema says ({objection.rule})", sent=path, came=value)


@check("C1", "forms", applies=_has_another_layout, seconds=0.5)
async def what_its_forms_write_is_read_again(bench: Bench) -> None:
    """What the forms of another layout let be set can be read as it was set."""
    written = {name: path for name, path in _ways(bench.thing, "writeproperty") if _is_plain(bench.thing, name)}
    read = dict(_ways(bench.thing, "readproperty"))
    names = sorted(written.keys() & read.keys())[:MOST]
    if not names:
        raise NotAsked("it has no form that writes a plain property over CoAP as JSON")
    drawn = st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), values(_said(bench.thing.properties[name]))))
    async with _line(bench.thing, bench) as line:

        async def kept(example: Any) -> None:
            name, value = example
            response = await line.request(Method.PUT, written[name], payload=orjson.dumps(value), content_format=JSON)
            if not response.successful:
                raise Failure(f"a value its schema allows is taken for {name}", sent=value, came=response.code)
            shown = _value(await line.request(Method.GET, read[name]), read[name])
            if not same(shown, value):
                raise Failure(f"{name} is read as it was set", sent=value, came=shown)

        await bench.for_all(drawn.map(list), kept, most=10)


def _said(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema without the empty lists some servients write where nothing is said."""
    return {term: value for term, value in schema.items() if value != []}


def _is_plain(thing: Thing, name: str) -> bool:
    schema = thing.properties[name]
    return schema.get("type") in _TYPES and not schema.get("readOnly")


def _ways(thing: Thing, operation: str) -> Iterator[tuple[str, str]]:
    """Yield each property with the path of its first form that does this over CoAP as JSON."""
    port = urlsplit(_place(thing)).port
    for name, body in thing.properties.items():
        forms = body.get("forms")
        for form in forms if isinstance(forms, list) else ():
            href = urlsplit(str(form.get("href", ""))) if isinstance(form, dict) else urlsplit("")
            operations = form.get("op", ["readproperty", "writeproperty"]) if isinstance(form, dict) else []
            fits = operation in ([operations] if isinstance(operations, str) else operations)
            if fits and href.scheme == "coap" and href.port == port and form.get("contentType", "application/json") == "application/json":
                yield name, href.path + (f"?{href.query}" if href.query else "")
                break


def _place(thing: Thing) -> str:
    """Return the machine that is asked: the one that was named, else the one the first form names."""
    if thing.origin.startswith("coap://"):
        return "/".join(thing.origin.split("/", 3)[:3])
    forms = (form for body in thing.properties.values() for form in (body.get("forms") or []) if isinstance(form, dict))
    first = next((str(form.get("href")) for form in forms if str(form.get("href", "")).startswith("coap://")), "")
    return "/".join(first.split("/", 3)[:3])


@asynccontextmanager
async def _line(thing: Thing, bench: Bench) -> AsyncIterator[CoapLine]:
    async with coap_client() as client:
        yield CoapLine(client, f"{_place(thing)}/", bench.frames, bench.random)


def _value(response: Response, path: str) -> Any:
    if not response.successful:
        raise Failure("a form that reads gives a value", sent=path, came=response.code)
    try:
        return cbor_value(response.payload, _NESTING) if response.content_format == CBOR else orjson.loads(response.payload)
    except (BadSyntax, orjson.JSONDecodeError):
        raise Failure("a value as JSON or CBOR", sent=path, came=response.payload[:200].hex()) from None
