"""Elder care, charger, office, phone and gateway: the call that must be answered, ports that share, and what stays private."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.refusal import Refusal

Build = Callable[..., Appliance]


def refused(call: Callable[[], object]) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value.code, caught.value.constraint


@pytest.mark.parametrize(("touch", "button"), [({"press": "bathroom"}, "bathroom"), ({"fall": True}, "fall")])
def test_a_call_ends_when_a_carer_takes_it_on(build: Build, touch: dict[str, object], button: str) -> None:
    care = build("elder-care", seed=1)
    care.touch(touch)
    assert care.values()["sosState"] == "calling"
    assert care.events("sos")[-1].data["button"] == button
    care.advance(45)
    assert refused(lambda: care.invoke("acknowledgeSos", {"by": "Li"}))[0] == "needs-confirm"
    care.invoke("acknowledgeSos", {"by": "Li"}, confirmed=True)
    assert care.values()["sosState"] == "none"
    assert care.events("sosClosed")[-1].data == {"by": "Li", "after": 45.0}
    assert care.events("sosEscalated") == ()
    assert refused(lambda: care.invoke("acknowledgeSos", {"by": "Li"}, confirmed=True)) == ("state-conflict", "elder-ack-called")


def test_a_call_nobody_answers_escalates_at_its_deadline_once_and_can_still_be_answered(build: Build) -> None:
    care = build("elder-care", seed=1)
    care.write({"escalateAfter": 90})
    care.touch({"press": "wrist"})
    care.advance(80)
    assert care.values()["sosState"] == "calling"
    care.advance(300)
    assert care.values()["sosState"] == "escalated"
    assert [event.data["after"] for event in care.events("sosEscalated")] == [pytest.approx(90, abs=1)]
    assert len(care.events("sos")) == 1
    care.invoke("acknowledgeSos", {"by": "112"}, confirmed=True)
    assert care.values()["sosState"] == "none"


def test_the_deadline_is_not_moved_while_somebody_calls(build: Build) -> None:
    care = build("elder-care", seed=1)
    care.touch({"press": "wrist"})
    assert refused(lambda: care.write({"escalateAfter": 900})) == ("state-conflict", "elder-deadline-fixed")


def test_a_call_goes_on_without_mains_and_after_a_restart(build: Build, tmp_path: Path) -> None:
    care = build("elder-care", seed=1, identifier="care-1", state=tmp_path)
    care.mains("off")
    care.touch({"press": "pendant"})
    care.advance(10)
    assert care.values()["sosState"] == "calling"
    care.remember(last=True)
    assert build("elder-care", seed=1, identifier="care-1", state=tmp_path).values()["sosState"] == "calling"


@settings(max_examples=60, deadline=None)
@given(
    deadline=st.sampled_from([30, 120, 900]),
    deeds=st.lists(st.sampled_from(["press", "fall", "acknowledge", "off", "on", "move", "wait"]), max_size=20),
    pauses=st.lists(st.integers(0, 200), min_size=20, max_size=20),
)
def test_every_call_is_answered_or_escalates_at_its_deadline_whatever_happens(deadline: int, deeds: list[str], pauses: list[int]) -> None:
    care = make_appliance("elder-care", clock=SimulatorClock(wall=lambda: 1.8e9))
    care.write({"escalateAfter": deadline})
    waited = 0
    for deed, pause in zip([*deeds, "wait"], [*pauses[: len(deeds)], deadline + 2], strict=True):
        act(care, deed)
        waited = waited if care.values()["sosState"] == "calling" else 0
        for _ in range(pause):
            care.advance(1)
            waited = waited + 1 if care.values()["sosState"] == "calling" else 0
            assert waited < deadline
    calls, closed, escalated = (len(care.events(name)) for name in ("sos", "sosClosed", "sosEscalated"))
    still = care.values()["sosState"]
    assert still in ("none", "escalated")
    assert calls == closed + (still == "escalated")
    assert escalated <= calls


def act(care: Appliance, deed: str) -> None:
    match deed:
        case "press":
            care.touch({"press": "wrist"})
        case "fall" | "move":
            care.touch({deed: True})
        case "off" | "on":
            care.mains(deed)
        case "acknowledge":
            with suppress(Refusal):
                care.invoke("acknowledgeSos", {"by": "Li"}, confirmed=True)


def test_a_day_without_a_sign_of_life_calls_and_a_move_does_not(build: Build) -> None:
    care = build("elder-care", seed=1)
    care.write({"inactivityLimit": 8})
    for _ in range(3):
        care.advance(7 * 3600)
        care.touch({"move": True})
    assert care.events("inactive") == ()
    care.advance(9 * 3600)
    assert [event.data for event in care.events("inactive")] == [{"limit": 8}]
    assert care.events("sos")[-1].data["button"] == "inactivity"


def test_what_the_body_says_and_when_it_moved_is_private(build: Build) -> None:
    care = build("elder-care", seed=1)
    care.touch({"pulse": 130})
    care.advance(60)
    assert {"heartRate", "bloodPressure", "lastActivity"} <= care.surface.private
    assert not {"heartRate", "bloodPressure", "lastActivity"} & set(care.document())
    assert care.values()["heartRate"] > 110
    assert "sosState" in care.document()


def test_ports_share_what_the_charger_has_first_come_first_served(build: Build) -> None:
    charger = build("charger", seed=1)
    for port in ("c1", "c2", "a1"):
        charger.touch({"plugIn": {"port": port, "wattHours": 100, "percent": 10}})
    charger.advance(1)
    assert charger.values()["state"] == "negotiating"
    charger.advance(10)
    watts = [port["watts"] for port in charger.values()["ports"]]
    assert sum(watts) <= charger.values()["maxPower"] == 100
    assert watts == [100, 0, 0]
    charger.touch({"plugOut": "c1"})
    charger.advance(5)
    assert [port["watts"] for port in charger.values()["ports"]] == [0, 33, 18]
    assert [port["protocol"] for port in charger.values()["ports"]] == ["none", "PPS", "QC"]


def test_a_full_battery_takes_a_twentieth_of_the_current_at_most(build: Build) -> None:
    charger = build("charger", seed=1)
    charger.touch({"plugIn": {"port": "c2", "wattHours": 15, "percent": 50}})
    charger.advance(60)
    most = charger.values()["ports"][1]["amps"]
    charger.advance(6 * 3600)
    assert charger.values()["state"] == "full"
    assert 0 < charger.values()["ports"][1]["amps"] <= 0.05 * most


def test_a_current_limit_makes_charging_slower(build: Build) -> None:
    charger = build("charger", seed=1)
    charger.write({"limitCurrent": 1})
    charger.touch({"plugIn": {"port": "c1", "wattHours": 60, "percent": 10}})
    charger.advance(10)
    assert charger.values()["ports"][0] == {"id": "c1", "protocol": "PD", "volts": 20, "amps": 1, "watts": 20}


def test_a_hot_charger_trips_and_its_button_works_only_when_it_is_cool(build: Build, tmp_path: Path) -> None:
    charger = build("charger", seed=1, identifier="charger-1", state=tmp_path)
    charger.touch({"ambient": 75, "plugIn": {"port": "c1", "wattHours": 500, "percent": 5}})
    charger.advance(1800)
    assert (charger.values()["state"], charger.values()["power"]) == ("fault", False)
    assert charger.events("overTemperature")[-1].data["temperature"] >= 95
    assert refused(lambda: charger.write({"power": True})) == ("state-conflict", "charger-fault-writable")
    charger.touch({"button": True})
    assert charger.values()["state"] == "fault"
    charger.remember(last=True)
    again = build("charger", seed=1, identifier="charger-1", state=tmp_path)
    assert (again.values()["state"], [fault["code"] for fault in again.values()["faults"]]) == ("fault", ["THERMAL.CHARGER-HOT"])
    charger.touch({"ambient": 20})
    charger.advance(1800)
    charger.touch({"button": True})
    assert (charger.values()["state"], charger.values()["faults"], charger.values()["power"]) == ("idle", [], False)
    charger.write({"power": True})
    assert charger.values()["power"] is True


def test_a_car_is_charged_with_seven_kilowatts_and_its_session_counted(build: Build) -> None:
    charger = build("charger", seed=1, features=("EV", "LIM", "MTR"))
    charger.touch({"plugIn": {"port": "ev", "wattHours": 60000, "percent": 20}})
    charger.advance(3600)
    assert charger.values()["maxPower"] == 7040
    assert charger.values()["sessionEnergy"] == pytest.approx(7.04, rel=0.02)
    charger.touch({"plugOut": "ev"})
    charger.advance(60)
    assert charger.values()["sessionEnergy"] == pytest.approx(7.04, rel=0.02)
    charger.touch({"plugIn": {"port": "ev", "wattHours": 60000, "percent": 20}})
    charger.advance(60)
    assert charger.values()["sessionEnergy"] < 0.2


def test_a_printer_works_its_queue_off_and_waits_for_the_jam_to_be_cleared(build: Build) -> None:
    printer = build("office-device", seed=1)
    before = printer.values()["pages"]
    printer.touch({"job": 20})
    printer.advance(30)
    assert (printer.values()["state"], printer.values()["jobs"]) == ("busy", 1)
    printer.touch({"jam": True})
    printer.advance(600)
    assert (printer.values()["state"], printer.values()["jobs"]) == ("error", 1)
    printer.touch({"jam": False})
    printer.advance(60)
    assert (printer.values()["state"], printer.values()["jobs"]) == ("idle", 0)
    assert printer.truth()["pages"] - before == pytest.approx(20, abs=0.01)


def test_a_test_page_is_printed_when_nothing_else_is(build: Build) -> None:
    printer = build("office-device", seed=1)
    run = printer.invoke("printTestPage")
    printer.advance(5)
    assert printer.values()["state"] == "busy"
    printer.advance(15)
    assert run.last.output == {"result": "done"}
    printer.touch({"job": 50})
    printer.advance(2)
    assert refused(lambda: printer.invoke("printTestPage")) == ("state-conflict", "office-test-ready")


def test_a_printer_without_toner_stops_until_a_new_one_is_in(build: Build) -> None:
    printer = build("office-device", seed=1)
    printer.touch({"toner": 1, "job": 200})
    printer.advance(900)
    assert printer.values()["state"] == "error"
    assert [fault["code"] for fault in printer.values()["faults"]] == ["CONSUMABLE.TONER-SPENT"]
    printer.invoke("resetConsumable", {"id": "toner-black"})
    printer.advance(900)
    assert (printer.values()["state"], printer.values()["faults"]) == ("idle", [])


def test_a_projector_has_a_lamp_and_no_queue(build: Build) -> None:
    projector = build("office-device", seed=1, features=("PJT", "MTR"))
    projector.advance(60)
    assert (projector.values()["state"], projector.values()["consumables"][0]["id"]) == ("busy", "lamp")
    assert "jobs" not in projector.values()
    projector.write({"power": False})
    projector.advance(5)
    assert (projector.values()["state"], projector.truth()["watts"]) == ("idle", 0.5)


def test_nothing_of_a_phone_can_be_written_and_where_it_is_stays_private(build: Build) -> None:
    phone = build("phone", seed=1)
    assert phone.surface.writable == frozenset()
    phone.touch({"home": False})
    assert phone.values()["present"] is False
    assert "present" not in phone.document()
    phone.touch({"home": True, "wipe": "attested"})
    assert (phone.values()["present"], phone.values()["dataWiped"]) == (False, "attested")


def test_a_phone_charges_at_home_and_empties_outside(build: Build) -> None:
    phone = build("phone", seed=1)
    phone.touch({"battery": 50, "plugged": True})
    phone.advance(1200)
    charged = phone.truth()["battery"]
    assert charged > 75
    phone.touch({"home": False})
    assert phone.values()["charging"] is False
    phone.advance(4 * 3600)
    assert phone.truth()["battery"] < charged - 5


def test_a_gateway_lets_in_who_shows_the_secret_and_asks_a_person(build: Build) -> None:
    gateway = build("gateway", seed=1)
    gateway.touch({"offer": {"id": "lamp-new", "secret": "9XK-2217"}})
    assert refused(lambda: gateway.invoke("pair", {"secret": "9XK-2217"}))[0] == "needs-confirm"
    wrong = gateway.invoke("pair", {"secret": "000-0000"}, confirmed=True)
    gateway.advance(25)
    assert wrong.last.output == {"result": "notFound"}
    right = gateway.invoke("pair", {"secret": "9XK-2217"}, confirmed=True)
    gateway.advance(25)
    assert right.last.output == {"result": "done", "device": "lamp-new"}
    assert "lamp-new" in gateway.values()["devices"]


def test_a_dry_run_of_a_scene_does_nothing(build: Build) -> None:
    gateway = build("gateway", seed=1)
    run = gateway.invoke("runScene", {"scene": "leaving-home", "mode": "dryRun"})
    gateway.advance(10)
    assert {step["result"] for step in run.last.output["steps"]} == {"skipped"}
    assert refused(lambda: gateway.invoke("runScene", {"scene": "no-such"}))[0] == "unknown"


def test_a_gateway_outlives_a_power_cut_on_its_battery_and_says_so(build: Build) -> None:
    gateway = build("gateway", seed=1)
    boot = gateway.boot
    gateway.mains("off")
    gateway.advance(3600)
    assert (gateway.values()["mains"], gateway.boot) == ("interrupted", boot)
    assert gateway.truth()["battery"] < 90
    without = build("gateway", seed=1, features=())
    without.mains("off")
    assert not without.powered
