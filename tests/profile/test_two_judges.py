"""Gateway and appliance read the same profile apart from each other; held against each other they must not differ.

What the appliance shows, the gateway finds neither faulty nor broken; what the gateway refuses, the appliance refuses for the same reason.
The other way round does not hold: an appliance knows more of itself.
"""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.notice import Notice, Raised
from firmware_sim.refusal import Refusal
from gateway.errors import CommandError
from gateway.profile.description import description_of
from gateway.profile.instance import Instance
from gateway.profile.library import Library
from tests.firmware_sim.test_air_media_remote_shapes import SHAPES as MEDIA
from tests.firmware_sim.test_kitchen_shapes import SHAPES as KITCHEN
from tests.firmware_sim.test_sixteen_kinds import SHAPES as SIXTEEN
from tests.firmware_sim.test_sixteen_kinds import build, deeds, do
from tests.firmware_sim.test_truthful_reports import values_of
from tests.profile.test_thing_description import PlainForms

SHAPES = [*SIXTEEN, *KITCHEN, *MEDIA]
READ_ONLY = {
    ("smoke-gas-alarm", None),
    ("phone", None),
    ("gateway", None),
    ("smoke-gas-alarm", ("CO", "BAT")),
    ("presence-sensor", ("CNT",)),
    ("door-lock", ()),
    ("gateway", ()),
    ("gas-hob", ()),
    ("water-purifier", ()),
    ("integrated-stove", None),
    ("integrated-stove", ()),
    ("ir-remote", ()),
}
"""Shapes with nothing to write."""
NAMES = [f"{kind}-{'usual' if features is None else '+'.join(features) or 'bare'}" for kind, features in SHAPES]


def judge(unit: Appliance, library: Library) -> Instance:
    """Return the gateway's view of a unit, by the unit's own description: what it narrows is narrower here too."""
    return library.model(unit.kind).instance(description_of(unit.thing_description(PlainForms()), library))


def live(unit: Appliance, data: st.DataObject) -> None:
    """Let a few things happen to the unit."""
    for deed, value in data.draw(st.lists(deeds(unit), max_size=6)):
        with suppress(Refusal):
            do(unit, deed, value)


def verdict(call: Callable[[], object]) -> tuple[str, str | None] | None:
    """Return code and constraint of the refusal, None where there is none."""
    try:
        call()
    except (CommandError, Refusal) as error:
        return error.code, error.constraint
    return None


@pytest.mark.parametrize(("kind", "features"), SHAPES, ids=NAMES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_gateway_finds_nothing_wrong_with_what_an_appliance_shows(
    kind: str, features: tuple[str, ...] | None, library: Library, data: st.DataObject
) -> None:
    unit = build(kind, features)
    gateway = judge(unit, library)
    heard: list[Notice] = []
    unit.listen(heard.append)
    live(unit, data)
    assert gateway.faulty(unit.values()) == {}
    assert gateway.broken(unit.values()) == ()
    for notice in heard:
        if isinstance(notice, Raised):
            gateway.check_event(notice.event, dict(notice.data))


def test_only_sensors_and_what_nobody_controls_have_nothing_to_write() -> None:
    assert {shape for shape in SHAPES if not build(*shape).surface.writable} == READ_ONLY


@pytest.mark.parametrize(("kind", "features"), [shape for shape in SHAPES if shape not in READ_ONLY])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_the_gateway_refuses_to_write_the_appliance_refuses_for_the_same_reason(
    kind: str, features: tuple[str, ...] | None, library: Library, data: st.DataObject
) -> None:
    unit = build(kind, features)
    gateway = judge(unit, library)
    live(unit, data)
    if not unit.powered or not unit.values().get("remoteEnabled", True):
        return
    name = data.draw(st.sampled_from(sorted(unit.surface.writable)))
    value, confirmed = data.draw(values_of(dict(unit.schema(name)))), data.draw(st.booleans())
    state, asks = unit.values(), gateway.properties[name].danger > 1
    refused = verdict(lambda: gateway.check_write({name: value}, state, confirmed=confirmed))
    assert refused is None or verdict(lambda: unit.write({name: value}, confirmed=confirmed or asks)) == refused


@pytest.mark.parametrize(("kind", "features"), SHAPES, ids=NAMES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_the_gateway_refuses_to_invoke_the_appliance_refuses_for_the_same_reason(
    kind: str, features: tuple[str, ...] | None, library: Library, data: st.DataObject
) -> None:
    unit = build(kind, features)
    gateway = judge(unit, library)
    live(unit, data)
    if not unit.powered or not unit.values().get("remoteEnabled", True):
        return
    action = data.draw(st.sampled_from(sorted(unit.surface.actions)))
    refused = verdict(lambda: gateway.check_input(action, {}, unit.values(), confirmed=True))
    assert refused is None or verdict(lambda: unit.invoke(action, {}, confirmed=True)) == refused
