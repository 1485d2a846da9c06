"""The simulated Gree unit over real datagrams, spoken to by nobody's library: what it answers, what it keeps to itself, its quirks."""

import asyncio
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
from firmware_sim.wire import WireOptions, wire_factory
from firmware_sim.wires.gree.seal import SHARED_KEYS, hide, reveal
from firmware_sim.wires.gree_lan import PORT, STAYS, Wire

SOON, LONG = 0.15, 20.0
COOLING = ("HEAT", "AUTO", "HUM", "OUT", "SWV", "ECO", "SLP")
COLUMNS = {"Pow", "Mod", "SetTem", "TemUn", "TemRec", "WdSpd", "SwUpDn", "SwingLfRig", "Quiet", "Tur", "SwhSlp", "SlpMod", "Lig", "Health"}
COLUMNS |= {"Air", "Blo", "StHt", "SvSt", "HeatCoolType", "AllErr", "TemSen", "OutEnvTem", "DwatSen", "Dmod", "Dwet"}


class Client:
    """A socket of somebody who knows the protocol."""

    def __init__(self, wire: Wire, where: str, version: int) -> None:
        self.wire, self.where, self.version = wire, where, version
        self.plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.plug.setblocking(False)
        self.plug.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.plug.bind(("127.0.0.1", 0))
        self.key: bytes | None = None

    async def raw(self, data: bytes, *, to: str = "", port: int = 0, patience: float = LONG) -> tuple[dict[str, Any], str] | None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendto(self.plug, data, (to or self.where, port or self.wire.port or PORT))
        try:
            async with asyncio.timeout(patience):
                answer, peer = await loop.sock_recvfrom(self.plug, 4096)
        except TimeoutError:
            return None
        return json.loads(answer), peer[0]

    async def scan(self, patience: float = LONG) -> dict[str, Any] | None:
        answer = await self.raw(b'{"t":"scan"}', patience=patience)
        return None if answer is None else self.opened(answer[0])

    async def bind(self, version: int = 0, patience: float = LONG, **more: object) -> dict[str, Any] | None:
        version = version or self.version
        letter = {"t": "bind", "mac": self.wire.identity.mac, "uid": 0, **more}
        answer = await self.raw(self.cover(1, hide(version, SHARED_KEYS[version], letter)), patience=patience)
        if answer is None:
            return None
        told = self.opened(answer[0])
        self.key = told["key"].encode()
        return told

    async def ask(self, letter: dict[str, Any], patience: float = LONG, **cover: object) -> dict[str, Any] | None:
        if self.key is None:
            await self.bind()
        assert self.key is not None
        answer = await self.raw(self.cover(0, hide(self.version, self.key, letter), **cover), patience=patience)
        return None if answer is None else self.opened(answer[0])

    async def status(self, *names: str, patience: float = LONG) -> dict[str, Any] | None:
        told = await self.ask({"t": "status", "mac": self.wire.identity.mac, "cols": list(names)}, patience)
        return None if told is None else dict(zip(told["cols"], told["dat"], strict=True))

    async def cmd(self, **values: Any) -> dict[str, Any]:
        told = await self.ask({"t": "cmd", "opt": list(values), "p": list(values.values())})
        assert told is not None
        return told

    def cover(self, selector: int, hidden: dict[str, str], **more: object) -> bytes:
        return json.dumps({"t": "pack", "i": selector, "uid": 0, "cid": "app", "tcid": self.wire.identity.mac, **hidden, **more}).encode()

    def opened(self, answer: dict[str, Any]) -> dict[str, Any]:
        version = 2 if "tag" in answer else 1
        key = SHARED_KEYS[version] if answer["i"] == 1 else self.key
        assert key is not None
        return reveal(version, key, answer)


@asynccontextmanager
async def living(
    network: Network, kind: str = "air-conditioner", features: tuple[str, ...] = COOLING, port: int | None = 0, **facts: Any
) -> AsyncIterator[tuple[Client, Appliance]]:
    appliance = make_appliance(kind, identifier="gree-wire", features=features)
    wire = Wire(appliance, network, WireOptions(port=port, facts=facts))
    async with wire:
        client = Client(wire, network.address, facts.get("version", 1))
        try:
            yield client, appliance
        finally:
            client.plug.close()


def test_it_is_in_the_table_of_wires() -> None:
    assert wire_factory("gree_lan") is Wire


@pytest.mark.parametrize("version", [1, 2])
async def test_a_scan_is_answered_in_its_version_from_its_own_address(network: Network, version: int) -> None:
    async with living(network, version=version, mac="f4911e7aca59", name="bedroom") as (client, _):
        answer = await client.raw(b'{"t":"scan"}')
        assert answer is not None
        assert (answer[1], "tag" in answer[0], answer[0]["i"]) == (network.address, version == 2, 1)
        card = client.opened(answer[0])
        assert (card["t"], card["mac"], card["mid"], card["name"], card["ver"]) == ("dev", "f4911e7aca59", "10001", "bedroom", "V1.1")


@pytest.mark.parametrize("version", [1, 2])
async def test_its_key_opens_status_and_commands(network: Network, version: int) -> None:
    async with living(network, version=version, key="k" * 16) as (client, appliance):
        told = await client.bind()
        assert told == {"t": "bindok", "mac": client.wire.identity.mac, "key": "k" * 16, "r": 200}
        assert await client.status("Mod", "Pow", "Nonsense") == {"Mod": 1, "Pow": 0}
        assert (await client.cmd(Pow=1, Mod=4))["val"] == [1, 4]
        assert (appliance.values()["power"], appliance.values()["mode"]) == (True, "heat")
        assert client.wire.module.obeyed == 1


async def test_all_columns_are_there_and_none_that_a_feature_brings_without_it(network: Network) -> None:
    async with living(network) as (client, _):
        first, rest = sorted(COLUMNS)[:15], sorted(COLUMNS)[15:]
        shown = ((await client.status(*first)) or {}) | ((await client.status(*rest)) or {})
        assert shown.keys() == COLUMNS
        assert (await client.status("hid", "mid", "name")) == {
            "hid": "362001000000+U-HULIANV1.60.bin",
            "mid": "10001",
            "name": client.wire.identity.name,
        }
    async with living(network, features=()) as (client, _):
        assert await client.status("SwUpDn", "SvSt", "SwhSlp", "SlpMod", "OutEnvTem", "DwatSen", "Dwet", "Add0.5", "Pow") == {"Pow": 0}


SET = [
    ({"Pow": 1}, {"power": True}),
    ({"Mod": 0}, {"mode": "auto"}),
    ({"Mod": 2}, {"mode": "dry"}),
    ({"Mod": 3}, {"mode": "fan"}),
    ({"SetTem": 21}, {"targetTemperature": 21.0}),
    ({"SetTem": 21, "TemRec": 1}, {"targetTemperature": 21.5}),
    ({"WdSpd": 1}, {"fanMode": "low"}),
    ({"WdSpd": 2}, {"fanMode": "low"}),
    ({"WdSpd": 3}, {"fanMode": "medium"}),
    ({"WdSpd": 4}, {"fanMode": "medium"}),
    ({"WdSpd": 5}, {"fanMode": "high"}),
    ({"Quiet": 2}, {"fanMode": "quiet"}),
    ({"Tur": 1}, {"fanMode": "turbo"}),
    ({"Tur": 1, "WdSpd": 1}, {"fanMode": "turbo"}),
    ({"SwUpDn": 1}, {"verticalSwing": True}),
    ({"SwUpDn": 9}, {"verticalSwing": True}),
    ({"SwUpDn": 4}, {"verticalSwing": False}),
    ({"SwhSlp": 1}, {"sleepMode": "on"}),
    ({"SvSt": 1}, {"eco": True}),
    ({"Dwet": 9}, {"targetHumidity": 60}),
]


@pytest.mark.parametrize(("columns", "values"), SET, ids=[str(columns) for columns, _ in SET])
async def test_a_command_presses_what_it_says_and_the_columns_show_it(
    network: Network, columns: dict[str, int], values: dict[str, Any]
) -> None:
    async with living(network) as (client, appliance):
        await client.cmd(**columns)
        assert {name: appliance.values()[name] for name in values} == values
        assert await client.status(*columns) == columns


@pytest.mark.parametrize("column", ["SwingLfRig", "Lig", "Health", "Air", "Blo", "StHt", "TemUn"])
async def test_what_the_standard_has_no_word_for_the_board_remembers(network: Network, column: str) -> None:
    async with living(network) as (client, appliance):
        before = appliance.values()
        was = await client.status(column)
        assert was is not None
        await client.cmd(**{column: 1 - was[column]})
        assert await client.status(column) == {column: 1 - was[column]}
        assert appliance.values() == before


@pytest.mark.parametrize(
    "columns", [{"SetTem": 99}, {"Mod": 7}, {"Pow": True}, {"WdSpd": "fast"}, {"TemSen": 20}, {"Nonsense": 1}, {"Lig": 2}]
)
async def test_what_it_cannot_do_it_leaves_out_and_repeats_all_the_same(network: Network, columns: dict[str, Any]) -> None:
    async with living(network) as (client, appliance):
        before, shown = appliance.values(), await client.status(*columns)
        assert (await client.cmd(**columns))["val"] == list(columns.values())
        assert appliance.values() == before
        assert await client.status(*columns) == shown


async def test_switched_by_hand_it_shows_another_speed_and_louvre(network: Network) -> None:
    async with living(network) as (client, appliance):
        await client.cmd(WdSpd=2, SwUpDn=8, Quiet=3)
        appliance.touch({"fanMode": "low", "verticalSwing": False})
        assert await client.status("WdSpd", "SwUpDn", "Quiet", "Tur") == {"WdSpd": 2, "SwUpDn": 0, "Quiet": 0, "Tur": 0}
        appliance.touch({"fanMode": "high", "verticalSwing": True})
        assert await client.status("WdSpd", "SwUpDn") == {"WdSpd": 5, "SwUpDn": 1}
        appliance.touch({"fanMode": "quiet"})
        assert await client.status("WdSpd", "Quiet") == {"WdSpd": 5, "Quiet": 3}
        appliance.raise_fault("REFRIG.LOW-CHARGE")
        assert await client.status("AllErr") == {"AllErr": 1}


async def test_a_unit_that_keeps_halves_in_a_column_of_their_own(network: Network) -> None:
    async with living(network, quirks=["add-half"]) as (client, appliance):
        await client.cmd(SetTem=23, **{"Add0.5": 1, "TemRec": 0})
        assert appliance.values()["targetTemperature"] == 23.5
        assert await client.status("SetTem", "TemRec", "Add0.5") == {"SetTem": 23, "TemRec": 0, "Add0.5": 1}
        await client.cmd(SetTem=23, TemRec=1, **{"Add0.5": 0})
        assert appliance.values()["targetTemperature"] == 23.0


async def test_a_unit_that_knows_whole_degrees_only(network: Network) -> None:
    async with living(network, quirks=["whole"]) as (client, appliance):
        await client.cmd(SetTem=23, TemRec=1)
        assert appliance.values()["targetTemperature"] == 23.0
        assert await client.status("SetTem", "TemRec", "Add0.5") == {"SetTem": 23, "TemRec": 0}


async def test_a_unit_that_shows_fahrenheit(network: Network) -> None:
    async with living(network, quirks=["fahrenheit"]) as (client, appliance):
        await client.cmd(SetTem=22, TemRec=1)
        assert appliance.values()["targetTemperature"] == 22.0
        assert await client.status("TemUn", "SetTem", "TemRec") == {"TemUn": 1, "SetTem": 22, "TemRec": 1}
        await client.cmd(TemUn=0)
        assert await client.status("TemUn", "SetTem", "TemRec") == {"TemUn": 0, "SetTem": 22, "TemRec": 0}


@pytest.mark.parametrize(("quirks", "offset"), [([], 40), (["plain-sensor"], 0)])
async def test_sensors_show_forty_more_or_not(network: Network, quirks: list[str], offset: int) -> None:
    async with living(network, quirks=quirks) as (client, appliance):
        values = appliance.values()
        shown = await client.status("TemSen", "OutEnvTem")
        assert shown == {"TemSen": round(values["roomTemperature"]) + offset, "OutEnvTem": round(values["outdoorTemperature"]) + offset}


async def test_a_dehumidifier_has_columns_of_its_own(network: Network) -> None:
    async with living(network, "humidifier", ("DEHUMID", "TMP")) as (client, appliance):
        await client.cmd(Dwet=10, WdSpd=3, Pow=1)
        await client.cmd(Dmod=1)
        values = appliance.values()
        assert (values["targetHumidity"], values["mode"]) == (65, "manual")
        shown = await client.status("Pow", "Dmod", "Dwet", "DwatSen", "DwatFul", "TemSen", "WdSpd", "Dfltr", "AllErr", "Mod", "SetTem")
        assert shown == {
            "Pow": 1,
            "Dmod": 1,
            "Dwet": 10,
            "DwatSen": round(values["roomHumidity"]),
            "DwatFul": 0,
            "TemSen": round(values["roomTemperature"]) + 40,
            "WdSpd": 3,
            "Dfltr": 0,
            "AllErr": 0,
        }
        appliance.touch({"tankLitres": 4.0})
        assert await client.status("DwatFul", "AllErr") == {"DwatFul": 1, "AllErr": 1}
        await client.cmd(Dmod=2, Dwet=99)
        assert (appliance.values()["mode"], appliance.values()["targetHumidity"]) == ("auto", 65)


async def test_a_version_2_unit_may_answer_a_scan_in_version_1_and_is_bound_in_version_2_only(network: Network) -> None:
    async with living(network, version=2, quirks=["scan-in-v1"]) as (client, _):
        answer = await client.raw(b'{"t":"scan"}')
        assert answer is not None
        assert "tag" not in answer[0]
        assert await client.bind(1, SOON) is None
        assert await client.bind(2)
        assert client.wire.module.unread == 1


async def test_some_tell_their_key_only_to_who_has_scanned(network: Network) -> None:
    async with living(network, quirks=["scan-first"]) as (client, _):
        assert await client.bind(patience=SOON) is None
        await client.scan()
        assert await client.bind()


@pytest.mark.parametrize("quirk", ["unprovisioned", "scan-only"])
async def test_some_answer_a_scan_and_keep_their_key(network: Network, quirk: str) -> None:
    async with living(network, quirks=[quirk]) as (client, _):
        assert await client.scan()
        assert await client.bind(patience=SOON) is None


async def test_some_have_nobody_listening(network: Network) -> None:
    async with living(network, quirks=["closed"]) as (client, _):
        assert client.wire.port is None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
            plug.settimeout(LONG)
            plug.connect((network.address, PORT))
            plug.send(b'{"t":"scan"}')
            with pytest.raises(ConnectionRefusedError):
                plug.recv(100)


async def test_a_fussy_one_says_nothing_when_a_column_is_too_new_or_there_are_too_many(network: Network) -> None:
    async with living(network, quirks=["fussy"]) as (client, _):
        assert await client.status("Pow", "OutEnvTem", patience=SOON) is None
        assert await client.status(*["Pow"] * 30, patience=SOON) is None
        assert await client.status("Pow") == {"Pow": 0}


async def test_it_remembers_only_so_many_that_scanned(network: Network) -> None:
    async with living(network, quirks=["scan-first"]) as (client, _):
        await client.scan()
        for port in range(1000):
            client.wire.module.answer(b'{"t":"scan"}', ("192.0.2.1", port))
        assert len(client.wire.module._scanned) == 64
        assert await client.bind(patience=SOON) is None


async def test_another_fills_up_with_blanks(network: Network) -> None:
    async with living(network, quirks=["blanks"]) as (client, _):
        assert await client.status("Pow", "Nonsense") == {"Pow": 0, "Nonsense": ""}


async def test_hours_after_the_internet_some_leave_and_are_back_with_it(network: Network) -> None:
    async with living(network, quirks=["leaves-without-internet"]) as (client, _):
        assert await client.status("hid") == {"hid": "362001000000+U-HULIANV1.23.bin"}
        network.reach(False)
        network.elapse(STAYS - 1)
        assert await client.scan()
        network.elapse(1)
        assert await client.scan(SOON) is None
        network.reach(True)
        assert await client.scan()


async def test_how_long_it_stays_can_be_said(network: Network) -> None:
    network.leaves_after = 60.0
    async with living(network, quirks=["leaves-without-internet"]):
        assert network.leaves_after == 60.0


NOISE = [
    b"",
    b"scan",
    b"[]",
    b"{}",
    b'{"t":"pack","i":1,"tcid":"MAC","pack":"AAAA"}',
    b'{"t":"pack","i":0,"tcid":"MAC","pack":"QUJDREVGR0hJSktMTU5PUA=="}',
    b'{"t":"pack","i":0,"tcid":"MAC"}',
    b'{"t":"scan"}' + b" " * 1500,
    b"\xff\xfe\x00",
]


@pytest.mark.parametrize("data", NOISE, ids=range(len(NOISE)))
async def test_noise_gets_no_answer_and_the_next_question_does(network: Network, data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with living(network) as (client, _):
        assert await client.raw(data.replace(b"MAC", client.wire.identity.mac.encode()), patience=SOON) is None
        assert await client.scan()
        assert caplog.records == [], "it did not stumble"


async def test_what_is_for_another_unit_or_makes_no_sense_gets_no_answer(network: Network) -> None:
    async with living(network) as (client, appliance):
        await client.bind()
        mac, other = client.wire.identity.mac, "000000000000"
        assert await client.bind(mac=other, patience=SOON) is None
        assert await client.ask({"t": "status", "mac": other, "cols": ["Pow"]}, SOON) is None
        assert await client.ask({"t": "status", "mac": mac, "cols": ["Pow"]}, SOON, tcid=other) is None
        assert await client.ask({"t": "dance", "mac": mac}, SOON) is None
        assert await client.ask({"t": "status", "cols": "Pow"}, SOON) is None
        assert await client.ask({"t": "status", "cols": ["Pow", 7]}, SOON) is None
        assert await client.ask({"t": "cmd", "opt": ["Pow"], "p": []}, SOON) is None
        assert appliance.values()["power"] is False
        assert client.wire.module.obeyed == 0


async def test_a_bad_network_loses_doubles_damages_and_silences_its_answers(network: Network) -> None:
    async with living(network) as (client, _):
        for badness in ({"loss": 1.0}, {"silent": True}):
            network.set(**badness)
            assert await client.scan(SOON) is None
            network.set(loss=0.0, silent=False)
        network.set(twice=1.0)
        assert await client.raw(b'{"t":"scan"}')
        async with asyncio.timeout(LONG):
            assert await asyncio.get_running_loop().sock_recv(client.plug, 4096)
        network.set(twice=0.0, garbled=1.0)
        loop = asyncio.get_running_loop()
        await loop.sock_sendto(client.plug, b'{"t":"scan"}', (client.where, client.wire.port or PORT))
        async with asyncio.timeout(LONG):
            damaged = await loop.sock_recv(client.plug, 4096)
        network.set(garbled=0.0)
        whole = await client.raw(b'{"t":"scan"}')
        assert whole is not None
        assert damaged != json.dumps(whole[0], separators=(",", ":")).encode()


async def test_a_broadcast_reaches_only_those_told_to_hear_it(street: Callable[[], str]) -> None:
    deaf, hearing = Network(street()), Network(street())
    async with living(deaf), living(hearing, broadcast=True, mac="f4911e000042") as (client, _):
        heard = set()
        for _ in range(3):
            answer = await client.raw(b'{"t":"scan"}', to="127.255.255.255", port=PORT, patience=1.0)
            heard |= {answer[1]} if answer else set()
    assert deaf.address not in heard
    assert heard


async def test_its_port_is_the_make_s_and_free_again_afterwards(network: Network) -> None:
    for _ in range(2):
        async with living(network, port=None) as (client, _appliance):
            assert client.wire.port == PORT
            assert await client.scan()


@pytest.mark.parametrize("version", [0, 3, "two", None])
def test_there_are_two_versions(network: Network, version: object) -> None:
    appliance = make_appliance("air-conditioner", identifier="gree-wire", features=())
    with pytest.raises(SetupMistake, match="1 or 2"):
        Wire(appliance, network, WireOptions(facts={"version": version}))
