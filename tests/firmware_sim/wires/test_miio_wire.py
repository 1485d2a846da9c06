"""A simulated Xiaomi device over real sockets: what it answers, what it keeps silent about, and its bad habits."""

import asyncio
import itertools
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WireOptions
from firmware_sim.wires.miio.packet import HELLO, Packet, introduction, open_packet, seal
from firmware_sim.wires.miio.sheet import models, sheet, sheet_for
from firmware_sim.wires.miio_lan import PORT, Wire
from firmware_sim.wires.miio_mdns import Wire as Announced
from firmware_sim.wires.responder import responder
from tests.drivers.kit import until
from tests.kit.addresses import address

TOKEN = bytes.fromhex("00112233445566778899aabbccddeeff")  # a test vector: no device has it
DEVICE = 301234567
SOON = 0.1
"""Seconds of waiting that are taken for silence."""


class Client:
    """Somebody with a socket; `stamp` is what it thinks the device's clock says."""

    def __init__(self, plug: socket.socket, peer: tuple[str, int]) -> None:
        self.stamp = 1
        self.token = TOKEN
        self._plug = plug
        self._peer = peer
        self._numbers = itertools.count(1)

    async def say(self, data: bytes, patience: float = 5.0) -> bytes | None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendto(self._plug, data, self._peer)
        try:
            async with asyncio.timeout(patience):
                return await loop.sock_recv(self._plug, 4096)
        except TimeoutError:
            return None

    def request(self, method: str, params: Any, **more: Any) -> bytes:
        request = {"id": next(self._numbers), "method": method, "params": params} | more
        return seal(Packet(DEVICE, self.stamp, json.dumps(request).encode()), self.token)

    async def call(self, method: str, params: Any, **more: Any) -> Any:
        answer = await self.say(self.request(method, params, **more))
        assert answer is not None
        packet = open_packet(answer, TOKEN)
        assert packet.device == DEVICE
        said = json.loads(packet.payload)
        return said.get("result", said.get("error"))

    async def get(self, *keys: str) -> list[Any]:
        params = [{"did": key, "siid": int(key.split(".")[0]), "piid": int(key.split(".")[1])} for key in keys]
        return [(each["code"], each.get("value")) for each in await self.call("get_properties", params)]

    async def set(self, **values: Any) -> list[int]:
        params = [
            {"did": key, "siid": int(key[1:].split("_")[0]), "piid": int(key[1:].split("_")[1]), "value": value}
            for key, value in values.items()
        ]
        return [each["code"] for each in await self.call("set_properties", params)]

    async def silent(self, data: bytes) -> bool:
        return await self.say(data, SOON) is None


Opened = Callable[..., Any]


@asynccontextmanager
async def opened(
    kind: str, model: str, *, network: Network | None = None, **facts: object
) -> AsyncIterator[tuple[Appliance, Wire, Client]]:
    appliance = make_appliance(kind, identifier="miio-1")
    network = network or Network(address())
    told = {"model": model, "token": TOKEN.hex(), "did": DEVICE, **facts}
    async with Wire(appliance, network, WireOptions(facts=told)) as wire:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
            plug.setblocking(False)
            plug.bind((network.address, 0))
            yield appliance, wire, Client(plug, (network.address, PORT))


@pytest.fixture
async def fan() -> AsyncIterator[tuple[Appliance, Wire, Client]]:
    async with opened("fan", "dmaker.fan.p11") as everything:
        yield everything


@pytest.fixture
async def purifier() -> AsyncIterator[tuple[Appliance, Wire, Client]]:
    async with opened("air-purifier", "zhimi.airpurifier.mb3") as everything:
        yield everything


Everything = tuple[Appliance, Wire, Client]


async def test_a_hello_is_answered_with_number_and_stamp_but_not_the_token(fan: Everything) -> None:
    answer = await fan[2].say(HELLO)
    assert answer is not None
    assert answer[:12] == bytes.fromhex("2131002000000000") + DEVICE.to_bytes(4, "big")
    assert answer[16:] == b"\xff" * 16


@pytest.mark.parametrize(
    ("facts", "shown"), [({"provisioned": False}, TOKEN), ({"quirks": ["zeros"]}, bytes(16))], ids=["nobody's", "zeros"]
)
async def test_what_stands_in_the_place_of_the_token(facts: dict[str, Any], shown: bytes) -> None:
    async with opened("fan", "dmaker.fan.p11", **facts) as (_, _wire, client):
        answer = await client.say(HELLO)
        assert answer is not None
        assert answer[16:] == shown


async def test_it_tells_its_model_and_its_radio(fan: Everything) -> None:
    info = await fan[2].call("miIO.info", [])
    assert (info["model"], info["mac"]) == ("dmaker.fan.p11", fan[1].identity.mac)


async def test_silence_is_the_answer_to_whatever_is_wrong(fan: Everything) -> None:
    _, wire, client = fan
    client.token = bytes(16)
    assert await client.silent(client.request("miIO.info", []))
    client.token = TOKEN
    client.stamp = 1000
    assert await client.silent(client.request("miIO.info", []))
    client.stamp = 1
    assert await client.silent(client.request("miIO.info", [], id=0))
    assert await client.silent(b"hello?")
    assert await client.silent(seal(Packet(DEVICE + 1, 1, b'{"id":5,"method":"miIO.info"}'), TOKEN))
    assert wire.unread == 5


async def test_what_was_overheard_cannot_be_said_again(fan: Everything) -> None:
    appliance, _, client = fan
    request = client.request("set_properties", [{"siid": 2, "piid": 1, "value": True}])
    assert await client.say(request)
    appliance.touch({"power": False})
    assert await client.silent(request)
    assert appliance.values()["power"] is False


async def test_a_device_that_keeps_to_its_own_network_hears_no_other() -> None:
    home = Network(address())
    first, second, third, _ = home.address.split(".")
    async with opened("fan", "dmaker.fan.p11", network=home, quirks=["subnet"]) as (_, _wire, client):
        assert await client.say(HELLO)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
            plug.setblocking(False)
            plug.bind((f"{first}.{second}.{int(third) + 1}.1", 0))
            assert await Client(plug, (home.address, PORT)).silent(HELLO)


async def test_each_property_is_answered_with_a_code_and_the_callers_own_word_for_it(fan: Everything) -> None:
    answer = await fan[2].call("get_properties", [{"did": "speed", "siid": 2, "piid": 6}, {"siid": 8, "piid": 1}])
    assert answer == [{"did": "speed", "siid": 2, "piid": 6, "code": 0, "value": 40}, {"siid": 8, "piid": 1, "code": -4003}]
    assert await fan[2].get("6.1", "6.2") == [(-4001, None), (0, 0)]


async def test_what_cannot_be_written_says_which_way(fan: Everything) -> None:
    appliance, _, client = fan
    assert await client.set(p2_6=101, p2_3=7, p6_2=1, p9_9=1, p2_5=31, p2_6_="x") == [-4005, -4005, -4002, -4003, -4005, -4005]
    assert appliance.values()["fanPercent"] == 40


async def test_a_string_is_no_switch(fan: Everything) -> None:
    appliance, _, client = fan
    assert await client.set(p2_1=True) == [0]
    assert await client.set(p2_1="true") == [0]
    assert appliance.values()["power"] is False


async def test_what_the_appliance_refuses_is_an_error_or_a_cheerful_lie() -> None:
    for quirks, code in (([], -4004), (["deaf"], 0)):
        async with opened("fan", "dmaker.fan.p11", quirks=quirks) as (appliance, _, client):
            assert await client.set(p3_1=60) == [code]
            assert appliance.values()["offTimer"] == 0


async def test_the_timer_counts_down(fan: Everything) -> None:
    appliance, _, client = fan
    assert await client.set(p2_1=True, p3_1=60) == [0, 0]
    assert await client.get("3.1") == [(0, 60)]
    appliance.advance(900)
    assert await client.get("3.1") == [(0, 45)]
    assert appliance.values()["offTimer"] == 60


async def test_a_purifier_by_hand_runs_at_its_favourite_speed_or_at_a_step(purifier: Everything) -> None:
    appliance, _, client = purifier
    assert await client.set(p2_2=True, p2_5=2) == [0, 0]
    assert (await client.get("2.5", "10.8"), appliance.values()["fanPercent"]) == ([(0, 2), (0, 1150)], 50)
    assert await client.set(p10_7=1840) == [0]
    assert (await client.get("10.9"), appliance.values()["fanPercent"]) == ([(0, 1840)], 80)
    assert await client.set(p2_4=3, p2_5=3) == [0, 0]
    assert await client.get("2.5", "2.4") == [(0, 3), (0, 3)]
    assert appliance.values()["fanPercent"] == 100


async def test_a_favourite_that_is_chosen_beforehand_counts_from_when_it_runs_by_hand(purifier: Everything) -> None:
    appliance, _, client = purifier
    assert await client.set(p2_2=True, p10_7=1150, p2_5=2) == [0, 0, 0]
    assert appliance.values()["fanPercent"] == 50
    assert await client.set(p2_5=0, p10_7=2070) == [0, 0]
    assert appliance.values()["mode"] == "auto"
    assert await client.set(p2_5=2) == [0]
    assert (await client.get("10.7", "10.8"), appliance.values()["fanPercent"]) == ([(0, 2070), (0, 2070)], 90)


async def test_two_heaters_tell_the_same_under_their_own_numbers() -> None:
    for model, room, humidity in (("zhimi.heater.mc2", "4.7", -4003), ("zhimi.heater.za2", "5.8", 0)):
        async with opened("space-heater", model) as (appliance, _, client):
            (code, shown), (other, _percent) = await client.get(room, "5.7")
            assert (code, shown, other) == (0, round(appliance.values()["roomTemperature"], 1), humidity)


async def test_a_mode_the_model_has_no_number_for_cannot_be_read(purifier: Everything) -> None:
    purifier[0].touch({"power": True, "mode": "boost"})
    assert await purifier[2].get("2.5") == [(-4001, None)]


async def test_faults_have_numbers_and_some_only_one_for_all(purifier: Everything) -> None:
    appliance, _, client = purifier
    assert await client.get("2.1") == [(0, 0)]
    appliance.raise_fault("SENSOR.PM25")
    assert await client.get("2.1") == [(0, 3)]
    appliance.clear_fault("SENSOR.PM25")
    appliance.raise_fault("MAINS.OVERVOLTAGE")
    assert await client.get("2.1") == [(0, 1)]


async def test_actions_do_what_a_button_does(purifier: Everything) -> None:
    appliance, _, client = purifier
    appliance.touch({"filter": 5})
    answer = await client.call("action", {"did": "reset", "siid": 4, "aiid": 1, "in": []})
    assert answer == {"did": "reset", "siid": 4, "aiid": 1, "code": 0, "out": []}
    assert await client.get("4.3") == [(0, 100)]
    before = appliance.values()["power"]
    assert (await client.call("action", {"siid": 8, "aiid": 1}))["code"] == 0
    assert appliance.values()["power"] is not before
    assert (await client.call("action", {"siid": 8, "aiid": 9}))["code"] == -4003
    assert (await client.call("action", {"siid": 8, "aiid": 1, "in": [1]}))["code"] == -4006


async def test_an_air_conditioner_shows_the_step_it_was_set_to_as_long_as_that_is_true() -> None:
    async with opened("air-conditioner", "xiaomi.aircondition.mc4") as (appliance, _, client):
        assert await client.get("3.2", "10.1") == [(0, 0), (0, 101)]
        assert await client.set(p3_2=3) == [0]
        assert (await client.get("3.2"), appliance.values()["fanMode"]) == ([(0, 3)], "low")
        appliance.touch({"fanMode": "medium"})
        assert await client.get("3.2") == [(0, 4)]
        assert await client.set(p10_1=101, p2_4=22.25) == [0, -4005]
        assert (appliance.values()["fanMode"], await client.get("10.1")) == ("auto", [(0, 101)])


async def test_more_properties_than_it_carries_are_a_timeout() -> None:
    async with opened("fan", "dmaker.fan.p11", most=2) as (_, _wire, client):
        assert len(await client.get("2.1", "2.2")) == 2
        three = [{"siid": 2, "piid": piid} for piid in (1, 2, 3)]
        assert await client.call("get_properties", three) == {"code": -9999, "message": "user ack timeout"}
        assert (await client.call("get_prop", ["power"]))["code"] == -9999


async def test_a_busy_device_says_so_every_other_time() -> None:
    async with opened("fan", "dmaker.fan.p11", quirks=["busy"]) as (_, _wire, client):
        one = [{"siid": 2, "piid": 1}]
        codes = [said["code"] if isinstance(said, dict) else 0 for said in [await client.call("get_properties", one) for _ in range(4)]]
        assert codes == [-9999, 0, -9999, 0]
        assert (await client.call("miIO.info", []))["model"] == "dmaker.fan.p11"


async def test_the_older_dialect_has_names_and_a_method_for_each() -> None:
    async with opened("fan", "dmaker.fan.p5") as (appliance, _, client):
        assert await client.call("get_prop", ["power", "mode", "speed", "nonsense"]) == [False, "normal", 40, None]
        assert await client.call("s_power", [True]) == ["ok"]
        assert await client.call("s_mode", ["nature"]) == ["ok"]
        assert (appliance.values()["power"], appliance.values()["mode"]) == (True, "natural")
        assert [(await client.call(*each))["code"] for each in (("s_speed", [0]), ("s_speed", []), ("s_fly", [1]), ("get_prop", [1]))] == [
            -5001,
            -5001,
            -5000,
            -5001,
        ]


async def test_a_restart_begins_its_clock_anew() -> None:
    network = Network(address())
    async with opened("fan", "dmaker.fan.p11", network=network) as (_, _wire, client):
        client.stamp = 30
        assert await client.say(client.request("miIO.info", []))
        client.stamp = 1
        assert await client.silent(client.request("miIO.info", []))
    async with opened("fan", "dmaker.fan.p11", network=network) as (_, _wire, client):
        assert await client.say(client.request("miIO.info", []))


async def test_a_broadcast_reaches_only_those_told_to_hear_it() -> None:
    async with (
        opened("fan", "dmaker.fan.p11") as (_, deaf, _client),
        opened("fan", "dmaker.fan.p11", broadcast=True, did=DEVICE + 1) as (_, _wire, client),
    ):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
            plug.setblocking(False)
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            everybody = Client(plug, ("127.255.255.255", PORT))
            heard = {answer[8:12] for _ in range(3) if (answer := await everybody.say(HELLO, 1.0))}
        assert heard
        assert DEVICE.to_bytes(4, "big") not in heard
        assert deaf.unread == 0
        assert client


async def test_a_bad_network_is_silent_or_damages_what_it_carries() -> None:
    network, whole = Network(address()), {introduction(DEVICE, stamp) for stamp in range(60)}
    async with opened("fan", "dmaker.fan.p11", network=network) as (_, wire, client):
        network.set(silent=True)
        assert await client.silent(HELLO)
        network.set(silent=False, garbled=1.0)
        answers = [await client.say(HELLO) for _ in range(4)]
        assert all(answer is not None and answer not in whole for answer in answers)
        assert wire.unread == 0


async def test_its_announcement_falls_silent_with_its_network_and_comes_back() -> None:
    network = Network(address())
    facts = {"model": "zhimi.airpurifier.mb3", "did": DEVICE}
    purifier = make_appliance("air-purifier", identifier="miio-2")
    async with responder(("127.0.0.1",)) as shared, Announced(purifier, network, WireOptions(facts=facts)) as wire:
        registry = shared.zeroconf.zeroconf.registry
        name = "zhimi-airpurifier-mb3_miio301234567._miio._udp.local."
        assert wire.service.name == name
        await until(lambda: registry.async_get_info_name(name), "announced")
        network.set(silent=True)
        assert registry.async_get_info_name(name) is None
        network.set(silent=False)
        await until(lambda: registry.async_get_info_name(name), "announced again")
        assert wire.service.addresses == [socket.inet_aton(network.address)]
    assert registry.async_get_info_name(name) is None


def test_a_model_must_be_known_and_of_the_right_kind() -> None:
    with pytest.raises(SetupMistake, match=r"dmaker\.fan\.p11"):
        sheet_for("fan", "acme.fan.x1")
    with pytest.raises(SetupMistake, match="space-heater"):
        sheet_for("fan", "zhimi.heater.mc2")
    with pytest.raises(SetupMistake, match="refrigerator"):
        sheet_for("refrigerator", None)
    assert sheet_for("plug", None).model == "chuangmi.plug.212a01"


@pytest.mark.parametrize("model", models())
def test_a_table_is_named_after_its_model_and_every_method_sets_something(model: str) -> None:
    table = sheet(model)
    assert table.model == model
    assert set(table.methods.values()) <= set(table.entries)
    assert all(action.get("toggles", "") in ("", *table.entries) for action in table.actions.values())
    assert all(again in table.entries for entry in table.entries.values() for again in entry.spec.get("then", {}).values())


@pytest.mark.parametrize("token", ["", "00", "xy" * 16, "00" * 17])
def test_a_token_is_sixteen_bytes(token: str) -> None:
    with pytest.raises(SetupMistake, match="32 hexadecimal digits"):
        Wire(make_appliance("fan", identifier="f"), Network("127.0.25.1"), WireOptions(facts={"token": token}))
