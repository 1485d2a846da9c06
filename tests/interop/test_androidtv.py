"""A client that we did not write, androidtvremote2, drives the simulated box: pairing, keys, links, and what the box tells by itself."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from androidtvremote2 import AndroidTVRemote, InvalidAuth

from firmware_sim.plan import UnitPlan
from firmware_sim.unit import Unit
from tests.drivers.contract_bench import living
from tests.drivers.kit import until
from tests.kit.addresses import address

pytestmark = pytest.mark.interop
FACTS: dict[str, Any] = {"model": "MIBOX4", "vendor": "Xiaomi", "mac": "22:22:ED:06:00:01", "version": "5.2.1"}


@pytest.fixture
async def box() -> AsyncIterator[Unit]:
    async with living(UnitPlan(kind="set-top-box", wire="androidtv", address=address(), facts=FACTS)) as unit:
        yield unit


async def client_of(unit: Unit, folder: Path) -> AndroidTVRemote:
    client = AndroidTVRemote("a hub", str(folder / "cert.pem"), str(folder / "key.pem"), unit.network.address)
    await client.async_generate_cert_if_missing()
    return client


async def paired(unit: Unit, folder: Path) -> AndroidTVRemote:
    client = await client_of(unit, folder)
    await client.async_start_pairing()
    await client.async_finish_pairing(unit.document()["screen"])
    return client


async def test_it_is_known_by_its_certificate(box: Unit, tmp_path: Path) -> None:
    client = await client_of(box, tmp_path)
    assert await client.async_get_name_and_mac() == ("MIBOX4", "22:22:ED:06:00:01")


async def test_a_client_that_was_not_paired_is_told_so_and_one_that_was_is_let_in(box: Unit, tmp_path: Path) -> None:
    client = await client_of(box, tmp_path)
    with pytest.raises(InvalidAuth):
        await client.async_connect()
    await client.async_start_pairing()
    right = box.document()["screen"]
    with pytest.raises(InvalidAuth):
        await client.async_finish_pairing(f"{int(right[:2], 16) ^ 1:02X}{right[2:]}")
    await client.async_finish_pairing(right)
    assert "screen" not in box.document()
    await client.async_connect()
    assert client.device_info == {"manufacturer": "Xiaomi", "model": "MIBOX4", "sw_version": "5.2.1"}
    client.disconnect()


async def test_it_tells_how_it_is_and_what_changes(box: Unit, tmp_path: Path) -> None:
    client = await paired(box, tmp_path)
    await client.async_connect()
    await until(lambda: client.volume_info, "the volume is told")
    assert (client.is_on, client.volume_info) == (True, {"level": 6, "max": 20, "muted": False})
    assert client.current_app == "com.google.android.tvlauncher"
    box.appliance.touch({"volume": 50, "mute": True})
    await until(lambda: client.volume_info == {"level": 10, "max": 20, "muted": True}, "a change by hand is told")
    box.appliance.touch({"power": False})
    await until(lambda: client.is_on is False, "off is told")
    client.disconnect()


async def test_keys_and_links_are_obeyed(box: Unit, tmp_path: Path) -> None:
    client = await paired(box, tmp_path)
    await client.async_connect()
    for key, name, value in (("VOLUME_UP", "volume", 35), ("VOLUME_MUTE", "mute", True), ("CHANNEL_UP", "channel", 2)):
        client.send_key_command(key)
        await until(lambda name=name, value=value: box.appliance.values()[name] == value, f"{name} is {value}")  # type: ignore[misc]
    client.send_launch_app_command("https://www.netflix.com/title")
    await until(lambda: client.current_app == "com.netflix.ninja", "the app is in front")
    client.send_launch_app_command("com.spotify.tv.android")
    await until(lambda: client.current_app == "com.spotify.tv.android", "the other app is in front")
    client.send_key_command("POWER")
    await until(lambda: client.is_on is False, "it is off")
    client.disconnect()


async def test_pings_are_answered_and_a_client_that_is_silent_is_left(tmp_path: Path) -> None:
    facts = FACTS | {"ping": 0.05}
    async with living(UnitPlan(kind="uhd-tv", wire="androidtv", address=address(), facts=facts)) as unit:
        client = await paired(unit, tmp_path)
        await client.async_connect()
        await asyncio.sleep(0.5)
        assert client._remote_message_protocol is not None
        assert not client._remote_message_protocol.on_con_lost.done(), "it answers, and is not left"
        client.disconnect()
