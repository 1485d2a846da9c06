"""midea-local, a client we did not write, reads every type of simulated Midea unit and sets what it can set there."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.midea.door import Door
from firmware_sim.wires.midea_v2 import Wire
from firmware_sim.wires.midea_v3 import Wire as KeyedWire
from tests.kit.addresses import address

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]
ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-appliances" / "bin" / "python"
CLIENT = Path(__file__).parent / "midea_kinds_client.py"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A unit, what the client sees at first, and what it sets one after the other: (name, value, what it sees then).

    `measured`: what the client calls what the unit measures. `left`: what the appliance is set to in the end.
    """

    kind: str
    type: str
    features: Sequence[str] | None = None
    quirks: Sequence[str] = ()
    touched: Mapping[str, Any] = field(default_factory=dict)
    first: Mapping[str, Any] = field(default_factory=dict)
    measured: Mapping[str, str] = field(default_factory=dict)
    sets: Sequence[tuple[str, Any, Mapping[str, Any]]] = ()
    left: Mapping[str, Any] = field(default_factory=dict)


HOOD = Case(
    kind="range-hood",
    type="0xb6",
    first={"power": False, "light": False, "mode": "Off", "fan_level": 0},
    sets=[
        ("power", True, {"power": True, "mode": "Level 2"}),
        ("fan_speed", 1, {"fan_level": 1, "mode": "Level 1"}),
        ("light", True, {"light": True, "power": True}),
        ("power", False, {"power": False, "light": True, "mode": "Off"}),
    ],
    left={"power": False, "light": True, "fanMode": "low"},
)
CASES = (
    Case(
        kind="refrigerator",
        type="0xca",
        features=("MOD", "HOL", "QCK", "VAR"),
        touched={"fridgeTarget": 5, "freezerTarget": -20, "variableZoneTarget": -7},
        first={"refrigerator_setting_temp": 5, "freezer_setting_temp": -20, "flex_zone_setting_temp": -7},
        measured={"refrigerator_actual_temp": "fridgeTemperature", "freezer_actual_temp": "freezerTemperature"},
        sets=[("refrigerator_setting_temp", 3, {"refrigerator_setting_temp": 5})],
        left={"fridgeTarget": 5},
    ),
    Case(
        kind="washing-machine",
        type="0xdb",
        touched={"power": False, "program": "wool", "waterTemperature": 30, "spinSpeed": 800},
        first={"power": False, "status": "idle", "program": "wool", "temperature": "30", "dehydration_speed": "800", "progress": "Idle"},
        sets=[
            ("power", True, {"power": True, "status": "standby"}),
            ("start", True, {"start": True, "status": "start", "progress": "Wash", "program": "wool"}),
            ("start", False, {"start": False, "status": "pause"}),
            ("start", True, {"start": True, "status": "start"}),
        ],
        left={"cycleState": "running", "program": "wool", "waterTemperature": 30},
    ),
    Case(
        kind="washing-machine",
        type="0xda",
        features=("LVL", "SOK"),
        quirks=["top-loader"],
        touched={"power": True, "program": "wool", "rinses": 3, "waterLevel": 7, "soakTime": 20},
        first={"power": True, "program": "Wool", "progress": "Idle", "rinse_count": 3, "wash_level": 7, "soak_time": 20, "error_code": 0},
        sets=[
            ("start", True, {"start": True, "progress": "Wash", "program": "Wool"}),
            ("start", False, {"start": False}),
            ("start", True, {"start": True}),
        ],
        left={"cycleState": "running", "program": "wool", "rinses": 3},
    ),
    Case(
        kind="clothes-dryer",
        type="0xdc",
        touched={"power": True, "program": "synthetics"},
        first={"power": True, "status": "standby", "program": "fiber", "error_code": 0},
        sets=[
            ("start", True, {"status": "start", "program": "fiber"}),
            ("start", False, {"status": "pause"}),
            ("start", True, {"status": "start"}),
            ("power", False, {"power": False, "status": "idle"}),
        ],
        left={"power": False, "cycleState": "idle"},
    ),
    Case(
        kind="electric-water-heater",
        type="0xe2",
        touched={"targetTemperature": 48, "tankTemperature": 40},
        first={"power": True, "heating": True, "target_temperature": 48.0, "volume": 80, "rate": 2000},
        measured={"current_temperature": "tankTemperature"},
        sets=[
            ("target_temperature", 60, {"target_temperature": 60.0}),
            ("power", False, {"power": False, "heating": False, "keep_warm": False}),
            ("power", True, {"power": True}),
        ],
        left={"targetTemperature": 60, "power": True},
    ),
    HOOD,
    replace(HOOD, quirks=["older"]),
    Case(
        kind="air-purifier",
        type="0xfc",
        touched={"power": True, "mode": "auto", "pm25": 900, "hcho": 310},
        first={"power": True, "mode": "Auto", "fan_speed": "Auto", "anion": False, "tvoc": None},
        measured={"pm25": "pm25", "hcho": "hcho"},
        sets=[
            ("mode", "Manual", {"mode": "Manual", "fan_speed": None}),  # it knows three speeds, and 50 percent is none of them
            ("fan_speed", "High", {"fan_speed": "High"}),
            ("anion", True, {"anion": True, "mode": "Manual", "fan_speed": "High"}),
            ("child_lock", True, {"child_lock": True, "anion": True}),
            ("mode", "Sleep", {"mode": "Sleep", "fan_speed": "Standby"}),
            ("power", False, {"power": False}),
        ],
        left={"power": False, "mode": "sleep", "anion": True, "childLock": True},
    ),
    Case(
        kind="humidifier",
        type="0xa1",
        features=("DEHUMID", "TMP", "CHL"),
        touched={"roomHumidity": 66},
        first={"power": True, "mode": "Manual", "target_humidity": 50, "tank_full": False, "child_lock": False},
        measured={"current_humidity": "roomHumidity", "current_temperature": "roomTemperature"},
        sets=[
            ("target_humidity", 45, {"target_humidity": 45}),
            ("mode", "Continuous", {"mode": "Continuous", "target_humidity": 45}),
            ("child_lock", True, {"child_lock": True}),
            ("power", False, {"power": False, "mode": "Continuous"}),
        ],
        left={"power": False, "mode": "manual", "targetHumidity": 45, "childLock": True},
    ),
)


def made(case: Case) -> Appliance:
    appliance = make_appliance(case.kind, identifier=f"judged-{case.kind}", features=case.features)
    if case.touched:
        appliance.touch(case.touched)
    appliance.advance(30)
    return appliance


async def judged(case: Case, wire: Door, place: str) -> list[dict[str, Any]]:
    """Return what the client saw at first and after each setting."""
    if not PYTHON.exists():
        pytest.skip("midea-local is not installed: run `make interop`")
    plan = json.dumps([(name, value) for name, value, _ in case.sets])
    secrets = () if wire.keys is None else (wire.keys.token.hex(), wire.keys.key.hex())
    client = await asyncio.create_subprocess_exec(
        str(PYTHON),
        str(CLIENT),
        place,
        str(wire.port),
        hex(wire.identity.appliance),
        str(wire.identity.device),
        plan,
        *secrets,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await client.communicate()
    assert client.returncode == 0, errors.decode()
    assert not errors, errors.decode()
    return list(json.loads(output))


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join((case.type, *case.quirks)))
async def test_midea_local_reads_a_type_and_sets_what_it_can(case: Case) -> None:
    appliance, place = made(case), address()
    async with Wire(appliance, Network(place), WireOptions(port=0, facts={"quirks": case.quirks})) as wire:
        assert hex(wire.identity.appliance) == case.type
        seen = await judged(case, wire, place)
        assert wire.unread == 0
    for name, told in case.measured.items():
        assert seen[0][name] == pytest.approx(appliance.values()[told], abs=0.5)
    for expected, shown in zip([case.first, *(then for *_, then in case.sets)], seen, strict=True):
        assert {name: shown[name] for name in expected} == expected
    assert {name: appliance.values()[name] for name in case.left} == case.left


async def test_midea_local_drives_a_type_that_keeps_a_key() -> None:
    case, place = next(case for case in CASES if case.type == "0xdb"), address()
    appliance = made(case)
    async with KeyedWire(appliance, Network(place), WireOptions(port=0)) as wire:
        seen = await judged(case, wire, place)
    assert [shown["status"] for shown in seen] == ["idle", "standby", "start", "pause", "start"]
    assert appliance.values()["cycleState"] == "running"


async def test_midea_local_sees_the_number_of_a_fault() -> None:
    case, place = Case(kind="clothes-dryer", type="0xdc"), address()
    appliance = made(case)
    appliance.raise_fault("WATER.TANK-FULL")
    async with Wire(appliance, Network(place), WireOptions(port=0)) as wire:
        assert (await judged(case, wire, place))[0]["error_code"] == 1


async def test_midea_local_hears_a_door_of_the_refrigerator_without_asking() -> None:
    case, place = Case(kind="refrigerator", type="0xca", sets=[("wait", 30, {})]), address()
    appliance = made(case)

    async def open_and_shut() -> None:
        while True:
            for opened in (True, False):
                await asyncio.sleep(0.3)
                appliance.touch({"freezerDoor": opened})

    async with Wire(appliance, Network(place), WireOptions(port=0)) as wire:
        opening = asyncio.create_task(open_and_shut(), name="somebody at the door")
        seen = await judged(case, wire, place)
        opening.cancel()
    assert (seen[0]["freezer_door"], seen[1]["freezer_door"], seen[1]["refrigerator_door"]) == (False, True, False)
