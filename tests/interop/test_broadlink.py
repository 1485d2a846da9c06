"""broadlink, a client we did not write, on simulated transmitters: found, let in, learning, sending, measuring, locked, forgotten."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import broadlink
import pytest
from broadlink import exceptions

from firmware_sim.appliance import Appliance
from firmware_sim.home import Home, running_home
from firmware_sim.plan import UnitPlan
from tests.kit.addresses import address
from tests.kit.hosts import needs_hosts, two_hosts

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]
T = TypeVar("T")
RM4_PRO, RM4_MINI, RM_PRO, RM_MINI, RM_MINI_NEW = 0x649B, 0x51DA, 0x27A9, 0x2737, 0x5F36


async def asked(question: Callable[..., T], *words: Any, **more: Any) -> T:
    """Ask in a thread: the client blocks."""
    return await asyncio.to_thread(question, *words, **more)


@asynccontextmanager
async def room(**facts: object) -> AsyncIterator[tuple[Home, str, int]]:
    """A transmitter with an air conditioner and a television that obey their remotes."""
    where = address()
    plans = [UnitPlan(kind="ir-remote", wire="broadlink", id="eye", address=where, port=0, room="room", facts=facts)]
    plans += [
        UnitPlan(kind=kind, wire="ir", id=kind, address=address(), room="room", facts={"misses": 0.0})
        for kind in ("air-conditioner", "uhd-tv")
    ]
    async with running_home(plans) as home:
        port = home.unit("eye").port
        assert port
        yield home, where, port


async def let_in(where: str, port: int) -> Any:
    device = await asked(broadlink.hello, where, port=port, timeout=3)
    assert await asked(device.auth)
    return device


def eye(home: Home) -> Appliance:
    return home.unit("eye").appliance


@pytest.mark.parametrize(
    ("model", "kind", "name"),
    [
        (RM4_PRO, "RM4PRO", "RM4 pro"),
        (RM4_MINI, "RM4MINI", "RM4 mini"),
        (RM_PRO, "RMPRO", "RM pro+"),
        (RM_MINI, "RMMINI", "RM mini 3"),
        (RM_MINI_NEW, "RMMINIB", "RM mini 3"),
    ],
)
async def test_it_is_found_and_learns_and_sends_on_each_model(model: int, kind: str, name: str) -> None:
    async with room(model=model, mac="24dfa7010203", name="客厅") as (home, where, port):
        (found,) = await asked(broadlink.discover, timeout=1, discover_ip_address=where, discover_ip_port=port)
        assert (found.type, found.model, found.mac.hex(), found.name, found.is_locked) == (kind, name, "24dfa7010203", "客厅", False)
        device = await let_in(where, port)
        assert await asked(device.get_fwversion) == 57
        await asked(device.enter_learning)
        with pytest.raises((exceptions.StorageError, exceptions.ReadError)) as nothing:
            await asked(device.check_data)
        assert isinstance(nothing.value, exceptions.ReadError) == (model == RM_PRO)
        eye(home).touch({"press": {"remote": "air-conditioner", "set": {"power": True, "targetTemperature": 21}}})
        code = await asked(device.check_data)
        home.unit("air-conditioner").physical.touch({"power": False, "targetTemperature": 30})
        await asked(device.send_data, code)
        values = home.unit("air-conditioner").physical.values()
        assert (values["power"], values["targetTemperature"]) == (True, 21), "the learned code is obeyed"
        await asked(device.update)
        assert (device.name, device.is_locked) == ("客厅", False)


async def test_the_client_s_own_code_of_pulses_is_sent_as_it_means_it() -> None:
    from broadlink.remote import data_to_pulses, pulses_to_data  # noqa: PLC0415 - the client's own

    from firmware_sim.infrared.handhelds import HANDHELDS  # noqa: PLC0415 - likewise

    async with room() as (home, where, port):
        device = await let_in(where, port)
        pressed = HANDHELDS["uhd-tv"].press("power").pulses
        data = bytes(pulses_to_data([*pressed, 100_000]))
        assert max(abs(a - b) for a, b in zip(data_to_pulses(data), pressed, strict=False)) <= 34
        await asked(device.send_data, data)
        assert home.unit("uhd-tv").physical.values()["power"] is True
        again = bytes([data[0], 1]) + data[2:]
        await asked(device.send_data, again)
        assert eye(home).truth()["sent"] == 3, "said once more"


async def test_it_measures_what_its_model_measures() -> None:
    async with room(model=RM4_PRO, temperature=23.45, humidity=41.5) as (_, where, port):
        assert await asked((await let_in(where, port)).check_sensors) == {"temperature": 23.45, "humidity": 41.5}
    async with room(model=RM_PRO, temperature=19.5) as (_, where, port):
        assert await asked((await let_in(where, port)).check_sensors) == {"temperature": 19.5}
    async with room(model=RM4_MINI, quirks=["no-sensor"]) as (_, where, port):
        assert await asked((await let_in(where, port)).check_sensors) == {"temperature": 0.0, "humidity": 0.0}
    async with room(model=RM4_PRO, temperature=-2.5) as (_, where, port):
        assert await asked((await let_in(where, port)).check_temperature) == -2.5


async def test_a_locked_one_lets_nobody_in() -> None:
    async with room(locked=True) as (_, where, port):
        device = await asked(broadlink.hello, where, port=port, timeout=3)
        assert device.is_locked
        with pytest.raises(exceptions.AuthenticationError):
            await asked(device.auth)


async def test_who_was_not_let_in_or_is_forgotten_has_an_expired_key() -> None:
    async with room() as (home, where, port):
        device = await asked(broadlink.hello, where, port=port, timeout=3)
        with pytest.raises(exceptions.AuthorizationError):
            await asked(device.enter_learning)
        assert await asked(device.auth)
        await asked(device.enter_learning)
        with pytest.raises(exceptions.AuthorizationError):
            await asked(device.send_data, bytes([0x26, 0, 0xD0, 0x07]) + bytes([20]) * 2000)  # a long one, as owners found
        home.unit("eye").appliance.mains("off")
        home.unit("eye").appliance.mains("on")
        while (again := home.unit("eye").port) in {None, port} or not home.unit("eye").network.powered:
            await asyncio.sleep(0.05)
        device.host = (where, again)
        with pytest.raises(exceptions.AuthorizationError):
            await asked(device.enter_learning)
        assert await asked(device.auth)
        await asked(device.enter_learning)


@needs_hosts
def test_it_is_found_by_true_broadcast_on_port_80(tmp_path: Path) -> None:
    with two_hosts() as (unit, hub):
        home, log = tmp_path / "home.yaml", tmp_path / "simulator.log"
        facts = f"{{mac: 24dfa7000001, broadcast: {unit.address.rpartition('.')[0]}.255}}"
        home.write_text(f"units: [{{id: eye, kind: ir-remote, wire: broadlink, address: {unit.address}, facts: {facts}}}]\n")
        unit.start([sys.executable, "-m", "firmware_sim.cli", "--home", home], log=log)
        unit.run(["timeout", "30", "sh", "-c", f"until grep -q ready {log}; do sleep 0.1; done"])
        everybody = f"{hub.address.rpartition('.')[0]}.255"  # this host has no way to 255.255.255.255
        words = f"timeout=2, discover_ip_address={everybody!r}"
        script = (
            f"import broadlink, json; print(json.dumps([[one.host, one.mac.hex(), one.auth()] for one in broadlink.discover({words})]))"
        )
        found = json.loads(hub.run([sys.executable, "-c", script]).stdout)
        assert found == [[[unit.address, 80], "24dfa7000001", True]]
