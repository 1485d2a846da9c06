"""The smallest honest bump of a change: a recorded table, and what must hold for every pair of models."""

import copy
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gateway.errors import ProfileInvalid
from gateway.profile.diff import changes_between, difference, read_model
from gateway.profile.diff_change import Change, bump_of
from gateway.profile.diff_rules import RULES, Bump
from gateway.profile.library import PROFILES, Library
from gateway.profile.resolver import merge_patch

HERE = Path(__file__).parent / "diff"
KETTLE = read_model(HERE / "kettle-1.yaml")
TABLE = YAML(typ="safe", pure=True).load((HERE / "changes.yaml").read_text(encoding="utf-8"))


def changed(entry: dict[str, Any]) -> dict[str, Any]:
    model = merge_patch(KETTLE, entry.get("patch", {}))
    rules = {rule["id"]: rule for rule in model["hl:constraints"]}
    for name, patch in entry.get("constraints", {}).items():
        if patch is None:
            del rules[name]
        else:
            rules[name] = {**rules.get(name, {"id": name, "title": name}), **patch}
    return {**model, "hl:constraints": list(rules.values())}


def rules_of(changes: list[Change]) -> list[str]:
    return sorted(change.rule for change in changes)


def test_the_table_is_long_enough_to_be_worth_something() -> None:
    assert len(TABLE) >= 40
    assert {entry["bump"] for entry in TABLE} == {"patch", "minor", "major"}
    assert len({entry["what"] for entry in TABLE}) == len(TABLE)


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry["what"])
def test_a_recorded_change_asks_for_its_bump(entry: dict[str, Any]) -> None:
    changes = changes_between(KETTLE, changed(entry))
    assert (bump_of(changes).word, rules_of(changes)) == (entry["bump"], sorted(entry["rules"]))


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry["what"])
def test_a_change_is_honest_from_its_bump_on_and_not_below(entry: dict[str, Any]) -> None:
    steps = {"1.4.2": Bump.NONE, "1.4.3": Bump.PATCH, "1.5.0": Bump.MINOR, "2.0.0": Bump.MAJOR}
    for version, bump in steps.items():
        answer = difference(KETTLE, {**changed(entry), "version": {"model": version}})
        assert answer.is_honest == (bump >= Bump[entry["bump"].upper()]), version
    assert answer.least in steps


@pytest.mark.parametrize("kind", Library().kinds())
def test_a_model_does_not_differ_from_itself(kind: str, library: Library) -> None:
    document = library.model(kind).document
    assert changes_between(document, copy.deepcopy(document)) == []


def test_a_version_that_goes_back_is_not_honest() -> None:
    assert not difference(KETTLE, {**KETTLE, "version": {"model": "1.4.1"}}).is_honest
    assert difference(KETTLE, {**KETTLE, "version": {"model": "1.4.2"}}).is_honest


def test_a_change_of_the_fault_catalogue_is_judged_too() -> None:
    faults = read_model(PROFILES / "reference" / "faults-1.yaml")
    new = merge_patch(faults, {"faults": {"FAN.NEW": {"titles": {"en": "New"}, "severity": "info"}}})
    assert rules_of(changes_between(faults, new)) == ["fault-new"]
    assert rules_of(changes_between(new, faults)) == ["fault-removed"]
    assert rules_of(changes_between(faults, merge_patch(faults, {"families": {"MAGIC": {"en": "Magic"}}}))) == ["fault-family"]
    latched = merge_patch(faults, {"faults": {"MAINS.OVERLOAD": {"latched": False}}})
    assert rules_of(changes_between(faults, latched)) == ["fault-latched"]


def test_a_new_part_of_a_mixin_hurts_nobody() -> None:
    mixin = read_model(PROFILES / "mixin-power-1.yaml")
    new = merge_patch(mixin, {"properties": {"standby": {"type": "boolean"}}})
    assert bump_of(changes_between(mixin, new)) is Bump.MINOR


JUNK: list[Any] = [None, True, 5, -0.1, "text", [], ["x"], [{}], {}, {"x": 1}, {"type": "number"}]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_model_with_junk_in_it_is_compared_or_refused_and_never_more(data: st.DataObject) -> None:
    broken = copy.deepcopy(dict(KETTLE))
    node: Any = broken
    while True:
        key = data.draw(st.sampled_from(list(node) if isinstance(node, dict) else list(range(len(node)))))
        if isinstance(node[key], dict | list) and node[key] and data.draw(st.integers(0, 3)):
            node = node[key]
            continue
        node[key] = data.draw(st.sampled_from(JUNK))
        break
    for pair in ((KETTLE, broken), (broken, KETTLE)):
        with suppress(ProfileInvalid):
            assert difference(*pair).needed in Bump


def test_every_rule_tells_why() -> None:
    assert all(why and bump is not Bump.NONE for bump, why in RULES.values())


NUMBERS = st.sampled_from([0, 5, 10, 40, 50.5, 90, 100])
LIMITS = {
    "minimum": NUMBERS,
    "maximum": NUMBERS,
    "maxLength": st.integers(0, 9),
    "enum": st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3, unique=True),
    "readOnly": st.booleans(),
}
MORE = {
    "required": st.lists(st.sampled_from(["x", "y"]), max_size=2, unique=True),
    "properties": st.dictionaries(st.sampled_from(["x", "y", "z"]), st.fixed_dictionaries({"maximum": st.integers(0, 3)}), max_size=3),
    "hl:danger": st.integers(0, 3),
    "title": st.sampled_from(["One", "Two"]),
}
OPPOSITES = {
    "range-wider": "range-narrower",
    "range-narrower": "range-wider",
    "length-wider": "length-narrower",
    "length-narrower": "length-wider",
    "enum-word-new": "enum-word-removed",
    "enum-word-removed": "enum-word-new",
    "now-writable": "now-read-only",
    "now-read-only": "now-writable",
    "order": "order",
    "type": "type",
}


def schemas(optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just("number")}, optional=optional)


def model_with(schema: dict[str, Any]) -> dict[str, Any]:
    return {**KETTLE, "properties": {**KETTLE["properties"], "target": schema}}


@settings(max_examples=150, deadline=None)
@given(schemas(LIMITS), schemas(LIMITS))
def test_what_is_wider_one_way_is_narrower_the_other(old: dict[str, Any], new: dict[str, Any]) -> None:
    there, back = (changes_between(model_with(one), model_with(other)) for one, other in ((old, new), (new, old)))
    assert sorted((OPPOSITES[change.rule], change.pointer) for change in there if change.rule != "ignored") == sorted(
        (change.rule, change.pointer) for change in back if change.rule != "ignored"
    )


@settings(max_examples=150, deadline=None)
@given(schemas(LIMITS | MORE), schemas(LIMITS | MORE))
def test_nothing_changed_exactly_where_nothing_differs(old: dict[str, Any], new: dict[str, Any]) -> None:
    there = changes_between(model_with(old), model_with(new))
    assert (there == []) == (json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True))
