"""Flattening of the published models, on small files and on the real ones."""

from pathlib import Path
from typing import Any

import pytest

from firmware_sim.profile import FOLDER, kinds, load
from firmware_sim.refusal import SetupMistake
from firmware_sim.schema import neutral, problem

BASE = """
"@type": ["tm:ThingModel"]
title: Base
hl:features: {HRS: {affordances: [/properties/hours]}}
hl:constraints: [{id: grow, type: monotonic, property: hours}]
properties:
  hours: {type: number, minimum: 0, readOnly: true}
  name: {type: string, maxLength: 8}
"""
MIXIN = """
title: Mixin
properties:
  level: {type: integer, minimum: 0, maximum: 100, hl:map: {a: 1, b: 2}}
  switch: {type: string, hl:map: {enum: {last: null}}}
"""
KIND = """
title: Lamp
links: [{rel: "tm:extends", href: ./base-1.yaml}, {rel: license, href: "x://y"}]
hl:features: {LVL: {affordances: [/properties/level]}}
hl:constraints: [{id: own, type: order, a: level, op: "<=", b: hours}]
properties:
  name: {maxLength: 4}
  level: {"tm:ref": "./mixin-1.tm.jsonld#/properties/level", maximum: 50, hl:map: {b: null}}
  switch: {"tm:ref": "./mixin-1.yaml#/properties/switch"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("base-1", BASE), ("mixin-1", MIXIN), ("lamp-1", KIND)):
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def test_parent_mixins_and_overrides_come_together(folder: Path) -> None:
    profile = load("lamp", folder)
    document = profile.document
    assert document["title"] == "Lamp"
    assert document["properties"]["name"] == {"type": "string", "maxLength": 4}
    assert document["properties"]["level"] == {"type": "integer", "minimum": 0, "maximum": 50, "hl:map": {"a": 1}}
    assert document["properties"]["hours"]["readOnly"] is True
    assert set(profile.features) == {"HRS", "LVL"}
    assert [rule["id"] for rule in profile.constraints] == ["grow", "own"]
    assert document["links"] == [{"rel": "license", "href": "x://y"}]


def test_a_null_that_overrides_nothing_stays_a_value(folder: Path) -> None:
    assert load("lamp", folder).document["properties"]["switch"]["hl:map"] == {"enum": {"last": None}}


def test_the_hash_names_the_content_not_the_layout(folder: Path) -> None:
    before = load("lamp", folder).hash
    other = folder / "other"
    other.mkdir()
    for name, text in (("base-1", BASE), ("mixin-1", MIXIN), ("lamp-1", KIND.replace("title: Lamp", "# a remark\ntitle:   Lamp"))):
        (other / f"{name}.yaml").write_text(text)
    assert load("lamp", other).hash == before
    third = folder / "third"
    third.mkdir()
    for name, text in (("base-1", BASE), ("mixin-1", MIXIN), ("lamp-1", KIND.replace("maximum: 50", "maximum: 51"))):
        (third / f"{name}.yaml").write_text(text)
    assert load("lamp", third).hash != before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('properties: {a: {"tm:ref": "./mixin-1.yaml#/properties/none"}}', "not there"),
        ("properties: {a: [}", "cannot be read"),
        ("- a\n- b", "not a mapping"),
        ('links: [{rel: "tm:extends", href: ./gone-1.yaml}]', "cannot be read"),
    ],
)
def test_a_mistake_in_a_file_is_named(folder: Path, text: str, words: str) -> None:
    (folder / "broken-1.yaml").write_text(text)
    with pytest.raises(SetupMistake, match=words):
        load("broken", folder)


def test_an_unknown_kind_lists_the_known_ones() -> None:
    with pytest.raises(SetupMistake, match="air-conditioner"):
        load("toaster")


@pytest.mark.parametrize("kind", kinds())
def test_every_published_kind_is_flat_and_has_a_neutral_value_for_every_property(kind: str) -> None:
    document = load(kind).document
    assert not _mentions(document, "tm:ref")
    assert {"identity", "faults", "life"} <= set(document["properties"])
    for name, body in document["properties"].items():
        assert problem(body, neutral(body)) is None or "minLength" in str(body), name


def test_the_published_folder_has_the_simulated_kinds() -> None:
    assert {"air-conditioner", "refrigerator", "set-top-box", "plug", "light"} <= set(kinds(FOLDER))


def _mentions(node: Any, key: str) -> bool:
    if isinstance(node, dict):
        return key in node or any(_mentions(member, key) for member in node.values())
    return isinstance(node, list) and any(_mentions(item, key) for item in node)
