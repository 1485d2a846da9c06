"""The models and exports of the standard, judged by schemas and a converter nobody here wrote."""

import copy
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from gateway.profile.findings import pointer_to
from gateway.profile.library import Library
from gateway.profile.sdf import mandatory, sdf_mapping, sdf_model
from tests.kit.demo import ROOT

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]
TM_SCHEMA = ROOT / ".interop" / "node_modules" / "wot-thing-model-types" / "schema" / "tm-json-schema-validation.json"
SDF_PYTHON = ROOT / ".venv-sdf" / "bin" / "python"
LIBRARY = Library()
KINDS = LIBRARY.kinds()


@pytest.fixture(scope="module")
def thing_models() -> Draft7Validator:
    if not TM_SCHEMA.exists():
        pytest.skip("W3C's Thing Model schema is not installed: run `make interop` (needs npm)")
    return Draft7Validator(json.loads(TM_SCHEMA.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def converted() -> dict[str, Any]:
    """Return what the converter makes of every kind's SDF model."""
    if not SDF_PYTHON.exists():
        pytest.skip("sdf-wot-converter is not installed: run `make interop`")
    models = {kind: LIBRARY.model(kind) for kind in KINDS}
    question = {kind: {"sdf": sdf_model(model), "mapping": sdf_mapping(model)} for kind, model in models.items()}
    command = [str(SDF_PYTHON), str(Path(__file__).parent / "sdf_converter.py")]
    result = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, timeout=100, check=True)
    answers: dict[str, Any] = json.loads(result.stdout)
    return answers


def mistakes(validator: Draft7Validator, document: Any) -> list[str]:
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator.iter_errors(document)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_flat_profile_is_a_thing_model_by_the_w3c_schema(kind: str, thing_models: Draft7Validator) -> None:
    assert mistakes(thing_models, LIBRARY.model(kind).document) == []


def test_the_exported_thing_model_is_valid_too(thing_models: Draft7Validator, tmp_path: Path) -> None:
    out = tmp_path / "plug.tm.jsonld"
    command = [str(ROOT / ".venv" / "bin" / "hulian"), "profile", "export", "plug", "--to", "tm", "-o", str(out)]
    subprocess.run(command, check=True, timeout=60)
    assert mistakes(thing_models, json.loads(out.read_text(encoding="utf-8"))) == []


SPOILERS: dict[str, Any] = {
    "no thing model": lambda model: model.update({"@type": ["hl:Plug"]}),
    "a type that is none": lambda model: model["properties"]["power"].update({"type": "switch"}),
    "an optional affordance that is no pointer": lambda model: model.update({"tm:optional": ["power"]}),
    "a minimum that is no number": lambda model: model["properties"]["powerDraw"].update({"minimum": [0]}),
    "another context": lambda model: model.update({"@context": ["urn:nothing"]}),
}


@pytest.mark.parametrize("spoil", SPOILERS.values(), ids=SPOILERS)
def test_the_schema_is_able_to_refuse(spoil: Any, thing_models: Draft7Validator) -> None:
    model = copy.deepcopy(dict(LIBRARY.model("plug").document))
    spoil(model)
    assert mistakes(thing_models, model) != []


@pytest.mark.parametrize("kind", KINDS)
def test_the_sdf_export_is_valid(kind: str, converted: dict[str, Any]) -> None:
    assert converted[kind]["errors"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_sdf_requires_exactly_what_is_mandatory(kind: str, converted: dict[str, Any]) -> None:
    assert sorted(converted[kind]["plain"]["tm:required"]) == sorted(mandatory(LIBRARY.model(kind)))


@pytest.mark.parametrize("kind", KINDS)
def test_converting_back_with_the_mapping_file_gives_the_whole_model(kind: str, converted: dict[str, Any]) -> None:
    model = {term: value for term, value in LIBRARY.model(kind).document.items() if term != "tm:optional"}
    whole = {term: value for term, value in converted[kind]["whole"].items() if term != "tm:required"}
    assert plain_words(whole) == model


@pytest.mark.parametrize("kind", KINDS)
def test_what_sdf_alone_loses_is_in_the_mapping_file(kind: str, converted: dict[str, Any]) -> None:
    model = LIBRARY.model(kind)
    kept = {at for place in sdf_mapping(model)["map"].values() for at in leaves(place)}
    lost = leaves(model.document) - leaves(plain_words(converted[kind]["plain"]))
    names = {at.rpartition("/")[2] for at in lost if not at.startswith(("/tm:optional", "/version"))}
    assert names - {at.rpartition("/")[2] for at in kept} == set()
    assert not names & {"type", "unit", "minimum", "maximum", "multipleOf", "enum", "required", "readOnly"} - IN_ENTRIES


IN_ENTRIES = frozenset({"unit", "multipleOf"})
"""SDF has no unit and no step for the entries of an array."""


def plain_words(node: Any) -> Any:
    """Return a model with the choices of constants SDF makes of numbers as the enum they were."""
    if isinstance(node, list):
        if node and all(isinstance(item, dict) and item.keys() == {"const"} for item in node):
            return [item["const"] for item in node]
        return [plain_words(item) for item in node]
    return {key: plain_words(value) for key, value in node.items()} if isinstance(node, dict) else node


def leaves(node: Any, pointer: str = "") -> set[str]:
    return set(_leaves(node, pointer))


def _leaves(node: Any, pointer: str) -> Iterator[str]:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _leaves(value, f"{pointer}{pointer_to(key)}")
    else:
        yield pointer
