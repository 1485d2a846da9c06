"""T: what an appliance says of itself: a description everybody can read, of its kind, the same wherever it is read."""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.claim import Claim
from gateway.conformance.constraint_told import untold
from gateway.conformance.description_verdict import description_findings, description_objections
from gateway.conformance.failure import Failure, NotAsked, Untried
from gateway.conformance.form_verdict import stray_forms
from gateway.conformance.line import Line, Transport
from gateway.conformance.lines.coap import CoapLine
from gateway.conformance.number_verdict import number_mistakes
from gateway.conformance.schema_verdict import Objection
from gateway.conformance.td_verdict import SECTIONS, context_mistakes, parts, schema_mistakes, type_mistakes
from gateway.conformance.thing import Thing
from gateway.errors import BadSyntax, SetupError
from gateway.profile.canonical import canonical
from gateway.protocol.cbor import cbor_value
from gateway.protocol.coap.message import CBOR, JSON, TD_JSON, Method

_NESTING: Final = 64
_NAMED: Final = 6
"""Mistakes named in one failure."""
BOTH: Final = frozenset(Transport)


def _has_kind(thing: Thing) -> str:
    return "" if thing.model else f"it says it is {thing.kind!r}, which is no kind of the standard" if thing.kind else "it names no kind"


def _has_layout(thing: Thing) -> str:
    return "" if thing.coap or thing.mqtt[1] else "its forms do not have the layout of the standard"


def _speaks_for_itself(thing: Thing) -> str:
    return _has_kind(thing) or ("" if thing.native else "a gateway speaks for it, whose wire may have no words for a write")


@check("T1", seconds=0.1)
async def the_description_is_one_by_w3c(bench: Bench) -> None:
    """The Thing Description is one by W3C's TD 1.1: title, security, forms, schemas."""
    if not bench.thing.td:
        raise Failure("a Thing Description that is a JSON object", came=bench.thing.body[:200].decode(errors="replace"))
    _none("a Thing Description as TD 1.1 has it", bench.thing.form.mistakes)


@check("T1", "contexts", seconds=0.05)
async def both_contexts_are_named(bench: Bench) -> None:
    """The description names both contexts, the 2019 one first: published clients know only that one."""
    _none("both contexts, the 2019 one first", context_mistakes(bench.thing.td))


@check("T1", "types", seconds=0.05)
async def every_schema_has_one_type(bench: Bench) -> None:
    """Every schema has one type: a client in use cannot read a description without."""
    _none("one `type` in every schema", type_mistakes(bench.thing.td))


@check("T1", "schema", seconds=0.1)
async def the_description_passes_the_schema_of_w3c(bench: Bench) -> None:
    """W3C's own schema, where its file is at hand, finds nothing wrong."""
    schema = bench.extras.get("td_schema")
    if not isinstance(schema, Mapping):
        raise NotAsked("W3C's schema file is not at hand (--td-schema FILE); the judge's own reading of TD 1.1 was asked")
    _none("a description that W3C's schema accepts", await asyncio.to_thread(schema_mistakes, bench.thing.td, schema))


@check("T1", "forms", applies=_has_layout, seconds=0.05)
async def the_forms_lead_to_the_device(bench: Bench) -> None:
    """The forms lead to the places of the standard's layout, on the device the description was read from."""
    _readable(bench.thing)
    _none("forms that lead where the layout has it", stray_forms(bench.thing))


@check("T1", "kind", applies=_has_kind, seconds=0.1)
async def the_description_is_one_of_its_kind(bench: Bench) -> None:
    """The description has what its features bring, nothing else, and is nowhere wider than its kind."""
    td = _readable(bench.thing)
    if str(td.get("version", {}).get("model", "")).partition(".")[0] != str(bench.thing.major):
        raise Failure("`version.model` and the link to the model name the same major", came=[td.get("version"), td.get("links")])
    found = description_objections(td, bench.thing.model, _mixins(bench.thing))
    _none("a description that is one of its kind", (*_words(found), *untold(td, bench.thing.model)))


@check("T1", "writes", applies=_speaks_for_itself, seconds=0.05)
async def what_its_kind_lets_be_set_can_be_set(bench: Bench) -> None:
    """An appliance that speaks the profile itself keeps the writes of its kind."""
    _none("the profile's writes are kept", _words(description_findings(_readable(bench.thing), bench.thing.model, _mixins(bench.thing))))


@check("T1", "claim", seconds=0.05)
async def the_claim_is_what_the_device_declares(bench: Bench) -> None:
    """The vendor's claim and the device's declaration say the same, both ways."""
    if not bench.thing.claim:
        raise NotAsked("no claim was named (--claim kind@version)")
    try:
        claim = Claim.read(bench.thing.claim)
    except SetupError as error:
        raise Untried(str(error)) from error
    differences = list(claim.against(bench.thing))
    if differences:
        raise Failure("the device is what its vendor claims", sent=bench.thing.claim, came=differences)


@check("T4", "transports", on=BOTH, seconds=0.2)
async def both_transports_give_one_description(bench: Bench) -> None:
    """The description that is retained and the one over CoAP are equal in their RFC 8785 form."""
    kept, asked = [_canonical(await bench.lines[transport].td(), transport) for transport in (Transport.MQTT, Transport.COAP)]
    if kept != asked:
        raise Failure("the retained description is the one CoAP gives", came=_differing(orjson.loads(kept), orjson.loads(asked)))


@check("T4", "formats", on=Transport.COAP, seconds=0.2)
async def every_format_gives_one_description(bench: Bench) -> None:
    """Asked for TD, JSON or CBOR, it gives the same description."""
    line = bench.line
    assert isinstance(line, CoapLine)  # noqa: S101 - the check is on CoAP
    plain = _canonical(await line.td(), Transport.COAP)
    for accept in (TD_JSON, JSON, CBOR):
        response = await line.request(Method.GET, "td", accept=accept)
        if not response.successful or response.content_format != accept:
            came = {"code": response.code, "content format": response.content_format}
            raise Failure("the description is there as application/td+json, JSON and CBOR", sent={"accept": accept}, came=came)
        other = _decoded(response.payload, accept)
        if canonical(other) != plain:
            raise Failure(
                "the description is the same in every format", sent={"accept": accept}, came=_differing(orjson.loads(plain), other)
            )


@check("T7", seconds=0.1)
async def numbers_have_units_and_limits(bench: Bench) -> None:
    """Every unit is a registered one, and every number has its limits and its unit."""
    td = _readable(bench.thing)
    known = {part.where: part.schema for part in parts(bench.thing.model)} | _borrowed(bench.thing)
    native = bench.thing.native or not bench.thing.model
    _none("numbers with a registered unit and both limits", number_mistakes(td, known, native=native))


def hashes(body: bytes) -> tuple[str, str]:
    """Return the beginnings of the hash of a description: of its bytes as they came, and of its RFC 8785 form."""
    forms = (body, canonical(orjson.loads(body)))
    first, second = (hashlib.sha256(form).hexdigest()[:8] for form in forms)
    return first, second


async def description(line: Line) -> bytes:
    """Return the bytes of the description."""
    return await line.td()


def _none(expected: str, mistakes: Iterable[str]) -> None:
    """Raise Failure when there is a mistake; it names the first few."""
    found = list(mistakes)
    if found:
        raise Failure(expected, came=found[:_NAMED] + ([f"and {len(found) - _NAMED} more"] if len(found) > _NAMED else []))


def _readable(thing: Thing) -> dict[str, Any]:
    """Return the description with every section; raise Untried where its form is broken, which T1 says."""
    if not thing.td or thing.form.mistakes:
        raise Untried("the description is none by TD 1.1 (T1), so nothing can be said of what is in it")
    return {**{section: {} for section in SECTIONS}, **thing.td}


def _mixins(thing: Thing) -> Mapping[str, Mapping[str, Any]]:
    return {name: thing.library.mixin(name) for name in thing.library.mixins()}


def _borrowed(thing: Thing) -> dict[str, Mapping[str, Any]]:
    """Return what the published mixins say at the places of what the device has of them."""
    names = {each.get("hl:mixin") for section in (thing.properties, thing.actions, thing.events) for each in section.values()}
    found: dict[str, Mapping[str, Any]] = {}
    for name in names & set(thing.library.mixins()):
        found |= {part.where: part.schema for part in parts(thing.library.mixin(str(name)))}
    return found


def _words(objections: Iterator[Objection]) -> Iterator[str]:
    for each in objections:
        yield f"{each.property or 'the whole'}: {each.rule}"


def _canonical(body: bytes, transport: Transport) -> bytes:
    try:
        return canonical(orjson.loads(body))
    except ValueError:
        raise Failure(f"the description over {transport} is JSON", came=body[:200].decode(errors="replace")) from None


def _decoded(payload: bytes, content_format: int) -> Any:
    try:
        return cbor_value(payload, _NESTING) if content_format == CBOR else orjson.loads(payload)
    except (BadSyntax, orjson.JSONDecodeError) as error:
        raise Failure("what is said to be in a format is in it", sent={"accept": content_format}, came=str(error)) from error


def _differing(one: Any, other: Any) -> dict[str, Any]:
    """Return which members of two descriptions differ."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return {"one": type(one).__name__, "other": type(other).__name__}
    return {"differs in": sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))}
