"""What a kind looks like elsewhere: SDF, JSON Schema of the state, tables of hooks."""

import csv
import io
import random
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.profile.features import SECTIONS
from gateway.profile.library import PROFILES, Library
from gateway.profile.mapping_table import HEADINGS, MODELS, as_csv, as_markdown, mapping_rows
from gateway.profile.resolver import read_yaml
from gateway.profile.sdf import mandatory, sdf_mapping, sdf_model
from gateway.profile.state_schema import expressed, state_schema
from gateway.profile.strategies.features import richest
from gateway.thing.description import Description

KINDS = Library().kinds()
META = {"boot": 1, "seq": 1, "ts": "2026-07-02T04:11:09Z"}


def some_value(schema: dict[str, Any], chance: random.Random) -> Any:
    """Return a value that mostly fits; None where only a person would know one."""
    if schema.get("type") == "boolean":
        return chance.choice([True, False, True, False, 1])
    if "enum" in schema:
        return chance.choice([*schema["enum"] * 3, "unheard-of", 7.25])
    if schema.get("type") not in ("number", "integer"):
        return None
    low, high, step = schema["minimum"], schema["maximum"], schema.get("multipleOf")
    middle = low + (high - low) // 2
    return chance.choice([low, high, middle - middle % step if step else middle, low, high, low - 1, high + 1, "7", True])


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_of_the_state_judges_as_the_gateway_does(kind: str, library: Library) -> None:
    model, chance = library.model(kind), random.Random(kind)
    schema = state_schema(model)
    Draft202012Validator.check_schema(schema)
    validator, instance = Draft202012Validator(schema), richest(model)
    told = expressed(model) & {rule.id for rule in instance.rules}
    public = {name: dict(each.schema) for name, each in instance.properties.items() if not each.private}
    verdicts: set[bool] = set()
    for _ in range(150):
        names = chance.sample(sorted(public), min(len(public), chance.randint(1, 7)))
        drawn = {name: some_value(public[name], chance) for name in names}
        state = {name: value for name, value in drawn.items() if value is not None}
        good = not instance.faulty(state) and not told & set(instance.broken(state))
        assert validator.is_valid({"$": META, **state}) == good, state
        verdicts.add(good)
    assert verdicts == {True, False}


def test_the_schema_knows_the_constraints_it_can_and_names_the_others(library: Library) -> None:
    model = library.model("air-conditioner")
    schema = state_schema(model)
    assert expressed(model) >= {"ac-heat-range", "ac-aux-needs-heat", "ac-turbo-excl", "ac-off-state"}
    assert "ac-restart" in schema["$comment"]
    validator = Draft202012Validator(schema)
    assert validator.is_valid({"$": META, "mode": "heat", "targetTemperature": 30})
    assert not validator.is_valid({"$": META, "mode": "heat", "targetTemperature": 31})
    assert validator.is_valid({"$": META, "mode": "cool", "targetTemperature": 31})
    assert not validator.is_valid({"mode": "cool"})


@pytest.mark.parametrize("path", sorted((PROFILES / "vectors").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_schema_of_a_device_agrees_with_the_vectors_written_by_hand(path: Path, library: Library) -> None:
    content = read_yaml(path)
    model = library.model(content["kind"])
    told = {"property", "format"} | {entry["id"] for entry in model.constraints if entry["id"] not in expressed(model)}
    private = {name for name, schema in model.document["properties"].items() if schema.get("hl:private")}
    for vector in content["states"]:
        features = tuple(content["devices"][vector["device"]]["features"])
        device = model.instance(Description(id="one", kind=model.kind, features=features))
        judged = Draft202012Validator(state_schema(model, device)).is_valid({"$": META, **vector["state"]})
        if vector.get("rule") not in told and not private & vector["state"].keys():
            assert judged == (vector["verdict"] == "good"), vector["name"]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_private_is_in_the_schema_of_the_state(kind: str, library: Library) -> None:
    assert not {"identity", "life", "claims"} & state_schema(library.model(kind))["properties"].keys()


@pytest.mark.parametrize("kind", KINDS)
def test_sdf_requires_exactly_the_mandatory(kind: str, library: Library) -> None:
    model = library.model(kind)
    plain = model.instance(Description(id="one", kind=kind))
    every = {f"/{section}/{name}" for section in SECTIONS for name in getattr(plain, section)}
    assert mandatory(model) == every
    names = {"properties": "sdfProperty", "actions": "sdfAction", "events": "sdfEvent"}
    wanted = {f"#/sdfObject/{kind}/{names[at.split('/')[1]]}/{at.split('/')[2]}" for at in every}
    assert set(sdf_model(model)["sdfObject"][kind]["sdfRequired"]) == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_sdf_has_ranges_units_and_words_and_none_of_our_own_terms(kind: str, library: Library) -> None:
    model = library.model(kind)
    body = sdf_model(model)["sdfObject"][kind]
    assert not any(name.startswith("hl:") for name in names_in(body))
    for name, schema in model.document["properties"].items():
        told = body["sdfProperty"][name]
        for term in ("type", "unit", "minimum", "maximum", "multipleOf"):
            assert told.get(term) == schema.get(term), (name, term)
        assert told.get("writable", True) != schema.get("readOnly", False), name
        if "enum" in schema:
            assert told.get("enum", [each["const"] for each in told.get("sdfChoice", {}).values()]) == schema["enum"], name


@pytest.mark.parametrize("kind", KINDS)
def test_every_place_of_the_mapping_file_is_in_the_sdf_model(kind: str, library: Library) -> None:
    model = library.model(kind)
    document = sdf_model(model)
    for pointer in sdf_mapping(model)["map"]:
        node: Any = document
        for part in pointer.removeprefix("#/").split("/"):
            node = node[part]


@pytest.mark.parametrize("target", MODELS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_table_has_a_row_for_every_hook(kind: str, target: str, library: Library) -> None:
    model = library.model(kind)
    rows = mapping_rows(model, target)
    hooked = {
        name for section in SECTIONS for name, schema in model.document.get(section, {}).items() if target in schema.get("hl:map", {})
    }
    assert {row[2] for row in rows} == hooked
    read = [*csv.reader(io.StringIO(as_csv(rows)))]
    assert tuple(read[0]) == HEADINGS
    assert [tuple(row) for row in read[1:]] == rows
    for line in as_markdown(rows, target).splitlines():
        assert not line.startswith("|") or line.replace("\\|", "").count("|") == len(HEADINGS)


def test_a_table_tells_scale_words_and_what_is_lost(library: Library) -> None:
    rows = {row[2]: dict(zip(HEADINGS, row, strict=True)) for row in mapping_rows(library.model("air-conditioner"), "matter")}
    assert rows["roomTemperature"]["target"] == "cluster 0x0201, attribute 0x0000"
    assert rows["roomTemperature"]["conversion"] == "scale 100"
    assert rows["mode"]["values"].startswith("auto = 1, cool = 3")
    assert rows["fanMode"]["lossy"] == "quiet turbo"
    assert rows["outdoorTemperature"]["features"] == "OUT"


def names_in(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(names_in, node))
    return set(node).union(*map(names_in, node.values())) if isinstance(node, dict) else set()
