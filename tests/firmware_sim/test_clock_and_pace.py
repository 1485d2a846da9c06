"""What the laboratory's newer hands find: a clock that is set, and a client that asks too often."""

from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.wires.coap_pace import Pace, is_request

DAY = 86400.0
GET = bytes((0x44, 1, 0x12, 0x34)) + b"abcd" + b"\xb1s"
PING = bytes((0x40, 0, 0x12, 0x34))


def test_a_clock_set_back_a_day_keeps_nothing_from_being_told() -> None:
    plug = make_appliance("plug", identifier="p", clock=SimulatorClock())
    plug.advance(60.0)
    before, stamped = plug.seq, plug.timestamp
    plug.set_clock(-DAY)
    plug.touch({"load": 1500.0})
    plug.advance(30.0)
    assert plug.seq > before
    assert plug.values()["powerDraw"] > 1000
    assert plug.timestamp < stamped


def test_a_long_action_lasts_as_long_as_ever_when_the_clock_is_set() -> None:
    plug = make_appliance("plug", identifier="p", clock=SimulatorClock())
    run = plug.invoke("runDiagnostics", {"level": "quick"})
    plug.set_clock(DAY)
    plug.advance(5.0)
    assert not run.last.terminal
    plug.set_clock(-2 * DAY)
    plug.advance(20.0)
    assert run.last.state == "completed"


def test_who_asks_too_often_is_told_when_to_come_back_and_nobody_else_is() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0], rate=10, burst=3, again=2)
    assert [pace.allows("a") for _ in range(5)] == [True, True, True, False, False]
    assert pace.allows("b")
    now[0] = 0.1
    assert [pace.allows("a") for _ in range(2)] == [True, False]


def test_a_refusal_is_an_answer_to_what_was_asked_and_carries_max_age() -> None:
    refusal = Pace(lambda: 0.0).refusal(GET)
    assert refusal[:8] == bytes((0x64, 0x9D, 0x12, 0x34)) + b"abcd"
    assert refusal[8:12] == bytes((0xD1, 1, 2, 0xFF))
    assert b'"rate"' in refusal
    assert (is_request(GET), is_request(PING)) == (True, False)
