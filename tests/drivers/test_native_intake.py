import asyncio
from random import Random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.drivers.native.envelope import circumstances, envelope, error_of, progress_of, token_of, wire_id
from gateway.drivers.native.intake import Intake
from gateway.drivers.native.links import Acks
from gateway.drivers.parts.body import LIMIT
from gateway.errors import DeviceFailure, Offline, StateConflict, WireError
from gateway.thing.ack import AckState
from gateway.thing.availability import AvailabilityState
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.principal import Principal, Role
from gateway.thing.report import Event, Report
from gateway.thing.session import Progress
from gateway.thing.value import Quality

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.sampled_from(["$", "boot", "seq", "q"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def intake() -> Intake:
    return Intake("plug-1", SystemClock())


def state(boot: object, seq: object, **values: object) -> bytes:
    return orjson.dumps({**values, "$": {"boot": boot, "seq": seq}})


def test_a_state_becomes_a_complete_report() -> None:
    head = {"boot": 2, "seq": 7, "ts": "2026-11-22T00:31:57.120Z", "q": {"power": "assumed", "eco": "odd"}, "pending": {"mode": None}}
    report = Intake("plug-1", SystemClock()).state(orjson.dumps({"power": True, "eco": False, "$": head}))
    assert report is not None
    assert report.values == {"power": True, "eco": False}
    assert report.quality == {"power": Quality.ASSUMED, "eco": Quality.INVALID}
    assert report.pending == {"mode": None}
    assert report.complete


def test_a_state_without_pending_clears_what_was_pending() -> None:
    report = intake().state(state(1, 1))
    assert report is not None
    assert report.pending == {}


@pytest.mark.parametrize(("boot", "seq", "taken"), [(1, 4, False), (1, 5, False), (1, 6, True), (2, 1, True)])
def test_an_older_or_equal_state_of_the_same_boot_is_left_out(boot: int, seq: int, taken: bool) -> None:
    heard = intake()
    assert heard.state(state(1, 5, power=True)) is not None
    assert (heard.state(state(boot, seq, power=False)) is not None) is taken


@pytest.mark.parametrize("ts", ["1970-01-01T00:00:09Z", "2026-11-22T00:31:57", "yesterday", "9999-01-01T00:00:00Z", 7, None])
def test_a_time_that_cannot_be_true_is_not_believed(ts: object) -> None:
    report = intake().state(orjson.dumps({"$": {"boot": 1, "seq": 1, "ts": ts}}))
    assert report is not None
    assert report.at is None


GARBAGE = [
    b"",
    b"\xff",
    b"[]",
    b"7",
    b'{"$":[]}',
    b'{"$":{"boot":"1","seq":1}}',
    b'{"$":{"boot":1,"seq":true}}',
    b'{"$":{"boot":1,"seq":1,"q":[]}}',
    b'{"$":{"boot":1,"seq":1,"pending":7}}',
    b"[" * 100_000,
    b'{"x":"' + b"a" * LIMIT + b'"}',
]


@pytest.mark.parametrize("payload", GARBAGE, ids=lambda payload: repr(payload[:24]))
def test_garbage_is_a_wire_error(payload: bytes) -> None:
    with pytest.raises(WireError):
        intake().state(payload)


@given(JSON)
def test_any_json_is_taken_or_a_wire_error(value: object) -> None:
    payload = orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATACLASS) if _fits(value) else b"{"
    for read in (intake().state, intake().availability, lambda body: intake().event("e", body)):
        try:
            read(payload)
        except WireError:
            continue


def _fits(value: object) -> bool:
    try:
        orjson.dumps(value)
    except (orjson.JSONEncodeError, TypeError):
        return False
    return True


def test_an_event_is_told_once_without_its_envelope() -> None:
    heard = intake()
    payload = orjson.dumps({"code": "X", "boot": 1, "seq": 3, "ts": "2026-11-22T00:31:57.120Z"})
    report = heard.event("faultRaised", payload)
    assert report is not None
    assert report.events == (Event("faultRaised", {"code": "X"}),)
    assert heard.event("faultRaised", payload) is None
    assert heard.event("faultCleared", payload) is not None


@pytest.mark.parametrize(("boot", "seq", "told"), [(1, 9, True), (1, 5, False), (0, 9, False), (2, 1, True), (None, None, False)])
def test_an_observed_event_from_before_we_listened_is_not_told(boot: object, seq: object, told: bool) -> None:
    heard = intake()
    heard.state(state(1, 5))
    report: Report | None = heard.event("faultRaised", orjson.dumps({"boot": boot, "seq": seq}), observed=True)
    assert (report is not None) is told


def test_availability_is_read_with_its_reason() -> None:
    said = intake().availability(b'{"state":"offline","since":"2026-11-22T00:31:57Z","reason":"connection lost"}')
    assert (said.state, said.reason) == (AvailabilityState.OFFLINE, "connection lost")


def command(id: str = "1", name: str = "anna", **more: object) -> Command:
    return Command(
        id=id,
        device="plug-1",
        operation=Operation.WRITE_PROPERTY,
        name="power",
        input=True,
        principal=Principal(name, Role.USER),
        **more,  # type: ignore[arg-type]
    )


def test_ids_on_the_wire_repeat_for_the_same_command_only() -> None:
    assert wire_id(command()) == wire_id(command())
    assert len({wire_id(command()), wire_id(command(id="2")), wire_id(command(name="bert"))}) == 3


def test_an_envelope_carries_what_was_asked_and_nothing_that_is_not_there() -> None:
    asked = command(expires=1_795_000_000.0, why="scene")
    body = orjson.loads(envelope("i", "writeproperty", "power", asked.input, **circumstances(asked, None)))
    assert body == {
        "id": "i",
        "op": "writeproperty",
        "dev": "self",
        "name": "power",
        "in": True,
        "exp": "2026-11-18T11:06:40.000Z",
        "why": "scene",
    }
    assert orjson.loads(envelope("i", "writeproperty", "power", False))["in"] is False


@given(JSON)
def test_any_ack_is_a_stage_or_a_wire_error(value: object) -> None:
    ack = {"id": "x", "state": "running", "percent": value, "remaining": value, "phase": value, "error": value, "out": value}
    assert progress_of(ack).state is AckState.RUNNING
    with pytest.raises(WireError):
        progress_of({"id": "x", "state": value})


def test_errors_pass_through() -> None:
    error = error_of({"code": "state-conflict", "detail": "door open"})
    assert isinstance(error, StateConflict)
    assert error.detail == "door open"
    assert isinstance(error_of({"code": "new-in-1.9"}), DeviceFailure)
    assert token_of(progress_of({"state": "rejected", "error": {"code": "needs-confirm", "confirm": "t"}})) == "t"
    assert token_of(progress_of({"state": "rejected", "error": {"code": "schema", "confirm": "t"}})) is None


async def test_acks_reach_who_waits_for_them_and_nobody_else() -> None:
    acks = Acks()
    with acks.expect("mine") as stages:
        acks.take({"id": "other", "state": "completed"})
        for number in range(200):
            acks.take({"id": "mine", "state": "running", "percent": number})
        acks.take({"id": "mine", "state": "completed"})
        seen: list[Progress] = []
        async with asyncio.timeout(5):
            while not seen or not seen[-1].state.terminal:
                seen.append(await stages.next())
        assert len(seen) == 64
        acks.fail("gone")
        with pytest.raises(Offline):
            await stages.next()
    acks.take({"id": "mine", "state": "completed"})


def test_random_bytes_never_raise_anything_else() -> None:
    random = Random(3)
    for _ in range(2000):
        payload = bytes(random.choices(b'{}[]":,$0123456789abootseqtru\xff', k=random.randrange(40)))
        with pytest.raises(WireError) if not payload.startswith(b"{") else _either():
            intake().state(payload)


class _either:  # noqa: N801 - reads like pytest.raises
    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is None or issubclass(kind, WireError)


def test_the_boot_counter_of_power_that_is_back_is_part_of_what_it_says() -> None:
    intake = Intake("plug-1", SystemClock())
    report = intake.event("powerRestored", orjson.dumps({"outage": 3.0, "boot": 7, "seq": 2}))
    other = intake.event("operated", orjson.dumps({"operation": "lock", "boot": 7, "seq": 3}))
    assert report is not None
    assert report.events[0].data == {"outage": 3.0, "boot": 7}
    assert other is not None
    assert other.events[0].data == {"operation": "lock"}
