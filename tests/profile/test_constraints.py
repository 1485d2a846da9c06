"""The eight types of constraints, each broken and each kept."""

from typing import Any

import pytest

from gateway.errors import Forbidden, SchemaViolation, StateConflict
from gateway.profile.constraints import TYPES, applicable, compile_constraint
from gateway.profile.rules import Rule, Write


def rule(kind: str, **terms: Any) -> Rule:
    return compile_constraint({"id": "one", "type": kind, **terms})


def refusal(made: Rule, before: dict[str, Any], values: dict[str, Any], *, confirmed: bool = False) -> str | None:
    error = made.refusal(Write(before, before | values, frozenset(values), confirmed))
    return None if error is None else error.code


def test_the_set_of_types_is_closed() -> None:
    assert {"guardRange", "guardWritable", "implies", "exclusive", "order", "minInterval", "monotonic", "sumMax"} == TYPES


def test_implies_refuses_only_a_write_that_breaks_it() -> None:
    made = rule("implies", **{"if": {"program": ["wool"]}, "then": {"temperature": ["cold", "20", "30"]}})
    assert refusal(made, {"program": "cotton", "temperature": "60"}, {"program": "wool"}) == "schema"
    assert refusal(made, {"program": "wool", "temperature": "30"}, {"temperature": "60"}) == "schema"
    assert refusal(made, {"program": "wool", "temperature": "60"}, {"spin": 800}) is None
    assert refusal(made, {"program": "cotton", "temperature": "60"}, {"program": "wool", "temperature": "30"}) is None
    assert refusal(made, {}, {"program": "wool"}) is None


@pytest.mark.parametrize("violation", ["reset", "fault"])
def test_implies_with_reset_or_fault_is_seen_in_reports(violation: str) -> None:
    made = rule("implies", **{"if": {"a": [True]}, "then": {"b": [False]}}, onViolation=violation)
    assert made.broken({"a": True, "b": True}) is not None
    assert made.broken({"a": False, "b": True}) is None
    assert refusal(made, {"a": True}, {"b": True}) is None


def test_implies_with_reset_refuses_a_write_that_contradicts_itself_and_with_fault_none() -> None:
    parts = {"if": {"a": [True], "c": [1]}, "then": {"b": [False]}}
    assert refusal(rule("implies", **parts, onViolation="reset"), {"b": True}, {"a": True, "c": 1}) == "schema"
    assert refusal(rule("implies", **parts, onViolation="reset"), {"b": True, "c": 1}, {"a": True}) is None
    assert refusal(rule("implies", **parts, onViolation="fault"), {"b": True}, {"a": True, "c": 1}) is None


def test_exclusive_is_a_conflict_and_one_alone_is_none() -> None:
    made = rule("exclusive", of=[{"boost": [True]}, {"mode": ["night"]}])
    assert refusal(made, {"mode": "night"}, {"boost": True}) == "state-conflict"
    assert refusal(made, {"mode": "day"}, {"boost": True}) is None
    assert refusal(made, {"boost": True}, {"boost": False, "mode": "night"}) is None


def test_one_and_true_are_not_the_same_in_a_condition() -> None:
    made = rule("exclusive", of=[{"level": [1]}, {"on": [True]}])
    assert made.broken({"level": True, "on": 1}) is None
    assert made.broken({"level": 1.0, "on": True}) is not None


@pytest.mark.parametrize(
    ("op", "left", "kept"), [("<=", -8, True), ("<=", -7, False), ("<", -8, False), (">=", -8, True), (">", -8, False), ("==", -8, True)]
)
def test_order_compares_with_an_offset(op: str, left: int, kept: bool) -> None:
    made = rule("order", a="left", op=op, b="right", c=-10)
    assert (made.broken({"left": left, "right": 2}) is None) == kept
    assert made.broken({"left": left}) is None
    assert made.broken({"left": "text", "right": 2}) is None


def test_sum_max_adds_properties_and_members_of_arrays() -> None:
    made = rule("sumMax", of=["ports/*/watts", "standby"], maximum="maxPower")
    ports = [{"id": "a", "watts": 60}, {"id": "b", "watts": 39}, {"id": "c"}]
    assert made.broken({"ports": ports, "standby": 1, "maxPower": 100}) is None
    assert made.broken({"ports": ports, "standby": 2, "maxPower": 100}) is not None
    assert made.broken({"ports": ports, "standby": 2}) is None
    assert rule("sumMax", of=["a", "b"], maximum=10).broken({"a": 6, "b": 5}) is not None


def test_monotonic_may_also_go_down() -> None:
    made = rule("monotonic", property="left", direction="down")
    assert made.skipped({"left": 5}, {"left": 6}, {}) is not None
    assert made.skipped({"left": 5}, {"left": 4}, {}) is None
    assert made.skipped({}, {"left": 4}, {}) is None


def test_min_interval_needs_to_know_how_long_the_value_stood() -> None:
    made = rule("minInterval", property="state", **{"from": ["off"]}, to=["on"], seconds=180)
    assert made.skipped({"state": "off"}, {"state": "on"}, {"state": 179.9}) is not None
    assert made.skipped({"state": "off"}, {"state": "on"}, {}) is None
    assert refusal(made, {"state": "off"}, {"state": "on"}) is None


def test_guard_range_with_reject_also_refuses_what_brings_it_about() -> None:
    made = rule("guardRange", when={"mode": ["heat"]}, property="target", minimum=16, maximum=30)
    assert refusal(made, {"target": 31}, {"mode": "heat"}) == "schema"
    resetting = rule("guardRange", when={"mode": ["heat"]}, property="target", maximum=30, onViolation="reset")
    assert refusal(resetting, {"target": 31}, {"mode": "heat"}) is None
    assert refusal(resetting, {"mode": "heat"}, {"target": 31}) == "schema"


def test_guard_writable_with_delayed_holds_nothing_back() -> None:
    made = rule("guardWritable", property="power", when={"cover": ["closed"]}, **{"else": "delayed"})
    assert refusal(made, {"cover": "open"}, {"power": True}) is None


def test_else_names_the_error() -> None:
    made = rule("guardWritable", property="target", when={"remoteEnabled": [True]}, **{"else": "forbidden"})
    assert made.error is Forbidden
    assert rule("exclusive", of=[{"a": [1]}, {"b": [1]}]).error is StateConflict
    assert rule("order", a="x", op="<", b="y").error is SchemaViolation


def test_a_constraint_without_its_object_does_not_apply() -> None:
    exclusive = {"id": "one", "type": "exclusive", "of": [{"a": [1]}, {"b": [1]}, {"c": [1]}]}
    assert applicable(exclusive, {"a": {}, "c": {}}, {}) == exclusive | {"of": [{"a": [1]}, {"c": [1]}]}
    assert applicable(exclusive, {"c": {}}, {}) is None
    guard = {"id": "two", "type": "guardWritable", "action": "start", "when": {"door": ["closed"]}}
    assert applicable(guard, {"door": {}}, {"start": {}}) == guard
    assert applicable(guard, {"door": {}}, {}) is None
    assert applicable(guard, {}, {"start": {}}) is None
