"""The real Zigbee2MQTT as a child process, with the models our simulator has on its radio."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from firmware_sim.profile import parse
from firmware_sim.wires.zigbee2mqtt.model import model, models
from tests.kit.demo import ROOT

MODULES = ROOT / ".interop" / "node_modules"
HERE = Path(__file__).parent
RADIO: Mapping[str, Any] = parse(HERE / "zigbee2mqtt_radio.yaml")
PATIENCE = 60.0


def ieee(name: str) -> str:
    """Return the address on the radio that a model has here."""
    return f"0x00158d00000000{models().index(name):02x}"


def device(name: str, **more: Any) -> dict[str, Any]:
    """Return a model as the radio's script takes it."""
    known = model(name)
    about = known.about
    endpoints = {str(number): {**place, "attributes": RADIO.get(name, {}).get(number, {})} for number, place in known.endpoints.items()}
    told = {"ieee": ieee(name), "name": f"haus/{name} ü", "model": about["model_id"], "maker": about["manufacturer"]}
    return {**told, "power": about["power_source"], "router": about["type"] == "Router", "endpoints": endpoints, **more}


class Real:
    """The running bridge; `radio` is what it sent over the air."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.radio: list[list[Any]] = []
        self.ready = asyncio.Event()
        self._done = asyncio.Semaphore(0)

    async def listen(self) -> None:
        """Take what the script says until it ends."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            with suppress(json.JSONDecodeError):
                said = json.loads(line)
                if "radio" in said:
                    self.radio.append(said["radio"])
                elif "ready" in said:
                    self.ready.set()
                elif "done" in said:
                    self._done.release()

    async def order(self, **order: Any) -> None:
        """Have the radio hear something, and wait until it has."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        await self._done.acquire()

    async def report(self, name: str, cluster: str, endpoint: int = 1, **attributes: Any) -> None:
        """Have a device report attributes."""
        await self.order(report=ieee(name), cluster=cluster, endpoint=endpoint, attributes=attributes)

    def sent(self, name: str, command: str) -> list[Any]:
        """Return the payloads of a command that went to a device."""
        return [payload for address, _, _, said, payload in self.radio if address == ieee(name) and said == command]


@asynccontextmanager
async def real(folder: Path, broker: str, *devices: Mapping[str, Any], base: str = "zigbee2mqtt", **more: Any) -> AsyncIterator[Real]:
    """Run the real bridge for as long as the context lives, and let it say goodbye."""
    setup = {"data": str(folder / "zigbee2mqtt"), "broker": broker, "base": base, "devices": devices, **more}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "setup.json").write_text(json.dumps(setup))
    environment = {**os.environ, "NODE_PATH": os.environ.get("NODE_PATH", str(MODULES))}
    with (folder / "errors.txt").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            "node",
            HERE / "zigbee2mqtt_bridge.cjs",
            folder / "setup.json",
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    running = Real(process)
    listening = asyncio.create_task(running.listen(), name="what the real bridge says")
    try:
        await asyncio.wait({listening, asyncio.create_task(running.ready.wait())}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        assert running.ready.is_set(), (folder / "errors.txt").read_text()
        yield running
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
        await listening
