"""A client that we did not write, async-upnp-client, drives the simulated renderer: search, description, actions, events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import IPv4Address
from typing import Any

import pytest
from async_upnp_client.aiohttp import AiohttpNotifyServer, AiohttpRequester
from async_upnp_client.client_factory import UpnpFactory
from async_upnp_client.exceptions import UpnpActionError
from async_upnp_client.profiles.dlna import DmrDevice, TransportState
from async_upnp_client.search import async_search

from firmware_sim.plan import UnitPlan
from firmware_sim.unit import Unit
from tests.drivers.contract_bench import living
from tests.drivers.kit import until
from tests.kit.addresses import address

pytestmark = pytest.mark.interop
MEDIA = "http://127.0.0.1:9/film.mp4"


@asynccontextmanager
async def renderer(kind: str, **facts: Any) -> AsyncIterator[tuple[Unit, DmrDevice]]:
    """Start a renderer, and the foreign client on it with its own server for events."""
    plan = UnitPlan(kind=kind, wire="dlna", address=address(), facts=facts, settings={"power": True})
    requester = AiohttpRequester()
    server = AiohttpNotifyServer(requester, source=("127.0.0.1", 0))
    async with living(plan) as unit:
        await server.async_start_server()
        try:
            device = await UpnpFactory(requester).async_create_device(f"http://{unit.network.address}:49152/description.xml")
            yield unit, DmrDevice(device, server.event_handler)
        finally:
            await server.async_stop_server()


async def test_it_answers_a_search_and_says_where_it_is_described() -> None:
    async with renderer("uhd-tv") as (unit, device):
        found: list[Any] = []

        async def answered(headers: Any) -> None:
            found.append(dict(headers))

        await async_search(answered, timeout=1, search_target=DmrDevice.DEVICE_TYPES[0], target=(unit.network.address, 1900))
        assert found[0]["location"] == f"http://{unit.network.address}:49152/description.xml"
        assert found[0]["_udn"] == device.udn
        assert str(IPv4Address(unit.network.address)) in found[0]["location"]


async def test_it_shows_and_takes_volume_and_mute_and_tells_changes() -> None:
    async with renderer("uhd-tv") as (unit, device):
        await device.async_update()
        assert (device.volume_level, device.is_volume_muted) == (0.2, False)
        await device.async_set_volume_level(0.35)
        await device.async_mute_volume(True)
        assert (unit.appliance.values()["volume"], unit.appliance.values()["mute"]) == (35, True)
        assert await device.async_subscribe_services() is not None
        unit.appliance.touch({"volume": 50, "mute": False})
        await until(lambda: device.volume_level == 0.5 and device.is_volume_muted is False, "the change is told")
        await device.async_unsubscribe_services()


@pytest.mark.parametrize("kind", ["uhd-tv", "set-top-box"])
async def test_it_plays_what_it_is_given_and_pauses_and_stops(kind: str) -> None:
    async with renderer(kind) as (unit, device):
        unit.appliance.advance(60)
        await device.async_update()
        assert device.transport_state is TransportState.NO_MEDIA_PRESENT
        with pytest.raises(UpnpActionError):
            await device.async_play()
        await device.async_subscribe_services()
        await device.async_set_transport_uri(MEDIA, "A film", {})
        await device.async_play()
        unit.appliance.advance(10)
        await until(lambda: device.transport_state is TransportState.PLAYING, "it plays")
        assert device.media_title == "A film"
        await device.async_pause()
        await until(lambda: device.transport_state is TransportState.PAUSED_PLAYBACK, "it pauses")
        await device.async_stop()
        await until(lambda: device.transport_state is TransportState.STOPPED, "it stops")
        await device.async_unsubscribe_services()


async def test_a_subscription_can_be_renewed() -> None:
    async with renderer("set-top-box", lease=60) as (_, device):
        left = await device.async_subscribe_services()
        assert left is not None
        assert left <= timedelta(seconds=60)
        assert await device.async_subscribe_services() is not None
        await device.async_unsubscribe_services()
