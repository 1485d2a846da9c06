"""`check_file` finds everything in one pass: one broken thing hides nothing, and nothing raises."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.profile.check import Finding, check_file, check_paths
from gateway.profile.library import PROFILES
from gateway.profile.resolver import read_yaml

EVERYTHING = """\
"@type": ["tm:ThingModel"]
title: Oven
titles: {en: Oven}
version: {model: 1.0}
links: [{rel: "tm:extends", href: ./appliance-base-1.yaml, type: application/tm+json}]
hl:kind: oven
hl:class: machine
hl:maturity: draft
hl:features:
  AA: {title: A, titles: {en: A, zh-Hans: 甲}, affordances: [/properties/loop], requires: [BB]}
  BB: {title: B, titles: {en: B, zh-Hans: 乙}, affordances: [/properties/warmth], requires: [CC]}
  CC: {title: C, titles: {en: C, zh-Hans: 丙}, affordances: [/properties/nothing], requires: [AA]}
  DD: {title: D, titles: {en: D, zh-Hans: 丁}, affordances: [/properties/warmth], requires: [DD]}
  EE: {title: E, titles: {en: E, zh-Hans: 戊}, affordances: [/properties/warmth], requires: [FF, GG]}
  FF: {title: F, titles: {en: F, zh-Hans: 己}, affordances: [/properties/warmth], excludes: [GG]}
  GG: {title: G, titles: {en: G, zh-Hans: 庚}, affordances: [/properties/loop, /properties/meter]}
hl:constraints:
  - id: oven-range
    title: Range
    titles: {en: Range, zh-Hans: 范围}
    type: guardRange
    when: {modus: [heat]}
    property: warmth
    minimum: 20
  - id: oven-meter
    title: Meter grows
    titles: {en: Meter grows, zh-Hans: 累计}
    type: monotonic
    property: meter
  - id: oven-hours
    title: Hours
    titles: {en: Hours, zh-Hans: 时间}
    type: order
    a: operatingHours
    op: ">="
properties:
  loop: {"tm:ref": "#/properties/other", unit: Celsius}
  other: {"tm:ref": "#/properties/loop"}
  meter: {"tm:ref": "./mixin-energy-1.yaml#/properties/meter"}
  lost: {"tm:ref": "./mixin-lost-1.yaml#/properties/meter"}
  2: {type: number}
  flat: 5
  made: {title: Made, titles: {en: Made, zh-Hans: 日期}, type: string, enum: [2026-01-01]}
  warmth:
    title: Warmth
    titles: {en: Warmth, zh-Hans: 温度}
    type: number
    unit: Cel
    minimum: 16.25
    maximum: 32
    multipleOf: 0.5
    multipleOf: 1
actions:
  start: {title: Start, titles: {en: Start, zh-Hans: 启动}, hl:danger: 7}
"""

FOUND = {
    (3, "text-language"),
    (4, "version-form"),
    (7, "class-unknown"),
    (10, "feature-cycle"),
    (12, "feature-affordance"),
    (13, "feature-cycle"),
    (14, "feature-impossible"),
    (22, "constraint-property"),
    (30, "constraint-term"),
    (37, "reference-cycle"),
    (37, "unit-unknown"),
    (39, "reference-dangling"),
    (40, "reference-dangling"),
    (36, "yaml-shape"),
    (42, "affordance-shape"),
    (43, "yaml-shape"),
    (49, "minimum-step"),
    (52, "yaml-duplicate"),
    (54, "action-synchronous"),
    (54, "danger-level"),
}


def placed(findings: list[Finding]) -> set[tuple[int, str]]:
    return {(finding.line, finding.rule) for finding in findings}


def test_a_file_with_every_mistake_shows_each_of_them_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "oven-1.yaml"
    path.write_text(EVERYTHING, encoding="utf-8")
    assert placed(check_file(path)) == FOUND


def test_a_circle_of_references_is_told_once_with_its_way_through_all_files(tmp_path: Path) -> None:
    (tmp_path / "mixin-far-1.yaml").write_text('properties:\n  far: {"tm:ref": "./oven-1.yaml#/properties/near"}\n', encoding="utf-8")
    path = tmp_path / "oven-1.yaml"
    path.write_text('title: x\nproperties:\n  near: {"tm:ref": "./mixin-far-1.yaml#/properties/far"}\n', encoding="utf-8")
    circles = [finding for finding in check_file(path) if finding.rule == "reference-cycle"]
    assert [(finding.line, finding.pointer) for finding in circles] == [(3, "/properties/near/tm:ref")]
    assert "oven-1.yaml:3 /properties/near -> mixin-far-1.yaml:2 /properties/far -> oven-1.yaml:3 /properties/near" in circles[0].message


def test_a_reference_to_what_contains_it_is_a_circle(tmp_path: Path) -> None:
    path = tmp_path / "oven-1.yaml"
    path.write_text('properties:\n  tree:\n    type: object\n    properties: {leaf: {"tm:ref": "#/properties/tree"}}\n', encoding="utf-8")
    assert [finding.line for finding in check_file(path) if finding.rule == "reference-cycle"] == [4]


def test_a_reference_broken_further_on_names_where_it_breaks(tmp_path: Path) -> None:
    (tmp_path / "mixin-far-1.yaml").write_text('properties:\n  far: {"tm:ref": "#/properties/gone"}\n', encoding="utf-8")
    path = tmp_path / "oven-1.yaml"
    path.write_text('properties:\n  near: {"tm:ref": "./mixin-far-1.yaml#/properties/far"}\n', encoding="utf-8")
    broken = [finding for finding in check_file(path) if finding.rule == "reference-dangling"]
    assert [finding.line for finding in broken] == [2]
    assert "mixin-far-1.yaml:2 /properties/far" in broken[0].message


@pytest.mark.parametrize(("href", "rule"), [("./nowhere-1.yaml", "parent-dangling"), ("./light-1.yaml", "parent-cycle")])
def test_without_a_parent_the_rest_is_checked_and_nothing_inherited_is_called_unknown(tmp_path: Path, href: str, rule: str) -> None:
    text = (PROFILES / "light-1.yaml").read_text(encoding="utf-8")
    text = text.replace("./appliance-base-1.yaml, type", f"{href}, type").replace("unit: K", "unit: Kelvin")
    text = text.replace("    property: energyTotal", "    property: operatingHours")
    path = tmp_path / "light-1.yaml"
    path.write_text(text, encoding="utf-8")
    assert sorted(finding.rule for finding in check_file(path)) == sorted([rule, "unit-unknown"])


def test_a_null_beside_a_reference_takes_something_out_or_is_a_mistake(tmp_path: Path) -> None:
    text = (PROFILES / "light-1.yaml").read_text(encoding="utf-8")
    meter = 'energyTotal: {"tm:ref": "./mixin-energy-1.yaml#/properties/energyTotal"'
    path = tmp_path / "light-1.yaml"
    path.write_text(text.replace(meter, f"{meter}, hl:map: {{miot: null, ocf: null}}"), encoding="utf-8")
    assert [(finding.rule, finding.pointer) for finding in check_file(path)] == [("value-missing", "/properties/energyTotal/hl:map/ocf")]


def test_a_missing_text_does_not_hide_that_a_constraint_names_a_wrong_word(tmp_path: Path) -> None:
    text = (PROFILES / "air-conditioner-1.yaml").read_text(encoding="utf-8")
    text = text.replace("titles: {en: Operating mode, zh-Hans: 运行模式}", "titles: {en: Operating mode}", 1).replace(
        "{mode: [heat]}\n    property", "{mode: [warm]}\n    property"
    )
    path = tmp_path / "air-conditioner-1.yaml"
    path.write_text(text, encoding="utf-8")
    assert {finding.rule for finding in check_file(path)} == {"text-language", "constraint-value"}


def test_a_folder_stands_for_its_profiles(tmp_path: Path) -> None:
    (tmp_path / "one-1.yaml").write_text("a: [", encoding="utf-8")
    (tmp_path / "two-1.yaml").write_text("- x", encoding="utf-8")
    (tmp_path / "readme.md").write_text("no profile", encoding="utf-8")
    found = check_paths([tmp_path])
    assert {path.name: [finding.rule for finding in each] for path, each in found.items()} == {
        "one-1.yaml": ["yaml-unreadable"],
        "two-1.yaml": ["yaml-unreadable"],
    }


DOCUMENTS = {name: read_yaml(PROFILES / name) for name in ("light-1.yaml", "mixin-energy-1.yaml", "mixin-consumables-1.yaml")}
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=6),
    st.sampled_from(
        ["#/properties", "#", "./appliance-base-1.yaml", "./light-1.yaml#/properties/power", "power", "mode", "object", "0x10"]
    ),
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["tm:ref", "type", "enum", "titles", "minimum", "properties", "a/b~c", ""]), inner, max_size=3),
    ),
    max_leaves=6,
)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Any]:
    """A good file with up to three places changed: something put in, taken out, or moved from elsewhere."""
    name = draw(st.sampled_from(sorted(DOCUMENTS)))
    document = copy.deepcopy(DOCUMENTS[name])
    for _ in range(draw(st.integers(1, 3))):
        node: Any = document
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(node[key], dict | list) and node[key] and draw(st.integers(0, 3)):
                node = node[key]
                continue
            if draw(st.booleans()):
                node[key] = draw(JUNK)
            elif isinstance(node, dict) and draw(st.booleans()):
                node[draw(st.sampled_from(["tm:ref", "type", "items", "oneOf", "pattern", "hl:map", "requires", "links"]))] = draw(JUNK)
            else:
                del node[key]
            break
    return name, document


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(mutated())
def test_no_change_of_a_good_file_breaks_the_checker(tmp_path: Path, change: tuple[str, Any]) -> None:
    name, document = change
    path = tmp_path / name
    path.write_text(json.dumps(document), encoding="utf-8")
    for finding in check_file(path):
        assert finding.path == path
        assert finding.line >= 1
        assert finding.message
        assert finding.rule
