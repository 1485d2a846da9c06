"""What holds for every appliance: reports, writes, runs, faults, boots, and its Thing Description."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.models.table import deep_kinds
from firmware_sim.notice import Changed, Notice, Power, Raised
from firmware_sim.refusal import Refusal, SetupMistake

Build = Callable[..., Appliance]
Heard = Callable[[Appliance], list[Notice]]
KINDS = deep_kinds()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_appliance(build: Build, kind: str) -> None:
    first, second, other = build(kind, seed=7), build(kind, seed=7), build(kind, seed=8)
    for unit in (first, second, other):
        unit.advance(600)
    assert first.document() == second.document()
    assert first.truth() == second.truth()
    assert first.identifier == second.identifier != other.identifier


@pytest.mark.parametrize("kind", KINDS)
def test_private_properties_stay_out_of_the_public_state(build: Build, kind: str) -> None:
    unit = build(kind)
    assert {"identity", "life", "claims"} <= set(unit.values())
    assert not {"identity", "life", "claims"} & set(unit.document())
    assert unit.is_private("identity")
    assert not unit.is_private("faults")


@pytest.mark.parametrize("kind", KINDS)
def test_every_exposed_property_has_a_value(build: Build, kind: str) -> None:
    every = build(kind, features=together(build(kind).profile.features))
    assert set(every.values()) == set(every.surface.properties)


def together(features: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """As many features as go together, those first that stand first."""
    chosen: list[str] = []
    for name, feature in features.items():
        if not {*feature.get("excludes", ())} & {*chosen} and all(name not in features[other].get("excludes", ()) for other in chosen):
            chosen.append(name)
    return tuple(chosen)


def test_features_decide_what_is_there(build: Build) -> None:
    bare = build("air-conditioner", features=[])
    assert "eco" not in bare.values()
    assert bare.schema("mode")["enum"] == ["cool", "dry", "fan"]
    with pytest.raises(Refusal) as refused:
        bare.write({"mode": "heat"})
    assert refused.value.code == "schema"
    with pytest.raises(Refusal) as refused:
        bare.invoke("setComfort", {"mode": "heat"})
    assert refused.value.code == "schema"
    with pytest.raises(Refusal) as refused:
        bare.invoke("selfClean")
    assert refused.value.code == "unknown"
    with pytest.raises(Refusal) as refused:
        bare.events("coilCleaned")
    assert refused.value.code == "unknown"


@pytest.mark.parametrize("features", [["NONE"], ["AUX"]])
def test_impossible_features_are_a_setup_mistake(build: Build, features: list[str]) -> None:
    with pytest.raises(SetupMistake):
        build("air-conditioner", features=features)


@pytest.mark.parametrize(
    ("values", "code", "named"),
    [
        ({"targetTemperature": 15.5}, "schema", "targetTemperature"),
        ({"targetTemperature": 24.3}, "schema", "targetTemperature"),
        ({"targetTemperature": "24"}, "schema", "targetTemperature"),
        ({"targetTemperature": True}, "schema", "targetTemperature"),
        ({"targetTemperature": float("nan")}, "schema", "targetTemperature"),
        ({"mode": "boil"}, "schema", "mode"),
        ({"power": 1}, "schema", "power"),
        ({"roomTemperature": 20.0}, "read-only", "roomTemperature"),
        ({"identity": {}}, "read-only", "identity"),
        ({"nonsense": 1}, "unknown", "nonsense"),
        ({"power": True, "nonsense": 1}, "unknown", "nonsense"),
        ({"mode": "heat", "targetTemperature": 31.0}, "schema", "targetTemperature"),
        ({"mode": "cool", "auxHeat": True}, "schema", "auxHeat"),
        ({"eco": True, "sleepMode": "on"}, "state-conflict", "eco"),
    ],
)
def test_a_refused_write_changes_nothing_and_says_why(build: Build, heard: Heard, values: dict[str, Any], code: str, named: str) -> None:
    unit = build("air-conditioner", seed=1)
    before, notices = unit.document(), heard(unit)
    with pytest.raises(Refusal) as refused:
        unit.write(values)
    assert (refused.value.code, refused.value.property) == (code, named)
    assert refused.value.document()["code"] == code
    assert unit.document() == before
    assert notices == []


def test_what_changes_it_from_afar_is_counted_what_a_hand_does_is_not(build: Build) -> None:
    unit = build("air-conditioner")
    unit.touch({"power": True, "mode": "cool", "targetTemperature": 24})
    assert unit.truth()["obeyed"] == {}
    for target in (20, 20, 22):
        unit.write({"targetTemperature": target, "power": True})
    assert unit.truth()["obeyed"] == {"targetTemperature": 2}
    unit.touch({"targetTemperature": 30})
    unit.write({"targetTemperature": 22})
    assert unit.truth()["obeyed"] == {"targetTemperature": 3}


def test_what_excludes_gives_way_to_what_is_written_last(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    unit.write({"fanMode": "turbo"})
    unit.write({"eco": True})
    assert (unit.values()["fanMode"], unit.values()["eco"]) == ("auto", True)
    unit.write({"sleepMode": "on"})
    assert (unit.values()["eco"], unit.values()["sleepMode"]) == (False, "on")


def test_what_lost_its_ground_is_put_back(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    unit.write({"mode": "heat", "auxHeat": True})
    unit.write({"mode": "cool", "targetTemperature": 32.0})
    assert unit.values()["auxHeat"] is False
    unit.write({"mode": "heat"})
    assert unit.values()["targetTemperature"] == 30


def test_the_button_heat_draws_the_temperature_into_its_range_and_a_temperature_outside_is_refused(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    unit.write({"mode": "cool", "targetTemperature": 31.0})
    unit.write({"mode": "heat"})
    assert (unit.values()["mode"], unit.values()["targetTemperature"]) == ("heat", 30)
    with pytest.raises(Refusal) as refused:
        unit.write({"targetTemperature": 31.0})
    assert (refused.value.code, refused.value.constraint, refused.value.property) == ("schema", "ac-heat-range", "targetTemperature")
    unit.write({"mode": "cool"})
    assert unit.values()["targetTemperature"] == 30


def test_every_change_moves_seq_and_a_repeated_value_does_not(build: Build, heard: Heard) -> None:
    light = build("light", seed=1)
    notices, seq = heard(light), light.seq
    light.write({"brightness": 50})
    assert light.seq == seq + 1
    assert notices == [Changed(("brightness",))]
    light.write({"brightness": 50})
    light.write({"brightness": 50.0})
    assert light.seq == seq + 1


def test_reports_keep_to_interval_and_deadband(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    unit.write({"power": True, "targetTemperature": 20.0})
    told: list[tuple[float, float]] = []

    def note(notice: Notice) -> None:
        if isinstance(notice, Changed) and "roomTemperature" in notice.names:
            told.append((unit.clock.now(), unit.values()["roomTemperature"]))

    unit.listen(note)
    for _ in range(1800):
        unit.advance(1)
    gaps = [later[0] - sooner[0] for sooner, later in pairwise(told)]
    steps = [abs(later[1] - sooner[1]) for sooner, later in pairwise(told)]
    assert len(told) > 10
    assert min(gaps) >= 5
    assert min(steps) >= 0.2 - 1e-6
    assert all(round(value * 10) == pytest.approx(value * 10) for _, value in told)


def test_a_steady_value_is_told_again_before_it_goes_stale(build: Build) -> None:
    unit = build("refrigerator", seed=1)
    times: list[float] = []

    def note(notice: Notice) -> None:
        if isinstance(notice, Changed) and "ambientTemperature" in notice.names:
            times.append(unit.clock.now())

    unit.listen(note)
    unit.advance(3 * 3600)
    assert all(later - sooner <= 15 * 60 + 30 for sooner, later in pairwise(times))
    assert len(times) >= 11


def test_a_restart_counts_up_tells_everything_and_is_silent_before(build: Build, heard: Heard) -> None:
    unit = build("plug", seed=1)
    notices, boot = heard(unit), unit.boot
    unit.mains("off")
    with pytest.raises(Refusal) as refused:
        unit.write({"power": False})
    assert refused.value.code == "offline"
    unit.advance(600)
    assert notices == [Power(False)]
    unit.mains("on")
    unit.advance(1)
    assert unit.boot == boot + 1
    assert isinstance(notices[1], Changed)
    assert set(notices[1].names) == set(unit.surface.properties)
    assert notices[2] == Power(True)
    assert [notice.event for notice in notices if isinstance(notice, Raised)] == ["powerRestored"]


def test_boot_outlives_the_process_only_in_a_state_folder(tmp_path: Path) -> None:
    boots = [make_appliance("plug", identifier="p", state=tmp_path).boot for _ in range(3)]
    assert boots == [boots[0], boots[0] + 1, boots[0] + 2]
    assert make_appliance("plug", identifier="p").boot == boots[0]
    (tmp_path / "p.json").write_text("{")
    with pytest.raises(SetupMistake, match="damaged"):
        make_appliance("plug", identifier="p", state=tmp_path)


def test_faults_are_listed_counted_and_cleared(build: Build) -> None:
    unit = build("refrigerator", seed=1)
    for _ in range(2):
        unit.raise_fault("REFRIG.LOW-CHARGE")
        unit.raise_fault("REFRIG.LOW-CHARGE")
        assert len(unit.values()["faults"]) == 1
        unit.clear_fault("REFRIG.LOW-CHARGE")
        assert unit.values()["faults"] == []
    assert [raised.data["count"] for raised in unit.events("faultRaised")] == [1, 2]
    assert len(unit.events("faultCleared")) == 2
    with pytest.raises(Refusal) as refused:
        unit.clear_fault("REFRIG.LOW-CHARGE")
    assert refused.value.code == "unknown"


def test_a_code_nobody_knows_travels_as_the_vendors(build: Build) -> None:
    unit = build("plug", seed=1)
    unit.raise_fault("E5")
    assert [(fault["code"], fault["vendor"]) for fault in unit.values()["faults"]] == [("VENDOR.UNKNOWN", "E5")]
    with pytest.raises(Refusal):
        unit.raise_fault("no such code!")


def test_events_have_a_place_of_their_own_in_the_life_and_32_are_kept(build: Build) -> None:
    unit = build("set-top-box", seed=1)
    for number in range(40):
        unit.touch({"emergencyBroadcast": {"level": 4, "text": str(number)}})
    kept = unit.events("emergencyBroadcast")
    assert [raised.data["text"] for raised in kept] == [str(number) for number in range(8, 40)]
    positions = [raised.seq for raised in kept]
    assert positions == sorted(set(positions))


def test_the_diagnosis_runs_only_what_it_may(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    quick = unit.invoke("runDiagnostics")
    unit.advance(30)
    full = unit.invoke("runDiagnostics", {"level": "full", "allow": ["motor"]})
    unit.advance(200)
    results = [{check["name"]: check["result"] for check in run.last.output["checks"]} for run in (quick, full)]
    assert [result["compressor"] for result in results] == ["notRun", "pass"]
    assert results[0]["supply-voltage"] == "pass"


def test_the_diagnosis_finds_what_is_broken(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    unit.raise_fault("REFRIG.LOW-CHARGE")
    run = unit.invoke("runDiagnostics", {"level": "full", "allow": ["motor"]})
    unit.advance(200)
    output = run.last.output
    assert {"name": "compressor", "result": "fail"} in output["checks"]
    assert output["suspects"][0] == {"component": "circuit", "code": "REFRIG.LOW-CHARGE", "likelihood": 0.9}
    assert output["freeze"][0]["roomTemperature"] > 0


def test_a_finished_run_is_forgotten_after_ten_minutes(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    run = unit.invoke("runDiagnostics")
    unit.advance(300)
    assert unit.invocation(run.id) is run
    unit.advance(700)
    with pytest.raises(Refusal) as refused:
        unit.invocation(run.id)
    assert refused.value.code == "unknown"


async def test_stages_are_followed_from_the_first_to_the_last(build: Build) -> None:
    unit = build("air-conditioner", seed=1)
    run = unit.invoke("runDiagnostics")

    async def follow() -> list[str]:
        return [stage.state async for stage in run.stages()]

    early = asyncio.create_task(follow())
    for _ in range(30):
        unit.advance(1)
        await asyncio.sleep(0)
    late = await follow()
    assert await early == late
    assert late[0] == "running"
    assert late[-1] == "completed"
    assert late.count("completed") == 1


def test_remote_control_switched_off_at_the_appliance_holds(build: Build) -> None:
    unit = build("air-conditioner", features=["RMT"])
    unit.touch({"remoteEnabled": False})
    for attempt in (lambda: unit.write({"power": True}), lambda: unit.invoke("setComfort", {"power": True})):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert (refused.value.code, refused.value.property) == ("state-conflict", "remoteEnabled")
    unit.touch({"power": True})
    assert unit.values()["power"] is True


@pytest.mark.parametrize("touched", [{"nonsense": 1}, {"roomTemperature": 20.0, "nonsense": 1}, {"targetTemperature": 99}])
def test_hands_cannot_do_the_impossible(build: Build, touched: dict[str, Any]) -> None:
    unit = build("air-conditioner")
    before = unit.truth()
    with pytest.raises(Refusal):
        unit.touch(touched)
    assert unit.truth() == before


@pytest.mark.parametrize(("state", "volts"), [("maybe", None), ("on", 400), ("on", -1)])
def test_the_mains_has_three_states_and_sane_voltages(build: Build, state: str, volts: float | None) -> None:
    with pytest.raises(Refusal):
        build("plug").mains(state, volts)


def test_a_listener_that_left_hears_nothing(build: Build) -> None:
    unit = build("light")
    notices: list[Notice] = []
    leave = unit.listen(notices.append)
    leave()
    unit.write({"brightness": 7})
    assert notices == []


class PlainForms:
    def security(self) -> dict[str, Any]:
        return {"securityDefinitions": {"nosec": {"scheme": "nosec"}}, "security": ["nosec"]}

    def thing(self) -> list[dict[str, Any]]:
        return [{"href": "x://s"}]

    def property(self, name: str, *, read_only: bool, private: bool, numeric: bool) -> list[dict[str, Any]]:
        return [{"href": f"x://p/{name}", "flags": [read_only, private, numeric]}]

    def action(self, name: str, *, long: bool) -> list[dict[str, Any]]:
        return [{"href": f"x://a/{name}", "flags": [long]}]

    def event(self, name: str) -> list[dict[str, Any]]:
        return [{"href": f"x://e/{name}"}]


@pytest.mark.parametrize("kind", KINDS)
def test_the_thing_description_shows_exactly_what_is_there(build: Build, kind: str) -> None:
    unit = build(kind, seed=1)
    document = unit.thing_description(PlainForms())
    assert document["@context"][:2] == ["https://www.w3.org/2019/wot/td/v1", "https://www.w3.org/2022/wot/td/v1.1"]
    assert set(document["properties"]) == set(unit.values())
    assert document["hl:features"] == list(unit.features)
    assert document["security"] == ["nosec"]
    assert document["properties"]["identity"]["forms"][0]["flags"] == [True, True, False]
    assert document["actions"]["runDiagnostics"]["forms"][0]["flags"] == [True]
    assert document["links"][0]["rel"] == "type"
    assert document["links"][0]["hl:hash"] == unit.profile.hash
    assert not any(str(name).startswith("tm:") for name in document["@type"])
    assert "'tm:ref'" not in str(document)
