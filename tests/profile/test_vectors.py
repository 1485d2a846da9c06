"""Gateway, simulator and judge say of every hand-written vector what the standard says, and for its reason."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import cbor2
import pytest

from firmware_sim.refusal import Refusal
from firmware_sim.wires.payload import decode as decode_in_simulator
from firmware_sim.wires.payload import encode as encode_in_simulator
from firmware_sim.wires.senml import pack as pack_in_simulator
from gateway.conformance.description_verdict import description_objections
from gateway.errors import BadSyntax, SchemaViolation
from gateway.profile.description import description_of
from gateway.profile.resolver import merge_patch
from gateway.protocol.payload import CBOR, JSON, SENML_CBOR, SENML_JSON, decode, encode
from gateway.protocol.senml import Record, senml_pack, senml_unpack
from tests.profile.vectors import FILES, GOOD, LIBRARY, Answer, Gateway, Judge, Simulator, Vector, description, document, instance, vectors

READERS = pytest.mark.parametrize("reader", [Gateway(), Simulator(), Judge()], ids=["gateway", "simulator", "judge"])
FORMATS = {"json": JSON, "cbor": CBOR}
SENML = {"senml-json": SENML_JSON, "senml-cbor": SENML_CBOR}
BASE = "urn:x:"


def cases(section: str, *, with_value: bool | None = None) -> pytest.MarkDecorator:
    """Parametrize over every vector of a section in every file."""

    def every() -> Iterator[Any]:
        for path in FILES:
            for vector in vectors(path, section):
                if with_value is None or ("value" in vector) is with_value:
                    yield pytest.param(vector, id=f"{path.stem}: {vector['name']}")

    return pytest.mark.parametrize("vector", list(every()))


def agrees(vector: Vector, answer: Answer, *, names_terms: bool) -> None:
    """Compare an answer with the verdict; a term of the schema is compared where the reader names terms."""
    if vector["verdict"] in ("good", "taken"):
        assert answer == GOOD
        return
    assert answer != GOOD
    if "code" in vector:
        assert answer.code == vector["code"]
    if "property" in vector:
        assert answer.property == vector["property"]
    if names_terms or "-" in vector["rule"]:
        assert vector["rule"] in answer.rules, answer


@READERS
@cases("states")
def test_a_state(reader: Any, vector: Vector) -> None:
    agrees(vector, reader.state(vector), names_terms=isinstance(reader, Judge))


@READERS
@cases("writes")
def test_a_write(reader: Any, vector: Vector) -> None:
    agrees(vector, reader.write(vector), names_terms=isinstance(reader, Judge))


@READERS
@cases("actions")
def test_an_action(reader: Any, vector: Vector) -> None:
    agrees({key: value for key, value in vector.items() if key != "property"}, reader.action(vector), names_terms=isinstance(reader, Judge))


@pytest.mark.parametrize("reader", [Gateway(), Judge()], ids=["gateway", "judge"])
@cases("changes")
def test_a_change_over_time(reader: Any, vector: Vector) -> None:
    agrees(vector, reader.change(vector), names_terms=True)


@cases("descriptions")
def test_a_thing_description(vector: Vector) -> None:
    good = json.loads(json.dumps(description(vector["kind"], tuple(vector["features"]))))
    td = merge_patch(good, vector.get("patch", {}))
    objections = [*description_objections(td, LIBRARY.model(vector["kind"]).document)]
    if vector["verdict"] == "good":
        assert objections == []
        description_of(td, LIBRARY)
        return
    assert vector["rule"] in {objection.rule for objection in objections}
    with pytest.raises(SchemaViolation) as caught:
        description_of(td, LIBRARY)
    if "property" in vector:
        assert caught.value.property == vector["property"]
        assert vector["property"] in {objection.property for objection in objections}


@cases("encodings", with_value=True)
def test_bytes_mean_their_value_and_the_value_is_written_so_that_all_read_it(vector: Vector) -> None:
    value, name = vector["value"], vector["property"]
    for term, number in FORMATS.items():
        given = vector[term].encode() if term == "json" else bytes.fromhex(vector[term])
        for written in (given, encode(value, number), encode_in_simulator(value, number)):
            assert decode(written, number) == decode_in_simulator(written, number) == value
            assert type(decode(written, number)) is type(decode_in_simulator(written, number))
            assert (json.loads(written) if term == "json" else cbor2.loads(written)) == value
    assert vector["json"].encode() == encode(value, JSON) == encode_in_simulator(value, JSON)
    unit = instance(vector["kind"], _every_feature(vector["kind"])).properties[name].unit
    for term, number in SENML.items():
        if term not in vector:
            continue
        given = vector[term].encode() if term == "senml-json" else bytes.fromhex(vector[term])
        ours = senml_pack(BASE, [Record(name=name, value=value, unit=unit, time=0.0)], number)
        theirs = pack_in_simulator(BASE, "2026-07-02T04:11:57Z", [(name, value, unit)], number)
        for written in (given, ours, theirs):
            (record,) = senml_unpack(written, number)
            assert (record.name, record.value) == (f"{BASE}{name}", value)
        (record,) = senml_unpack(given, number)
        assert record.unit == (unit if isinstance(value, int | float) and not isinstance(value, bool) else None)


@cases("encodings", with_value=False)
def test_bytes_that_are_no_value_are_refused_by_all(vector: Vector) -> None:
    for term, text in vector["bytes"].items():
        payload = text.encode() if term.endswith("json") else bytes.fromhex(text)
        if term in SENML:  # an appliance only writes SenML, so there is one reader
            with pytest.raises(BadSyntax):
                senml_unpack(payload, SENML[term])
            continue
        with pytest.raises(BadSyntax):
            decode(payload, FORMATS[term])
        with pytest.raises(Refusal, match=r"bad-syntax|JSON|CBOR"):
            decode_in_simulator(payload, FORMATS[term])


def _every_feature(kind: str) -> tuple[str, ...]:
    (path,) = [path for path in FILES if document(path)["kind"] == kind]
    return max((tuple(device["features"]) for device in document(path)["devices"].values()), key=len)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_vectors_are_of_the_version_the_profile_has_and_touch_every_constraint(path: Path) -> None:
    content = document(path)
    model = LIBRARY.model(content["kind"])
    assert content["version"] == model.version
    sections = ("states", "writes", "actions", "changes", "descriptions", "encodings")
    for section in sections:
        names = [vector["name"] for vector in content[section]]
        assert len(set(names)) == len(names), "each vector has a name of its own"
    refused = {vector["rule"] for section in sections for vector in content[section] if vector.get("verdict") in ("bad", "refused")}
    assert {rule["id"] for rule in model.constraints} <= refused, "every constraint has a vector that breaks it"


def test_every_stable_kind_has_vectors() -> None:
    stable = {kind for kind in LIBRARY.kinds() if LIBRARY.model(kind).maturity == "stable"}
    assert stable <= {document(path)["kind"] for path in FILES}


def test_a_vector_with_the_wrong_verdict_is_found() -> None:
    (vector, *_) = [vector for path in FILES for vector in vectors(path, "states") if vector["verdict"] == "bad"]
    for reader in (Gateway(), Simulator(), Judge()):
        with pytest.raises(AssertionError):
            agrees({**deepcopy(dict(vector)), "verdict": "good"}, reader.state(vector), names_terms=False)
