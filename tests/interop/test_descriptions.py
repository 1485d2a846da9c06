"""Every Thing Description the standard can give rise to is valid by W3C's own schema, whatever the kind and its features (T1, T2)."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from gateway.profile.library import Library
from gateway.profile.strategies.features import instances
from gateway.profile.thing_description import thing_description
from gateway.protocol.forms import DeviceForms
from gateway.thing.description import Description
from tests.interop.test_clients import NODE_MODULES
from tests.profile.test_thing_description import PlainForms

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]
LIBRARY = Library()
SCHEMA = NODE_MODULES / "wot-thing-description-types" / "schema" / "td-json-schema-validation.json"


@cache
def validator() -> Any:
    if not SCHEMA.exists():
        pytest.skip("the TD 1.1 schema comes with node-wot: run `make interop`")
    return Draft7Validator(json.loads(SCHEMA.read_text()))


@pytest.mark.parametrize("kind", LIBRARY.kinds())
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_description_with_any_legal_features_is_valid_by_the_w3c_schema(kind: str, data: st.DataObject) -> None:
    instance = data.draw(instances(LIBRARY.model(kind)))
    td = json.loads(json.dumps(thing_description(instance, title="Device", forms=PlainForms())))
    assert [f"{error.json_path}: {error.message[:160]}" for error in validator().iter_errors(td)] == []


def test_the_schema_refuses_a_description_without_security() -> None:
    td = thing_description(LIBRARY.model("light").instance(Description(id="one", kind="light")), title="Device", forms=PlainForms())
    assert list(validator().iter_errors({key: value for key, value in td.items() if key != "security"}))


def test_a_description_of_a_home_that_takes_a_key_is_valid_too() -> None:
    forms = DeviceForms("hub", "one", "mqtts://192.0.2.7:8883", "coap://192.0.2.7", keyed=True)
    td = thing_description(LIBRARY.model("light").instance(Description(id="one", kind="light")), title="Device", forms=forms)
    assert td["security"] != ["nosec"]
    assert [error.message[:160] for error in validator().iter_errors(json.loads(json.dumps(td)))] == []
