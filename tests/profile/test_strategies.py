"""Property-based proof over the whole standard: every kind, any legal set of features (conformance T2, T3; profile 3.1, 3.2)."""

import json
import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.errors import SchemaViolation
from gateway.profile.description import description_of
from gateway.profile.features import SECTIONS
from gateway.profile.instance import Instance
from gateway.profile.library import Library
from gateway.profile.strategies.features import instances, richest
from gateway.profile.strategies.states import states
from gateway.profile.strategies.values import values, wrong_values
from gateway.profile.strategies.widening import widenings
from gateway.profile.thing_description import thing_description
from tests.profile.test_thing_description import PlainForms

LIBRARY = Library()
every_kind = pytest.mark.parametrize("kind", LIBRARY.kinds())
EXAMPLES = int(os.environ.get("HULIAN_EXAMPLES", "8"))
"""Draws for each kind and rule; `make test-long` takes more."""
thorough = settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def description_for(instance: Any) -> dict[str, Any]:
    return thing_description(instance, title="Device", forms=PlainForms())


@every_kind
@thorough
@given(data=st.data())
def test_a_device_exposes_exactly_the_mandatory_affordances_and_those_of_its_features(kind: str, data: st.DataObject) -> None:
    model = LIBRARY.model(kind)
    instance = data.draw(instances(model))
    optional = set().union(*(feature.affordances for feature in model.features.values()))
    chosen = set().union(*(model.features[name].affordances for name in instance.description.features))
    every = {f"/{section}/{name}" for section in SECTIONS for name in model.document.get(section, {})}
    td = description_for(instance)
    assert {f"/{section}/{name}" for section in SECTIONS for name in td[section]} == (every - optional) | chosen


@every_kind
@thorough
@given(data=st.data())
def test_a_description_read_back_is_the_device_it_was_written_for(kind: str, data: st.DataObject) -> None:
    instance = data.draw(instances(LIBRARY.model(kind)))
    td = json.loads(json.dumps(description_for(instance)))
    back = description_of(td, LIBRARY, device=instance.description.id)
    assert back.features == instance.description.features
    assert LIBRARY.model(kind).instance(back).properties == instance.properties


@every_kind
@thorough
@given(data=st.data())
def test_a_generated_state_fits_every_schema_and_keeps_every_constraint(kind: str, data: st.DataObject) -> None:
    instance = data.draw(instances(LIBRARY.model(kind)))
    state = data.draw(states(instance))
    assert instance.faulty(state) == {}
    assert instance.broken(state) == ()


@every_kind
@thorough
@given(data=st.data())
def test_what_lies_just_outside_a_schema_is_refused_by_name(kind: str, data: st.DataObject) -> None:
    instance = data.draw(instances(LIBRARY.model(kind), narrow=False))
    name = data.draw(st.sampled_from(sorted(instance.properties)))
    wrong = data.draw(wrong_values(instance.properties[name].schema))
    if wrong.term == "enum" and instance.properties[name].schema.get("hl:openEnum"):
        assert instance.faulty({name: wrong.value}) == {}
    else:
        assert set(instance.faulty({name: wrong.value})) == {name}, wrong


@every_kind
@thorough
@given(data=st.data())
def test_inputs_and_events_of_their_schemas_are_taken(kind: str, data: st.DataObject) -> None:
    instance = data.draw(instances(LIBRARY.model(kind), narrow=False))
    for name, event in instance.events.items():
        if event.data is not None:
            instance.check_event(name, data.draw(values(event.data)))


@every_kind
def test_each_way_to_widen_a_description_is_refused_for_its_reason(kind: str) -> None:
    model = LIBRARY.model(kind)
    seen: Counter[str] = Counter()

    @settings(deadline=None, max_examples=max(2, EXAMPLES // 8), suppress_health_check=list(HealthCheck))
    @given(instance=instances(model, narrow=False))
    @example(instance=richest(model))
    def refused(instance: Instance) -> None:
        td = json.loads(json.dumps(description_for(instance)))
        description_of(td, LIBRARY)
        for wider in widenings(td, instance):
            with pytest.raises(SchemaViolation) as caught:
                description_of(wider.of(td), LIBRARY)
            assert caught.value.property == wider.property, wider.name
            assert wider.reason in str(caught.value), wider.name
            seen[wider.reason] += 1

    refused()
    assert seen.keys() >= {"minimum", "maximum", "type", "unit", "readOnly", "missing", "not part of", "NOSUCH"}
