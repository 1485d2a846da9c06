"""A conversation with a self-described device on a toy wire: what it says, what it is asked, and what nobody ever told."""

import asyncio
import tracemalloc
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from gateway.drivers.parts.selfdescribed.carried import Naming
from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.selfdescribed.session import AskedSelfDescribedSession, SelfDescribedSession
from gateway.drivers.parts.selfdescribed.wire import Heard, Reached
from gateway.drivers.spi import Polled, Pushed
from gateway.errors import Offline, ReadOnly, SchemaViolation, StateConflict, TimedOut, Unknown
from gateway.thing.availability import AvailabilityState
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.thing.value import Quality
from tests.drivers.kit import LIBRARY
from tests.drivers.selfdescribed.kit import feature, made

FEATURES = (
    feature("light/state", access="rw"),
    feature("light/brightness", "number", access="rw", minimum=0, maximum=254),
    feature("action", "string", access="e", words=("single", "double")),
    feature("effect", "string", access="w", words=("blink", "breathe")),
    feature("linkquality", "number", "lqi"),
)


class Wire:
    """A toy: it remembers what it is asked, and answers only when told to."""

    heard: Heard
    reached: Reached

    def __init__(self, known: Mapping[str, Any] | None = None, optimistic: tuple[str, ...] = ()) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.optimistic: Collection[str] = optimistic
        self.asked: list[Mapping[str, Any]] = []
        self.known = known or {}
        self.error: Exception | None = None

    async def begin(self) -> None:
        if self.error is not None:
            raise self.error
        self.heard(self.known)

    async def ask(self) -> bool:
        if self.error is not None:
            raise self.error
        self.heard(self.known)
        return bool(self.known)

    async def set(self, asked: Mapping[str, Any]) -> None:
        if self.error is not None:
            raise self.error
        self.asked.append(asked)


def opened(wire: Wire, features: tuple[Feature, ...] = FEATURES) -> tuple[SelfDescribedSession, list[Report]]:
    """Return a session and what it delivers."""
    reports: list[Report] = []
    naming = Naming(driver="toy", key="k", prefix="toy", title="Lamp", identity={"maker": "Acme", "model": ""})
    session = SelfDescribedSession(wire, made(*features), naming, LIBRARY, SystemClock())
    return session, reports


def write(name: str, value: Any, device: str = "") -> Command:
    """Return a write."""
    return Command(id="1", device=device, operation=Operation.WRITE_PROPERTY, name=name, input=value, principal=LOCAL)


async def done(session: SelfDescribedSession, command: Command) -> list[Progress]:
    """Carry it out on the first device."""
    (device, *_) = session.describe()
    whole = Command(**{name: getattr(command, name) for name in command.__dataclass_fields__} | {"device": command.device or device.id})
    return [progress async for progress in session.execute(whole)]


async def test_what_was_said_before_anybody_listens_is_delivered_first() -> None:
    session, reports = opened(Wire({"light/state": True, "light/brightness": 127}))
    await session.begin()
    session.push(reports.append)
    assert isinstance(session, Pushed)
    assert not isinstance(session, Polled)
    assert reports[0].values == {"faults": [], "safeUse": {"state": "unknown"}, "claims": [], "power": True, "brightness": 50}
    assert session.describe()[0].identity == {"maker": "Acme"}


async def test_what_it_says_later_is_delivered_at_once_and_alone() -> None:
    wire = Wire()
    session, reports = opened(wire)
    await session.begin()
    session.push(reports.append)
    reports.clear()
    wire.heard({"light/brightness": 254, "nobody/claimed": 1})
    assert [report.values for report in reports] == [{"brightness": 100}]
    assert reports[0].quality == {}


async def test_what_the_device_does_not_know_any_more_is_stale_until_it_says_it_again() -> None:
    wire = Wire({"light/state": True, "light/brightness": 254})
    session, reports = opened(wire)
    await session.begin()
    session.push(reports.append)
    reports.clear()
    wire.heard({"light/brightness": None, "light/state": False})
    assert [(report.values, report.quality) for report in reports] == [
        ({"brightness": 100}, {"brightness": Quality.STALE}),
        ({"power": False}, {}),
    ]
    reports.clear()
    wire.heard({"light/brightness": None})
    assert reports == []
    wire.heard({"light/brightness": 127})
    assert [(report.values, report.quality) for report in reports] == [({"brightness": 50}, {})]


async def test_nothing_is_shown_because_it_was_asked_for() -> None:
    wire = Wire()
    session, reports = opened(wire)
    await session.begin()
    session.push(reports.append)
    reports.clear()
    await done(session, write("power", True))
    assert wire.asked == [{"light/state": True}]
    assert reports == []
    wire.heard({"light/state": True})
    assert reports[0].values == {"power": True}


async def test_what_the_wire_calls_optimistic_is_assumed() -> None:
    wire = Wire(optimistic=("light/state",))
    session, reports = opened(wire)
    await session.begin()
    session.push(reports.append)
    reports.clear()
    await done(session, write("power", True))
    await done(session, write("brightness", 50))
    assert [(report.values, report.quality) for report in reports] == [({"power": True}, {"power": Quality.ASSUMED})]


async def test_values_that_do_not_fit_are_told_to_nobody() -> None:
    wire = Wire()
    session, reports = opened(wire)
    await session.begin()
    session.push(reports.append)
    reports.clear()
    oddities: tuple[Any, ...] = ("bright", True, float("nan"), float("inf"), None, [], {}, 10**400, "x" * 1_000_000)
    for odd in oddities:
        wire.heard({"light/brightness": odd, "light/state": "maybe"})
    assert reports == []


async def test_a_text_without_end_is_not_even_kept() -> None:
    wire = Wire()
    session, reports = opened(wire, (feature("switch/state", access="rw"), feature("note", "string", access="rw")))
    await session.begin()
    wire.heard({"note": "short"})
    tracemalloc.start()
    try:
        wire.heard({"note": "x" * 8_000_000})
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    session.push(reports.append)
    assert reports[0].values["x-toy-note"] == "short"
    assert kept < 100_000


async def test_a_press_is_an_event_and_no_state() -> None:
    wire = Wire()
    session, reports = opened(wire)
    await session.begin()
    wire.heard({"action": "single"})
    session.push(reports.append)
    wire.heard({"action": "double"})
    pressed = [(event.name, event.data) for report in reports for event in report.events]
    assert pressed == [
        ("buttonAction", {"gesture": "press", "word": "single"}),
        ("buttonAction", {"gesture": "double", "word": "double"}),
    ]
    assert all("buttonAction" not in report.values for report in reports)


async def test_presses_nobody_listens_to_are_not_kept_for_ever() -> None:
    wire = Wire()
    session, reports = opened(wire)
    await session.begin()
    for _ in range(10000):
        wire.heard({"action": "single"})
    session.push(reports.append)
    assert sum(len(report.events) for report in reports) == 64


async def test_an_action_is_said_in_the_devices_words() -> None:
    wire = Wire()
    session, _ = opened(wire)
    await session.begin()
    command = Command(
        id="1", device="", operation=Operation.INVOKE_ACTION, name="startEffect", input={"effect": "breathe"}, principal=LOCAL
    )
    await done(session, command)
    assert wire.asked == [{"effect": "breathe"}]


async def test_several_properties_go_in_one_message() -> None:
    wire = Wire()
    session, _ = opened(wire)
    await session.begin()
    both = {"power": True, "brightness": 100}
    await done(session, Command(id="1", device="", operation=Operation.WRITE_MULTIPLE, name="", input=both, principal=LOCAL))
    assert wire.asked == [{"light/state": True, "light/brightness": 254}]


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (write("linkQuality", 3), ReadOnly),
        (write("brightness", "much"), SchemaViolation),
        (write("power", True, device="toy-other"), Unknown),
        (Command(id="1", device="", operation=Operation.INVOKE_ACTION, name="identify", input=None, principal=LOCAL), Unknown),
        (Command(id="1", device="", operation=Operation.WRITE_MULTIPLE, name="", input=[1], principal=LOCAL), SchemaViolation),
        (Command(id="1", device="", operation=Operation.INVOKE_ACTION, name="startEffect", input="x", principal=LOCAL), SchemaViolation),
    ],
)
async def test_what_it_has_no_words_for_is_refused_and_nothing_is_sent(command: Command, error: type[Exception]) -> None:
    wire = Wire()
    session, _ = opened(wire)
    await session.begin()
    with pytest.raises(error):
        await done(session, command)
    assert wire.asked == []


async def test_a_silent_device_is_timed_out_and_a_gone_one_ends_the_session() -> None:
    wire = Wire()
    session, _ = opened(wire)
    await session.begin()
    wire.error = TimedOut("nothing")
    with pytest.raises(TimedOut):
        await done(session, write("power", True))
    wire.closed.set_exception(Offline("it left"))
    with pytest.raises(Offline):
        await session.changed()
    with pytest.raises(Offline):
        await anext(session.reports())


async def test_reachability_is_told_of_every_part() -> None:
    wire = Wire()
    gangs = tuple(feature("switch/state", access="rw", key=f"state_{side}", endpoint=side) for side in ("left", "right"))
    session, reports = opened(wire, gangs)
    await session.begin()
    wire.reached(AvailabilityState.OFFLINE, "no word for an hour")
    session.push(reports.append)
    reached = {report.device: report.availability for report in reports if report.availability}
    assert reached.keys() == {each.id for each in session.describe()}
    assert {each.reason for each in reached.values()} == {"no word for an hour"}


async def test_each_part_hears_only_what_is_its_own() -> None:
    wire = Wire()
    gangs = tuple(feature("switch/state", access="rw", key=f"state_{side}", endpoint=side) for side in ("left", "right"))
    session, reports = opened(wire, gangs)
    await session.begin()
    session.push(reports.append)
    reports.clear()
    whole, left, right = session.describe()
    wire.heard({"state_right": True})
    assert [(report.device, report.values) for report in reports] == [(right.id, {"power": True})]
    await done(session, write("power", True, device=left.id))
    assert wire.asked == [{"state_left": True}]
    with pytest.raises(ReadOnly):
        await done(session, write("power", True, device=whole.id))


async def test_a_full_answer_is_complete() -> None:
    wire = Wire({"light/state": True})
    session, reports = opened(wire)
    await session.begin()
    session.push(reports.append)
    reports.clear()
    await session.look()
    assert [report.complete for report in reports] == [False, True]
    assert reports[-1].values["power"] is True


async def test_one_that_must_be_asked_is_asked() -> None:
    wire = Wire({"light/state": True})
    naming = Naming(driver="toy", key="k", prefix="toy")
    session = AskedSelfDescribedSession(wire, made(*FEATURES), naming, LIBRARY, SystemClock(), interval=30)
    await session.begin()
    assert isinstance(session, Polled)
    await session.refresh()
    wire.error = Offline("gone")
    with pytest.raises(Offline):
        await session.refresh()


async def test_a_diagnosis_says_whether_it_answered() -> None:
    wire = Wire({"light/state": True})
    session, _ = opened(wire)
    await session.begin()
    command = Command(id="1", device="", operation=Operation.INVOKE_ACTION, name="runDiagnostics", input=None, principal=LOCAL)
    assert (await done(session, command))[0].output["checks"][0]["result"] == "pass"


async def test_what_is_done_cannot_be_stopped() -> None:
    session, _ = opened(Wire())
    with pytest.raises(StateConflict):
        await session.cancel("1")
