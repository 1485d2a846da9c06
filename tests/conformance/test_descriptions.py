"""What the judge says of a Thing Description that takes writing away: legal, and a finding where an appliance claims to conform itself."""

import json
from typing import Any

import pytest

from gateway.conformance.description_verdict import FINDING, description_findings, description_objections
from gateway.conformance.schema_verdict import written
from tests.profile.test_thing_description import LIBRARY
from tests.profile.test_thing_description import written as described

KIND = LIBRARY.model("refrigerator").document


def td(**narrowing: Any) -> dict[str, Any]:
    description: dict[str, Any] = json.loads(json.dumps(described("refrigerator", narrowing=narrowing)))
    return description


def test_taking_writing_away_is_legal_and_a_write_is_then_read_only() -> None:
    shown = td(fridgeTarget={"readOnly": True})
    assert [*description_objections(shown, KIND)] == []
    assert [(each.code, each.property) for each in written(shown, {"fridgeTarget": 4})] == [("read-only", "fridgeTarget")]


@pytest.mark.parametrize(("name", "value"), [("fridgeTemperature", False), ("fridgeTarget", "yes"), ("fridgeTarget", 1)])
def test_giving_writing_or_saying_it_otherwise_is_not(name: str, value: object) -> None:
    wider = td()
    wider["properties"][name]["readOnly"] = value
    assert [(each.rule, each.property) for each in description_objections(wider, KIND)] == [("readOnly", name)]


def test_taking_writing_from_a_part_of_a_value_is_not() -> None:
    wider = td()
    kind = json.loads(json.dumps(KIND))
    for properties in (wider["properties"], kind["properties"]):
        properties["fridgeTarget"] |= {"type": "object", "properties": {"low": {"type": "number"}}}
    wider["properties"]["fridgeTarget"]["properties"]["low"]["readOnly"] = True
    assert [each.rule for each in description_objections(wider, kind)] == ["readOnly"]


def test_an_appliance_that_keeps_its_writes_earns_no_finding() -> None:
    assert [*description_findings(td(), KIND)] == []
    assert [*description_findings(td(fridgeTarget={"minimum": 3}), KIND)] == []


def test_one_that_does_not_is_told_which() -> None:
    findings = [*description_findings(td(fridgeTarget={"readOnly": True}), KIND)]
    assert [(each.code, each.rule, each.property) for each in findings] == [(FINDING, "does not keep the profile's writes", "fridgeTarget")]


@pytest.mark.parametrize("operations", ["writeproperty", ["readproperty", "writeproperty"]])
def test_a_form_that_offers_to_write_what_can_only_be_read_is_found(operations: object) -> None:
    misleading = td()
    misleading["properties"]["fridgeTemperature"]["forms"] = [{"href": "coap://127.0.0.1/x", "op": operations}]
    assert [(each.rule, each.property) for each in description_findings(misleading, KIND)] == [
        ("a form offers to write what can only be read", "fridgeTemperature")
    ]
