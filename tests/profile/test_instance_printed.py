"""What is printed of a device where a test or a tool fails."""

from hypothesis.vendor.pretty import pretty

from gateway.profile.library import Library
from gateway.thing.description import Description


def test_what_is_printed_of_a_device_is_short_for_people_and_for_tools() -> None:
    model = Library().model("floor-heating")
    device = model.instance(Description(id="floor-1", kind="floor-heating", features=tuple(model.features)[:1]))
    assert repr(device).startswith("Instance(floor-heating-1 floor-1 features=")
    assert pretty(device) == repr(device)
    assert len(repr(device)) < 500
