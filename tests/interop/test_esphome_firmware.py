"""Our driver on real ESPHome firmware, which runs here as a program: what it says about itself, what it shows, what it does when told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from gateway.drivers.esphome.driver import DRIVER
from gateway.drivers.esphome.library import Secrets
from gateway.drivers.esphome.link import linked
from gateway.drivers.esphome.message import Message
from gateway.drivers.esphome.node import Node
from gateway.drivers.esphome.roster import roster_of
from gateway.drivers.spi import Context, SearchContext
from gateway.errors import DeviceFailure, Offline
from gateway.thing.clock import SystemClock
from gateway.thing.value import Value
from tests.drivers.kit import LIBRARY, until
from tests.interop.esphome_firmware import PROGRAM

PORT = 16053
MAC = "063569abf679"
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # a test vector: no node has it
pytestmark = [
    pytest.mark.interop,
    pytest.mark.timeout(60),
    pytest.mark.skipif(not PROGRAM.exists(), reason="`python tests/interop/esphome_firmware.py` builds the node (three minutes)"),
]


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        restore_signals=False,  # on this platform it would die of a client that leaves while it speaks (SIGPIPE); a board knows no signals
    )
    try:
        for _ in range(400):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", PORT)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            break
        yield
    finally:
        process.kill()
        await process.wait()


async def test_a_real_node_is_found_read_and_set_and_not_spoken_to_in_clear_with_a_key() -> None:
    clock = SystemClock()
    async with running():
        dropped: list[str] = []
        asking = SearchContext(
            interfaces=(),
            unicast=(f"127.0.0.1:{PORT}",),
            context=Context(gateway="test", clock=clock, random=Random(1), library=LIBRARY),
            asked=lambda _where, _what: None,
            dropped=lambda _where, why: dropped.append(why),
        )
        assert DRIVER.search is not None
        found = [DRIVER.recognise(sighting) async for sighting in DRIVER.search(asking)]
        assert [(each.key, each.title, each.needs) for each in found if each] == [(MAC, "ESPHome Hosted", ())], dropped
        async with linked("127.0.0.1", PORT, Secrets(), MAC, clock) as link:
            roster = await roster_of(link, clock)
            assert roster.identity() == {"maker": "hulian-tests", "model": "hosted", "sw": "1.0 (ESPHome 2026.6.5)"}
            node, told = Node(link, roster, clock), dict[str, Value]()
            node.heard = told.update
            await node.begin()
            assert await node.ask() is True
            shown = {"switch/relay/state": False, "number/level/state": 5, "select/scene/state": "a", "binary_sensor/door/state": True}
            assert {name: told[name] for name in shown} == shown
            assert told["sensor/nothing/state"] is None
            assert (told["climate/zone/mode"], told["climate/zone/preset_mode"]) == ("off", "home")
            assert any(key.startswith("cover/blind") for key in node.optimistic)
            await until(lambda: told["sensor/room/state"] == 21.5, "the room")
            asked: dict[str, Value] = {
                "switch/relay/state": True,
                "number/level/state": 55,
                "select/scene/state": "b",
                "lock/shed/state": True,
                "cover/blind/position": 40,
                "climate/zone/mode": "heat",
                "climate/zone/target_temperature_low": 22,
            }
            await node.set(asked)
            await until(lambda: asked.items() <= told.items(), "all of it is shown")
            await node.set({"button/ring/press": True, "service/send_raw": {"code": [9000, -4500, 560]}})
            await link.lives(Message("PingRequest"))

        with pytest.raises((DeviceFailure, Offline), match=r"in clear|breaks off"):  # a key is never done without
            async with linked("127.0.0.1", PORT, Secrets(key=KEY), MAC, clock):
                pass
