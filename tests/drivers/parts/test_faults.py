"""Numbers on a display as faults: one, none, several at once, and which of them are news."""

from gateway.drivers.parts.faults import FaultWatch
from tests.drivers.parts.conftest import sheet_with

KNOWN = {7: {"code": "REFRIG.LOW-CHARGE", "severity": "error"}, 9: {"code": "DOOR.LEFT-OPEN", "severity": "warning", "vendor": "the door"}}


def watch() -> FaultWatch:
    return FaultWatch(sheet_with(faults=KNOWN))


def test_what_is_there_at_first_is_a_fault_and_no_event() -> None:
    faults = watch()
    assert faults.see(7, 0.0) == ()
    assert faults.value() == [{"vendor": "error 7", "code": "REFRIG.LOW-CHARGE", "severity": "error", "since": "1970-01-01T00:00:00.000Z"}]
    assert [event.name for event in faults.see(0, 1.0)] == ["faultCleared"]
    assert faults.value() == []


def test_several_at_once_come_and_go_one_by_one_and_keep_their_time() -> None:
    faults = watch()
    assert faults.see([], 0.0) == ()
    assert [(event.name, event.data["code"]) for event in faults.see([7, 9], 60.0)] == [
        ("faultRaised", "REFRIG.LOW-CHARGE"),
        ("faultRaised", "DOOR.LEFT-OPEN"),
    ]
    assert faults.see([7, 9], 90.0) == ()
    assert [(event.name, event.data["code"]) for event in faults.see([9], 120.0)] == [("faultCleared", "REFRIG.LOW-CHARGE")]
    (left,) = faults.value()
    assert (left["vendor"], left["since"]) == ("the door", "1970-01-01T00:01:00.000Z")


def test_another_number_clears_the_one_before_and_an_unknown_one_is_the_makers_own() -> None:
    faults = watch()
    faults.see(7, 0.0)
    assert [event.name for event in faults.see("E6", 1.0)] == ["faultCleared", "faultRaised"]
    assert (faults.value()[0]["code"], faults.value()[0]["vendor"]) == ("VENDOR.UNKNOWN", "error E6")
    assert faults.see("", 2.0)[0].name == "faultCleared"
