"""Records a session of each simulated wire anew: `python -m tests.drivers.recordings.make [NAME ...]`. Real units' are put beside them."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from gateway.drivers.recording.recorder import Recorder, Recording
from gateway.drivers.spi import Driver
from gateway.drivers.table import load
from gateway.thing.value import Value
from tests.drivers.androidtv.kit import bench_of
from tests.drivers.contract_bench import Bench, House, simulated, watched
from tests.drivers.discovered_bench import discovered
from tests.drivers.kit import until
from tests.drivers.native_bench import hub, native
from tests.drivers.zigbee2mqtt_bench import bridged

HERE: Final = Path(__file__).parent
PATIENCE: Final = 60.0
TOKEN: Final = "1f" * 16
ESPHOME_KEY: Final = "tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbU="  # a test vector: no node has it
KEYS: Final = {"token": "5a" * 64, "key": "c3" * 32}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A simulated unit, what is written to it, and what somebody presses at it."""

    driver: str
    wire: str
    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Value] = field(default_factory=dict)
    features: tuple[str, ...] | None = None
    writes: Mapping[str, Value] = field(default_factory=dict)
    pressed: Mapping[str, Value] = field(default_factory=dict)


SCENES: dict[str, Scene] = {
    "gree-air-conditioner-v1": Scene(
        driver="gree",
        wire="gree",
        kind="air-conditioner",
        settings={"power": True, "mode": "cool"},
        writes={"targetTemperature": 23.0, "mode": "heat"},
        pressed={"targetTemperature": 27.0},
    ),
    "gree-air-conditioner-v2": Scene(
        driver="gree",
        wire="gree",
        kind="air-conditioner",
        facts={"version": 2, "quirks": ["scan-in-v1"]},
        settings={"power": True},
        writes={"targetTemperature": 25.0},
        pressed={"power": False},
    ),
}


SCENES |= {
    "daikin-air-conditioner": Scene(
        driver="daikin",
        wire="daikin",
        kind="air-conditioner",
        settings={"power": True, "mode": "cool"},
        writes={"targetTemperature": 23.5, "mode": "heat"},
        pressed={"targetTemperature": 27.0},
    ),
    "broadlink-transmitter": Scene(
        driver="broadlink", wire="broadlink", kind="ir-remote", facts={"model": 0x27A9, "name": "NAME-OF-ITS-OWNER"}
    ),
    "androidtv-set-top-box": Scene(
        driver="androidtv",
        wire="androidtv",
        kind="set-top-box",
        facts={"model": "MIBOX4", "vendor": "Xiaomi", "steps": 20},
        settings={"power": True},
        writes={"volume": 35, "mute": True, "power": False},
        pressed={"power": True},
    ),
    "dlna-television": Scene(
        driver="dlna",
        wire="dlna",
        kind="uhd-tv",
        settings={"power": True},
        writes={"volume": 35, "mute": True},
        pressed={"volume": 60},
    ),
    "native-light-over-mqtt": Scene(driver="native", wire="native-mqtt", kind="light", writes={"power": True}, pressed={"power": False}),
    "native-light-over-coap": Scene(driver="native", wire="native-coap", kind="light", writes={"power": True}, pressed={"power": False}),
    "midea-air-conditioner-v2": Scene(
        driver="midea",
        wire="midea-v2",
        kind="air-conditioner",
        settings={"power": True},
        writes={"targetTemperature": 22.5, "mode": "heat"},
        pressed={"targetTemperature": 27.0},
    ),
    "midea-air-conditioner-v3": Scene(
        driver="midea",
        wire="midea-v3",
        kind="air-conditioner",
        facts=KEYS,
        answers=KEYS,
        settings={"power": True},
        writes={"eco": True},
        pressed={"power": False},
    ),
    "midea-refrigerator-read-only": Scene(driver="midea", wire="midea-v3", kind="refrigerator", facts=KEYS, answers=KEYS),
    "miio-air-conditioner": Scene(
        driver="miio",
        wire="miio",
        kind="air-conditioner",
        facts={"model": "xiaomi.aircondition.mc4", "token": TOKEN},
        answers={"token": TOKEN},
        settings={"power": True},
        writes={"targetTemperature": 22.5, "eco": True},
        pressed={"targetTemperature": 28.0},
    ),
    "miio-air-purifier": Scene(
        driver="miio",
        wire="miio",
        kind="air-purifier",
        facts={"model": "zhimi.airpurifier.mb3", "token": TOKEN},
        answers={"token": TOKEN},
        writes={"power": True, "childLock": True},
    ),
    "miio-fan-older-dialect": Scene(
        driver="miio",
        wire="miio",
        kind="fan",
        facts={"model": "dmaker.fan.p5", "token": TOKEN},
        answers={"token": TOKEN},
        writes={"power": True},
        pressed={"power": False},
    ),
    "echonet-air-conditioner": Scene(
        driver="echonet",
        wire="echonet",
        kind="air-conditioner",
        settings={"power": True},
        writes={"targetTemperature": 24.0},
        pressed={"targetTemperature": 27.0},
    ),
    "echonet-refrigerator": Scene(
        driver="echonet",
        wire="echonet",
        kind="refrigerator",
        features=("MOD", "QCK", "VAR", "ICE", "MTR"),
        writes={"fridgeTarget": 3.0, "mode": "quick-freeze"},
    ),
    "esphome-air-conditioner": Scene(
        driver="esphome",
        wire="esphome",
        kind="air-conditioner",
        facts={"node": "midea-uart", "key": ESPHOME_KEY},
        answers={"key": ESPHOME_KEY},
        writes={"power": True, "targetTemperature": 22.5, "fanMode": "quiet"},
        pressed={"targetTemperature": 27.0},
    ),
    "zigbee2mqtt-plug": Scene(
        driver="zigbee2mqtt",
        wire="zigbee2mqtt",
        kind="plug",
        facts={"quirks": ["retains"]},
        writes={"power": False, "powerOnState": "off"},
        pressed={"power": True},
    ),
    "mqttdiscovery-light": Scene(
        driver="mqttdiscovery",
        wire="mqttdiscovery",
        kind="light",
        features=("CT",),
        facts={"firmware": "entities"},
        writes={"power": True, "brightness": 40},
        pressed={"power": False},
    ),
    "echonet-few-at-once": Scene(
        driver="echonet",
        wire="echonet",
        kind="air-conditioner",
        facts={"most": 4, "quirks": ["quiet", "to-source"]},
        writes={"power": True},
    ),
}


async def record(scene: Scene) -> list[Mapping[str, Any]]:
    """Return the entries of one session: opened, asked, written to, pressed at, asked again."""
    recorder = Recorder(load)
    async with _unit(scene, recorder.driver(scene.driver)) as bench:
        key = bench.registration.key
        async with recorder.recording(bench.registration.driver, key, bench.clock) as recording:
            async with watched(bench) as house:
                await _played_out(scene, house, recording)
            return entries_of(recording)


@asynccontextmanager
async def _unit(scene: Scene, driver: Driver) -> AsyncIterator[Bench]:
    """Start the unit; one that speaks the standard gets a hub with a broker."""
    if scene.driver == "native":
        with TemporaryDirectory() as folder:
            async with hub(Path(folder)) as (lent, broker), native(lent, scene.wire, scene.kind, broker=broker.address.url) as bench:
                bench.driver = driver
                yield bench
        return
    if scene.driver == "zigbee2mqtt":
        with TemporaryDirectory() as folder:
            async with bridged(Path(folder), scene.kind, features=scene.features, **scene.facts) as bench:
                bench.driver = driver
                yield bench
        return
    if scene.driver == "mqttdiscovery":
        with TemporaryDirectory() as folder:
            async with discovered(Path(folder), scene.kind, features=tuple(scene.features or ()), facts=scene.facts) as bench:
                bench.driver = driver
                yield bench
        return
    if scene.driver == "androidtv":
        async with bench_of(scene.kind, scene.facts, scene.settings) as bench:
            bench.driver = driver
            yield bench
        return
    made: dict[str, Any] = {"facts": scene.facts, "answers": scene.answers, "features": scene.features, "settings": scene.settings}
    async with simulated(driver, scene.wire, scene.kind, **made) as bench:
        yield bench


async def _played_out(scene: Scene, house: House, recording: Recording) -> None:
    sink = house.sink
    await until(lambda: any(report.complete for report in sink.reports), "a complete report", PATIENCE)
    for name, value in scene.writes.items():
        await house.write(name, value)
        await until(lambda name=name, value=value: house.values.get(name) == value, f"{name} is shown", PATIENCE)  # type: ignore[misc]
    if scene.pressed:
        house.bench.appliance.touch(dict(scene.pressed))
        house.bench.clock.advance(60)
        await until(lambda: scene.pressed.items() <= house.values.items(), f"{dict(scene.pressed)} is shown", PATIENCE)
    await asyncio.sleep(0.05)
    recording.finish()


def entries_of(recording: Recording) -> list[Mapping[str, Any]]:
    """Return what was written down in a recording that is over."""
    entries = []
    while (entry := recording.entries.get_nowait()) is not None:
        entries.append(entry)
    return entries


def main() -> None:
    """Make those that are named, or all."""
    for name in sys.argv[1:] or SCENES:
        entries = asyncio.run(record(SCENES[name]))
        text = "".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n" for entry in entries)
        (HERE / f"{name}.jsonl").write_text(text, encoding="utf-8")
        print(f"{name}: {len(entries)} lines, {len(text)} bytes")


if __name__ == "__main__":
    main()
