"""The life of a command at the desk, with an appliance that takes its time."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.notice import Changed
from firmware_sim.wires import desk as desk_module
from firmware_sim.wires import ledger
from firmware_sim.wires.desk import Desk
from firmware_sim.wires.ledger import is_terminal
from firmware_sim.wires.order import Order, Run, etag


class Hesitant:
    """Makes a plug's writes show only when told."""

    def __init__(self, plug: Appliance, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plug = plug
        self.waiting: dict[str, Any] = {}
        self.until: str | None = None
        self._write = plug.write
        self._pending = plug.pending
        monkeypatch.setattr(plug, "write", self.write)
        monkeypatch.setattr(plug, "pending", self.pending)

    def write(self, values: Mapping[str, Any], *, confirmed: bool = False) -> None:  # noqa: ARG002 - the appliance's signature
        self.waiting |= values

    def pending(self) -> dict[str, str | None]:
        return self._pending() | (dict.fromkeys(self.waiting, self.until) if self.until else {})

    def show(self) -> None:
        values, self.waiting = self.waiting, {}
        self._write(values)


@pytest.fixture
def hesitant(plug: Appliance, monkeypatch: pytest.MonkeyPatch) -> Hesitant:
    return Hesitant(plug, monkeypatch)


def write(identifier: str, value: Any = True, name: str = "power", **more: Any) -> Order:
    return Order(**{"client": "tester", "id": identifier, "operation": "writeproperty", "name": name, "input": value} | more)


def states(run: Run) -> list[str]:
    return [ack["state"] for ack in run.acks]


async def test_a_write_is_complete_only_when_the_appliance_shows_it(plug: Appliance, hesitant: Hesitant) -> None:
    run, _ = Desk(plug).submit(write("w"))
    assert states(run) == ["accepted"]
    before = plug.seq
    hesitant.show()
    assert states(run) == ["accepted", "completed"]
    assert before < run.last["seq"] <= plug.seq
    assert run.last["boot"] == plug.boot


async def test_a_write_whose_members_contradict_one_another_is_refused_whole() -> None:
    conditioner = make_appliance("air-conditioner", seed=1)
    wanted = {"fanMode": "medium", "fanPercent": 5}
    order = Order(client="tester", id="w", operation="writemultipleproperties", input=wanted)
    run, _ = Desk(conditioner).submit(order)
    assert states(run) == ["rejected"]
    assert run.last["error"]["code"] == "state-conflict"
    assert conditioner.values()["fanMode"] != "medium"


async def test_who_conditions_a_write_on_the_state_has_heard_the_number_of_an_event(plug: Appliance) -> None:
    told: list[int] = []
    plug.listen(lambda notice: told.append(plug.seq) if isinstance(notice, Changed) else None)
    plug.raise_fault("MAINS.OVERVOLTAGE")
    assert told[-1] == plug.seq


async def test_what_is_held_back_says_for_how_long(plug: Appliance, hesitant: Hesitant) -> None:
    hesitant.until = (datetime.now(UTC) + timedelta(seconds=180)).isoformat()
    run, _ = Desk(plug).submit(write("w"))
    assert states(run) == ["accepted", "delayed"]
    assert 170 <= run.last["remaining"] <= 181
    hesitant.show()
    assert states(run)[-1] == "completed"


async def test_what_never_shows_fails_and_says_what_is_shown(plug: Appliance, hesitant: Hesitant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "_GRACE", -0.9)  # the latency of `power` is a second
    desk = Desk(plug)
    run, _ = desk.submit(write("w"))
    await desk.ledger.until(run, is_terminal, 20)
    assert (run.last["state"], run.last["error"]["code"]) == ("failed", "timeout")
    assert "False" in run.last["error"]["detail"]
    hesitant.show()
    assert states(run) == ["accepted", "failed"]


async def test_waiting_goes_on_while_the_appliance_says_so(plug: Appliance, hesitant: Hesitant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "_GRACE", -0.9)
    hesitant.until = (datetime.now(UTC) + timedelta(seconds=1.2)).isoformat()
    desk = Desk(plug)
    run, _ = desk.submit(write("w"))
    hesitant.until = (datetime.now(UTC) + timedelta(seconds=60)).isoformat()
    await asyncio.sleep(0.6)
    assert run.ended is None


async def test_what_is_given_up_midway_fails_at_once_with_what_it_shows() -> None:
    curtain = make_appliance("curtain", seed=1)
    desk = Desk(curtain)
    run, _ = desk.submit(write("w", 0, "position"))
    curtain.elapse(5)
    assert states(run) == ["accepted"]
    stop, _ = desk.submit(Order(client="tester", id="s", operation="invokeaction", name="stop", input=None))
    assert states(stop)[-1] == "completed"
    assert (run.last["state"], run.last["error"]["code"], run.last["error"]["property"]) == ("failed", "device-error", "position")
    assert f"shows {curtain.values()['position']}" in run.last["error"]["detail"]


async def test_another_goal_written_midway_supersedes_and_the_new_one_completes() -> None:
    curtain = make_appliance("curtain", seed=1)
    desk = Desk(curtain)
    first, _ = desk.submit(write("one", 0, "position"))
    curtain.elapse(5)
    second, _ = desk.submit(write("two", 90, "position"))
    assert first.last["state"] == "superseded"
    curtain.elapse(60)
    assert states(second) == ["accepted", "completed"]


async def test_a_later_write_overtakes_one_that_never_showed(plug: Appliance, hesitant: Hesitant) -> None:
    desk = Desk(plug)
    first, _ = desk.submit(write("w1", True))
    other, _ = desk.submit(write("w2", 1500, name="overloadLimit"))
    second, _ = desk.submit(write("w3", False))
    assert (first.last["state"], first.last["error"]["code"]) == ("superseded", "superseded")
    assert other.ended is None
    assert second.last["state"] == "completed"
    hesitant.show()
    assert other.last["state"] == "completed"


async def test_exactly_one_terminal_ack_whatever_happens_after(plug: Appliance, hesitant: Hesitant) -> None:
    run, _ = Desk(plug).submit(write("w"))
    plug.mains("off")
    plug.mains("on")
    hesitant.show()
    plug.tell(Changed(("power",)))
    assert states(run) == ["accepted", "failed"]
    assert run.last["error"]["code"] == "device-error"


async def test_an_id_belongs_to_its_client(plug: Appliance) -> None:
    desk = Desk(plug)
    desk.submit(write("same"))
    taken, fresh = desk.submit(write("same", False, client="stranger"))
    assert fresh
    assert (taken.last["state"], taken.last["error"]["code"]) == ("rejected", "state-conflict")
    assert plug.values()["power"] is True


async def test_an_id_is_forgotten_after_ten_minutes(plug: Appliance) -> None:
    now = time.time()
    moments = [now]
    desk = Desk(plug, now=lambda: moments[0])
    _, first = desk.submit(write("w"))
    moments[0] = now + 599
    _, again = desk.submit(write("w"))
    moments[0] = now + 601
    _, later = desk.submit(write("w", False))
    assert (first, again, later) == (True, False, True)
    assert plug.values()["power"] is False


async def test_confirmation_is_for_one_request_for_one_minute(plug: Appliance) -> None:
    desk = Desk(plug)
    plug.write({"power": True, "feedsKind": "refrigerator"})
    refused, _ = desk.submit(write("d1", False))
    token = refused.last["error"]["confirm"]
    plug.clock.shift(61)
    late, _ = desk.submit(write("d2", False, confirm=token))
    assert late.last["error"]["code"] == "needs-confirm"
    good, _ = desk.submit(write("d3", False, confirm=late.last["error"]["confirm"]))
    assert good.last["state"] == "completed"
    plug.write({"power": True})
    again, _ = desk.submit(write("d4", False, confirm=late.last["error"]["confirm"]))
    assert again.last["state"] == "rejected"


async def test_too_many_open_commands_are_too_many(plug: Appliance, hesitant: Hesitant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_MOST_OPEN", 2)
    desk = Desk(plug)
    runs = [
        desk.submit(write(f"w{number}", value, name=name))[0]
        for number, (name, value) in enumerate([("power", True), ("overloadLimit", 1500), ("powerOnState", "on")])
    ]
    assert [run.last["state"] for run in runs] == ["accepted", "accepted", "rejected"]
    assert runs[-1].last["error"]["code"] == "rate"
    hesitant.show()


async def test_memory_is_bounded(plug: Appliance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_MOST_RUNS", 8)
    desk = Desk(plug)
    for number in range(50):
        desk.submit(write(f"w{number}", number % 2 == 0))
    assert len(desk.ledger.runs()) <= 9
    assert desk.ledger.runs()[-1].order.id == "w49"


@pytest.mark.parametrize(
    ("more", "state", "code"),
    [
        ({"expires": 1.0}, "expired", "expired"),
        ({"expected": frozenset({etag(1, 1)})}, "rejected", "precondition"),
        ({"operation": "explode"}, "rejected", "bad-syntax"),
        ({"operation": "invokeaction", "name": "gone"}, "rejected", "unknown"),
        ({"operation": "cancelaction", "name": "gone"}, "rejected", "unknown"),
        ({"operation": "writemultipleproperties", "input": 7}, "rejected", "bad-syntax"),
        ({"name": "powerDraw"}, "rejected", "read-only"),
    ],
)
async def test_a_refusal_is_one_ack(plug: Appliance, more: dict[str, Any], state: str, code: str) -> None:
    heard: list[dict[str, Any]] = []
    desk = Desk(plug)
    desk.ledger.listen(lambda _, ack: heard.append(ack))
    run, _ = desk.submit(write("w", **more))
    assert heard == run.acks == [desk.ledger.last]
    assert (run.last["state"], run.last["error"]["code"]) == (state, code)


async def test_without_power_a_command_fails(plug: Appliance) -> None:
    desk = Desk(plug)
    plug.mains("off")
    run, _ = desk.submit(write("w"))
    assert (states(run), run.last["error"]["code"]) == (["accepted", "failed"], "offline")


async def test_a_run_can_be_cancelled_once(plug: Appliance) -> None:
    desk = Desk(plug)
    run, _ = desk.submit(write("go", {"level": "full"}, operation="invokeaction", name="runDiagnostics"))
    assert run.long
    cancel, _ = desk.submit(write("stop", None, operation="cancelaction", name="go"))
    assert (cancel.last["state"], run.last["state"]) == ("completed", "cancelled")
    again, _ = desk.submit(write("stop2", None, operation="cancelaction", name="go"))
    assert (again.last["state"], again.last["error"]["code"]) == ("rejected", "state-conflict")


async def test_waiting_leaves_nothing_behind(plug: Appliance, hesitant: Hesitant) -> None:
    desk = Desk(plug)
    run, _ = desk.submit(write("w"))
    await desk.ledger.until(run, is_terminal, 0.05)
    assert run.ended is None
    assert not desk.ledger._listeners
    hesitant.show()


def test_etags_name_states_apart() -> None:
    tags: set[Callable[[], bytes] | bytes] = {etag(boot, seq) for boot in (0, 1, 2**24 - 1) for seq in (0, 1, 2**40 - 1)}
    assert len(tags) == 9
    assert {len(tag) for tag in tags if isinstance(tag, bytes)} == {8}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("kind", ["plug", "light", "air-conditioner"])
def test_any_json_value_to_any_affordance_ends_in_order(kind: str, data: st.DataObject) -> None:
    appliance = make_appliance(kind)
    properties, actions = sorted(appliance.surface.properties), sorted(appliance.surface.actions)

    async def play() -> None:
        desk = Desk(appliance)
        for number in range(4):
            operation, names = data.draw(st.sampled_from([("writeproperty", properties), ("invokeaction", actions)]))
            name = data.draw(st.sampled_from(names))
            run, _ = desk.submit(write(f"w{number}", data.draw(VALUES), operation=operation, name=name))
            assert run.long or is_terminal(run)
            assert states(run)[0] in ("accepted", "rejected")
            assert states(run).count("accepted") <= 1
        for run in desk.ledger.open():
            desk.submit(write(f"end {run.order.id}", None, operation="cancelaction", name=run.order.id))

    asyncio.run(play())


async def test_nobody_is_offered_a_token_on_a_bare_topic(plug: Appliance) -> None:
    plug.write({"power": True, "feedsKind": "refrigerator"})
    run, _ = Desk(plug).submit(write("b1", False, client=""))
    assert run.last["error"]["code"] == "needs-confirm"
    assert "confirm" not in run.last["error"]
