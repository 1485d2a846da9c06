"""Native appliances found by an independent mDNS browser on the loopback interface."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
from zeroconf import NonUniqueNameException, ServiceListener, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires import responder
from firmware_sim.wires.announce import SERVICE, Wire
from firmware_sim.wires.thing import describe

PATIENCE = 30
OPTIONS = WireOptions(modules=("native_coap", "announce"), coap_port=5683)


class Finds(ServiceListener):
    """What the browser knows now, and what it was told to forget."""

    def __init__(self) -> None:
        self.here: set[str] = set()
        self.gone: set[str] = set()
        self._moved = asyncio.Event()

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:  # noqa: ARG002 - the listener's signature
        self.here.add(name)
        self._moved.set()

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self.add_service(zc, type_, name)

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:  # noqa: ARG002 - the listener's signature
        self.here.discard(name)
        self.gone.add(name)
        self._moved.set()

    async def until(self, fits: Callable[["Finds"], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not fits(self):
                self._moved.clear()
                await self._moved.wait()


@asynccontextmanager
async def browsing(service: str = SERVICE) -> AsyncIterator[tuple[AsyncZeroconf, Finds]]:
    finds = Finds()
    async with AsyncZeroconf(interfaces=["127.0.0.1"]) as zeroconf:
        browser = AsyncServiceBrowser(zeroconf.zeroconf, service, listener=finds)
        yield zeroconf, finds
        await browser.async_cancel()


async def looked_up(zeroconf: AsyncZeroconf, identifier: str) -> AsyncServiceInfo:
    info = AsyncServiceInfo(SERVICE, f"{identifier}.{SERVICE}")
    assert await info.async_request(zeroconf.zeroconf, 10_000)
    return info


def unit(network: Network, request: pytest.FixtureRequest, number: int = 0) -> Appliance:
    """A plug whose name no other test process announces."""
    return make_appliance("plug", identifier=f"plug-{network.address.replace('.', '-')}-{number}", title=request.node.name)


async def test_an_appliance_is_found_with_all_a_gateway_needs(network: Network, request: pytest.FixtureRequest) -> None:
    plug = unit(network, request)
    async with browsing() as (zeroconf, finds), Wire(plug, network, OPTIONS):
        await finds.until(lambda finds: f"{plug.identifier}.{SERVICE}" in finds.here)
        info = await looked_up(zeroconf, plug.identifier)
        assert info.parsed_addresses() == [network.address]
        assert (info.port, info.server) == (5683, f"{plug.identifier}.local.")
        thing = describe(plug, network, OPTIONS)
        assert info.decoded_properties == {
            "txtvers": "1",
            "id": plug.identifier,
            "k": "plug",
            "pv": "1.0",
            "f": ",".join(plug.features),
            "mq": "0",
            "lv": "1",
            "h": hashlib.sha256(thing.body).hexdigest()[:8],
            "pr": "0",
            "b": str(plug.boot % 256),
            "td": "/d/self/td",
            "type": "Thing",
            "scheme": "coap",
        }
        assert all(len(key) <= 9 for key in info.decoded_properties)
        assert len(info.text) <= 400


async def test_a_kind_can_be_asked_for(network: Network, request: pytest.FixtureRequest) -> None:
    plug = unit(network, request)
    async with browsing(f"_plug._sub.{SERVICE}") as (_, finds), Wire(plug, network, OPTIONS):
        await finds.until(lambda finds: bool([name for name in finds.here if name.startswith(plug.identifier)]))


async def test_leaving_in_order_says_goodbye(network: Network, request: pytest.FixtureRequest) -> None:
    plug = unit(network, request)
    name = f"{plug.identifier}.{SERVICE}"
    async with browsing() as (_, finds):
        async with Wire(plug, network, OPTIONS):
            await finds.until(lambda finds: name in finds.here)
        await finds.until(lambda finds: name in finds.gone)


async def test_a_power_cut_says_nothing_and_the_next_boot_tells_itself(network: Network, request: pytest.FixtureRequest) -> None:
    plug, other = unit(network, request), unit(network, request, 1)
    name = f"{plug.identifier}.{SERVICE}"
    async with browsing() as (zeroconf, finds), Wire(other, network, OPTIONS):
        async with Wire(plug, network, OPTIONS):
            await finds.until(lambda finds: name in finds.here)
            first = plug.boot
            plug.mains("off")
            network.supply(on=False)
        plug.mains("on")
        network.supply(on=True)
        network.address = "127.9.9.9"
        assert name not in finds.gone
        async with Wire(plug, network, replace(OPTIONS, coap_port=5684)):
            async with asyncio.timeout(PATIENCE):
                while (info := await looked_up(zeroconf, plug.identifier)).port != 5684 or info.parsed_addresses() != ["127.9.9.9"]:
                    await asyncio.sleep(0.1)
        assert info.decoded_properties["b"] == str((first + 1) % 256)


async def test_while_silent_nobody_gets_an_answer(network: Network, request: pytest.FixtureRequest) -> None:
    plug = unit(network, request)
    async with Wire(plug, network, OPTIONS):
        network.set(silent=True)
        async with AsyncZeroconf(interfaces=["127.0.0.1"]) as zeroconf:
            info = AsyncServiceInfo(SERVICE, f"{plug.identifier}.{SERVICE}")
            assert not await info.async_request(zeroconf.zeroconf, 1000)
            network.set(silent=False)
            assert await info.async_request(zeroconf.zeroconf, 10_000)


async def test_a_street_is_announced_at_once(street: Callable[[], str], request: pytest.FixtureRequest) -> None:
    homes = [Network(street()) for _ in range(8)]
    plugs = [unit(network, request) for network in homes]
    async with browsing() as (_, finds), AsyncExitStack() as stack:
        wires = [Wire(plug, network, OPTIONS) for plug, network in zip(plugs, homes, strict=True)]
        await asyncio.gather(*(wire.__aenter__() for wire in wires))
        for wire in wires:
            stack.push_async_exit(wire)
        await finds.until(lambda finds: {f"{plug.identifier}.{SERVICE}" for plug in plugs} <= finds.here)
    assert not responder._RESPONDERS.get(asyncio.get_running_loop())


async def test_two_hosts_of_one_name_do_not_live_together(plug: Appliance, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    async def taken(*_: object, **__: object) -> None:
        raise NonUniqueNameException

    # Responders of one machine share port 5353 and the kernel hands a unicast answer to any one of them: a true clash is luck here.
    monkeypatch.setattr(Zeroconf, "async_check_service", taken)
    with pytest.raises(OSError, match="another host"):
        await Wire(plug, network, OPTIONS).__aenter__()
    assert not responder._RESPONDERS.get(asyncio.get_running_loop())


async def test_a_missing_interface_is_an_error(plug: Appliance, network: Network) -> None:
    with pytest.raises(OSError, match=r".+"):
        await Wire(plug, network, replace(OPTIONS, interfaces=("192.0.2.1",))).__aenter__()
