"""Alerts: told once as new, again and with more weight until somebody acknowledges them, and never lost, whatever happens to the hub."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import CommandError, Forbidden, StateConflict, StorageFailed, Unknown
from gateway.scenes.aftermath import INTERRUPTED
from gateway.scenes.alerts import alerts as room
from gateway.scenes.alerts.alert import Alert, AlertState
from gateway.scenes.alerts.alerts import Alerts
from gateway.scenes.alerts.notice import Escalation, Notify
from gateway.scenes.report import Raising, Report
from gateway.scenes.scenes import Scenes
from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from gateway.thing.principal import LOCAL, Principal, Role
from tests.drivers.kit import until
from tests.scenes.kit import KINDS, scene, staged

TEXT = {"en": "Is all well?", "zh-Hans": "一切都好吗"}
LOUDER = {"en": "Please look in"}
ONCE = Notify(line=3, text=TEXT)
TWICE = Notify(line=3, text=TEXT, acknowledged=True, again=600, times=2, escalate=(Escalation(after=1800, text=LOUDER),))
STEP = {"notify": {"text": TEXT, "until": "acknowledged", "again": "PT10M", "times": 2, "escalate": [{"after": "PT30M", "text": LOUDER}]}}
USER, VIEWER = Principal("ann", Role.USER), Principal("eve", Role.VIEWER)


@dataclass
class Ear:
    """A way out that hears all that is told; it hangs while `shut`."""

    name: str = "ear"
    shut: bool = False
    heard: list[Mapping[str, Any]] = field(default_factory=list)

    async def tell(self, message: Mapping[str, Any]) -> str:
        self.heard.append(message)
        if self.shut:
            await asyncio.Event().wait()
        return "told"

    @property
    def said(self) -> list[tuple[bool, int, str]]:
        return [(each["new"], each["level"], each["text"]["en"]) for each in self.heard]


async def comes(clock: SystemClock, ear: Ear, seconds: float) -> None:
    """Let time pass until one more is told."""
    count = len(ear.heard)
    clock.advance(seconds)
    await until(lambda: len(ear.heard) > count, "one more is told")


async def settled(alerts: Alerts) -> Alert:
    """Return the only alert once its telling has ended."""
    (alert,) = alerts.listing()
    await until(lambda: not alert.begun and alert.tellings > 0, "it has been told")
    return alert


async def test_it_is_told_again_then_with_more_weight_and_then_it_waits(tmp_path: Path) -> None:
    clock, ear = SystemClock(), Ear()
    async with StateStore(tmp_path / "state.db") as store, Alerts(store.alerts, clock, (ear,)) as alerts:
        await alerts.notify("alert-1", "inactivity", "run-1", TWICE)
        await alerts.notify("alert-1", "inactivity", "run-1", TWICE)
        await settled(alerts)
        for seconds in (601, 1801, 601):
            await comes(clock, ear, seconds)
            alert = await settled(alerts)
        assert ear.said == [(True, 0, TEXT["en"]), (False, 0, TEXT["en"]), (False, 1, LOUDER["en"]), (False, 1, LOUDER["en"])]
        assert (alert.state, alerts.open("inactivity")) == (AlertState.UNANSWERED, True)
        clock.advance(86_400)
        await clock.sleep(0.05)
        assert len(ear.heard) == 4
        assert (await alerts.acknowledge("alert-1", USER)).state is AlertState.ACKNOWLEDGED
        assert (alerts.open("inactivity"), alerts.acknowledged("inactivity")) == (False, True)


async def test_what_asks_for_no_answer_is_told_once(tmp_path: Path) -> None:
    clock, ear = SystemClock(), Ear()
    async with StateStore(tmp_path / "state.db") as store, Alerts(store.alerts, clock, (ear,)) as alerts:
        await alerts.notify("alert-1", "evening", "run-1", ONCE)
        assert (await settled(alerts)).state is AlertState.TOLD
        assert alerts.listing(waiting=True) == []
        assert [each["new"] for each in ear.heard] == [True]


async def test_who_may_control_acknowledges_and_nothing_is_told_after_it(tmp_path: Path) -> None:
    clock, ear = SystemClock(), Ear()
    async with StateStore(tmp_path / "state.db") as store, Alerts(store.alerts, clock, (ear,)) as alerts:
        await alerts.notify("alert-ab12-0", "inactivity", "run-1", TWICE)
        await settled(alerts)
        with pytest.raises(Forbidden):
            await alerts.acknowledge("alert-ab12-0", VIEWER)
        for name in ("", "alert-zz", "zz"):
            with pytest.raises(Unknown):
                await alerts.acknowledge(name, USER)
        assert (await alerts.acknowledge("ab1", USER)).by == "ann"
        assert (await alerts.acknowledge("ab12-0", LOCAL)).by == "ann"
        clock.advance(7200)
        await clock.sleep(0.05)
        assert len(ear.heard) == 1
    async with StateStore(tmp_path / "state.db") as store, Alerts(store.alerts, clock, (ear,)) as alerts:
        await clock.sleep(0.05)
        assert (alerts.alert("ab12").state, len(ear.heard)) == (AlertState.ACKNOWLEDGED, 1)


async def test_what_a_restart_cuts_off_is_told_again_but_not_as_new(tmp_path: Path) -> None:
    clock, ear = SystemClock(), Ear(shut=True)
    async with StateStore(tmp_path / "state.db") as store, Alerts(store.alerts, clock, (ear,)) as alerts:
        await alerts.notify("alert-1", "inactivity", "run-1", TWICE)
        await until(lambda: ear.heard != [], "it is being told")
    ear.shut = False
    async with StateStore(tmp_path / "state.db") as store, Alerts(store.alerts, clock, (ear,)) as alerts:
        assert (await settled(alerts)).told == 1
        assert [each["new"] for each in ear.heard] == [True, False]
    clock.advance(3600)
    async with StateStore(tmp_path / "state.db") as store, Alerts(store.alerts, clock, (ear,)) as alerts:
        await until(lambda: len(ear.heard) == 3, "what was due meanwhile is told")
        assert (await settled(alerts)).tellings == 3


async def test_a_disk_that_fails_loses_no_alert_and_no_acknowledgement_is_said_that_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, ear = SystemClock(), Ear()

    async def fails(*_: object) -> None:
        raise StorageFailed("no space left")

    async with StateStore(tmp_path / "state.db") as store, Alerts(store.alerts, clock, (ear,)) as alerts:
        with monkeypatch.context() as broken:
            broken.setattr(store.alerts, "put", fails)
            await alerts.notify("alert-1", "inactivity", "run-1", TWICE)
            await settled(alerts)
            assert len(ear.heard) == 1
            with pytest.raises(CommandError, match="not acknowledged"):
                await alerts.acknowledge("alert-1", USER)
            assert alerts.open("inactivity")
        await comes(clock, ear, 601)


async def test_they_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST", 2)
    monkeypatch.setattr(room, "KEPT", 3)
    clock, ear = SystemClock(), Ear()
    async with StateStore(tmp_path / "state.db") as store, Alerts(store.alerts, clock, (ear,)) as alerts:
        for number in range(5):
            await alerts.notify(f"alert-{number}", "evening", "run-1", ONCE)
            await until(lambda at=number: len(ear.heard) > at and not alerts.listing(waiting=True), "it is told")  # type: ignore[misc]
            clock.advance(1)
        assert sorted(alert.id for alert in alerts.listing()) == ["alert-2", "alert-3", "alert-4"]
        assert len(await store.alerts.all()) == 3
        for number in range(2):
            await alerts.notify(f"waits-{number}", "evening", "run-1", TWICE)
        with pytest.raises(StateConflict, match="wait to be acknowledged"):
            await alerts.notify("waits-2", "evening", "run-1", TWICE)


async def test_a_scene_tells_and_does_not_wait_for_the_answer(tmp_path: Path) -> None:
    ear = Ear()
    async with staged(tmp_path, outlets=(ear,)) as stage:
        await stage.stand("light", "lamp", power=True)
        report = await stage.run(scene(STEP, {"select": {"kind": "light"}, "set": {"power": False}}, name="inactivity"))
        assert report.good
        await until(lambda: ear.heard != [], "it is told")
        (alert,) = stage.alerts.listing()
        assert [(raising.id, raising.raised) for raising in report.alerts] == [(alert.id, True)]
        assert (alert.scene, alert.run, alert.notice.escalate[0].after) == ("inactivity", report.id, 1800)
        assert ear.heard[0]["acknowledge"] == f"hulian alerts acknowledge {alert.id}"


async def test_what_a_cut_off_run_had_still_to_tell_is_told_after_the_restart(tmp_path: Path) -> None:
    ear = Ear()
    async with staged(tmp_path, outlets=(ear,)) as stage:
        report = Report(id="scene-cut", scene="inactivity", by=LOCAL, began=stage.clock.now())
        report.alerts = [Raising(id="alert-cut-0", notice=TWICE), Raising(id="alert-cut-1", notice=TWICE, raised=True)]
        await stage.store.scene_reports.put("inactivity", report.id, report.document())
    async with staged(tmp_path, outlets=(ear,)) as stage:
        ended = await stage.scenes.runs.end_of(stage.scenes.runs.report("scene-cut"))
        assert ended.why == INTERRUPTED
        assert [alert.id for alert in stage.alerts.listing()] == ["alert-cut-0"]


async def test_where_nobody_is_to_be_told_the_report_says_so(tmp_path: Path) -> None:
    async with (
        staged(tmp_path) as stage,
        Scenes(stage.home, KINDS, stage.clock, texts=stage.store.scenes, reports=stage.store.scene_reports) as rehearsed,
    ):
        await rehearsed.put(scene(STEP, name="inactivity"), LOCAL)
        report = await rehearsed.run("inactivity", {}, LOCAL)
        assert report.good
        assert stage.alerts.listing() == []
        assert any("nobody is told" in note and TEXT["en"] in note for note in report.notes)


NOTICES = st.builds(
    Notify,
    line=st.just(1),
    text=st.just(TEXT),
    acknowledged=st.booleans(),
    again=st.just(600.0),
    times=st.integers(1, 4),
    escalate=st.lists(st.builds(Escalation, after=st.just(900.0), text=st.just(LOUDER)), max_size=3).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(NOTICES, st.lists(st.sampled_from(["tell", "crash", "restart"]), max_size=24))
def test_whatever_happens_it_is_new_once_and_goes_on_to_its_end(notice: Notify, happens: list[str]) -> None:
    alert, told, now = Alert(id="a", scene="s", run="r", notice=notice, raised=0.0, next=0.0), [], 0.0
    ended = 0
    for what in happens:
        now += 3600.0
        if what == "restart":
            alert = Alert.of(alert.document())
        elif alert.next is not None or alert.begun:
            alert.begin()
            told.append(alert.message())
            if what == "crash":
                alert = Alert.of(alert.document())
            else:
                alert.end(now, {})
                ended += 1
    assert [message["new"] for message in told] == [True, *[False] * (len(told) - 1)][: len(told)]
    assert [message["level"] for message in told] == sorted(message["level"] for message in told)
    most = notice.times * (1 + len(notice.escalate)) if notice.acknowledged else 1
    assert ended <= most
