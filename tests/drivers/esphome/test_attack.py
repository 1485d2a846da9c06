"""Nodes that are broken or mean harm, and strangers on their port: bounded, said in words, and never a mistake of ours."""

import asyncio
import time
import tracemalloc
from typing import Any

import pytest

from firmware_sim.wires.esphome.entity import key_of
from firmware_sim.wires.protobuf import varint
from gateway.drivers.esphome.library import Secrets
from gateway.drivers.esphome.link import PORT, RATE, linked
from gateway.drivers.esphome.message import Message
from gateway.drivers.esphome.roster import MOST, roster_of
from gateway.errors import DeviceFailure, HulianError, Offline, TimedOut, Unauthenticated
from gateway.thing.clock import SystemClock
from tests.drivers.esphome.kit import DONE, HELLO, INFO, KEY, OTHER, Stranger, node, plain, stranger, talk
from tests.drivers.kit import until

QUICK = 0.05
GREETING = b"\x01\x00\x06\x01shed\x00"


def saying(*pieces: bytes, leave: bool = False) -> Stranger:
    """Say one piece more each time that somebody says something."""

    async def says(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            await reader.read(4096)
            writer.write(piece)
            await writer.drain()
        if leave:
            writer.transport.abort()

    return says


GARBAGE: dict[str, tuple[Stranger, str]] = {
    "a web server": (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), ""),
    "a web server, to a key": (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), KEY),
    "nothing, and gone": (saying(leave=True), ""),
    "nothing, and gone, to a key": (saying(leave=True), KEY),
    "a length without an end": (saying(b"\x00" + b"\xff" * 12), ""),
    "a length of a quarter of a gigabyte": (saying(b"\x00" + varint(2**28 - 1) + b"\x02"), ""),
    "a hello that is no message": (saying(b"\x00\x03\x02\x0a\xff\xff"), ""),
    "another major version": (saying(plain("HelloResponse", api_version_major=9)), ""),
    "a greeting without a name": (saying(b"\x01\x00\x01\x01\x01\x00\x00"), KEY),
    "another suite": (saying(b"\x01\x00\x02\x02\x00"), KEY),
    "half a handshake, and gone": (saying(GREETING + b"\x01\x00\x31\x00" + bytes(10), leave=True), KEY),
    "a handshake of zeros": (saying(GREETING + b"\x01\x00\x31\x00" + bytes(48)), KEY),
    "a handshake too short": (saying(GREETING + b"\x01\x00\x03\x00ab"), KEY),
    "a refusal in words of its own": (saying(GREETING + b"\x01\x00\x06\x01\x1b[31m"), KEY),
}


@pytest.mark.parametrize(("says", "key"), GARBAGE.values(), ids=GARBAGE.keys())
async def test_garbage_is_said_in_words(says: Stranger, key: str) -> None:
    async with stranger(says) as where:
        with pytest.raises((HulianError, OSError)) as refused:
            async with talk(where, key):
                pass
        assert str(refused.value).isprintable()
        assert str(refused.value)


@pytest.mark.long
async def test_a_length_that_cannot_be_takes_no_memory() -> None:
    async with stranger(saying(HELLO, b"\x00" + varint(60_000_000) + b"\x10")) as where:
        tracemalloc.start()
        try:
            with pytest.raises(HulianError):
                async with talk(where):
                    pass
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("link.GREET", "roster.PATIENCE", "node.ANSWER"):
        monkeypatch.setattr(f"gateway.drivers.esphome.{name}", 4 * QUICK)


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("key", ["", KEY])
async def test_who_never_greets_is_given_up(key: str) -> None:
    async with stranger(saying()) as where:
        with pytest.raises(TimedOut):
            async with talk(where, key):
                pass


@pytest.mark.usefixtures("hurry")
async def test_who_stops_in_the_middle_of_a_handshake_is_given_up() -> None:
    async with stranger(saying(GREETING + b"\x01\x00\x31\x00" + bytes(10))) as where:
        with pytest.raises(TimedOut):
            async with talk(where, KEY):
                pass


@pytest.mark.usefixtures("hurry")
async def test_who_never_ends_the_list_is_given_up() -> None:
    async with stranger(saying(HELLO, INFO + plain("ListEntitiesSwitchResponse", object_id="a", key=1))) as where:
        with pytest.raises(TimedOut):
            async with talk(where):
                pass


async def test_an_endless_list_is_refused() -> None:
    async with node("plug", "metering-plug") as (_, wire, where):
        row = ("ListEntitiesSensorResponse", {"object_id": "s", "key": 1})
        wire.node.strange = [(row[0], {**row[1], "key": number, "object_id": f"s{number}"}) for number in range(MOST + 1)]
        with pytest.raises(DeviceFailure, match="entities"):
            async with talk(where):
                pass


async def test_an_entity_of_endless_words_is_left_out_and_the_rest_counts() -> None:
    async with node("plug", "metering-plug") as (_, wire, where):
        wire.node.strange = [
            ("ListEntitiesSelectResponse", {"object_id": "huge", "key": 1, "options": [f"option {number}" for number in range(1000)]}),
            ("ListEntitiesSensorResponse", {"object_id": "x" * 5000, "key": 2}),
        ]
        async with talk(where) as held:
            keys = [feature.key for feature in held.roster.claim().features]
            assert "switch/relay/state" in keys
            assert not any("huge" in key or "xxxx" in key for key in keys)


async def test_of_two_with_one_number_or_one_name_the_first_counts() -> None:
    async with node("plug", "metering-plug") as (_, wire, where):
        wire.node.strange = [
            ("ListEntitiesLockResponse", {"object_id": "relay_again", "key": key_of("relay")}),
            ("ListEntitiesSwitchResponse", {"object_id": "relay", "key": 12345}),
        ]
        async with talk(where) as held:
            keys = [feature.key for feature in held.roster.claim().features]
            assert keys.count("switch/relay/state") == 1
            assert not any("relay_again" in key for key in keys)
            await held.node.set({"switch/relay/state": False})
            await until(lambda: held.told["switch/relay/state"] is False, "the first relay is meant")


async def test_what_is_no_number_is_told_to_nobody() -> None:
    async with node("light", "everything") as (_, wire, where), talk(where) as held:
        await until(lambda: "sensor/broken/state" in held.told, "a state")
        assert held.told["sensor/broken/state"] is None
        for strange in (float("inf"), float("nan"), -float("inf")):
            wire.push("SensorStateResponse", {"key": key_of("pressure"), "state": strange})
            await held.link.lives()
            assert held.told["sensor/pressure/state"] is None


async def test_a_state_of_nothing_it_has_or_of_another_kind_is_left_aside() -> None:
    async with node("plug", "metering-plug") as (_, wire, where), talk(where) as held:
        before = dict(held.told)
        wire.push("SwitchStateResponse", {"key": 4711, "state": False})
        wire.push("LockStateResponse", {"key": key_of("relay"), "state": "NONE"})
        await held.link.lives()
        assert held.told == before


@pytest.mark.usefixtures("hurry")
async def test_names_with_control_characters_reach_nobody() -> None:
    evil = "Wohn\x1b[2Jzimmer\r\n\u202e"
    async with node("plug", "metering-plug") as (_, wire, where):
        wire.node.strange = [
            ("ListEntitiesSensorResponse", {"object_id": evil, "key": 99, "name": evil, "unit_of_measurement": evil, "device_class": evil})
        ]
        about = {**wire.node.about(), "friendly_name": evil, "project_name": f"{evil}.{evil}", "esphome_version": evil}
        wire.node.about = lambda: about  # type: ignore[method-assign]
        async with talk(where) as held:
            claim = held.roster.claim()
            texts = [claim.title, claim.maker, claim.model, claim.firmware]
            texts += [text for each in claim.features for text in (each.key, each.name, each.title, each.unit, each.device_class)]
            assert all(text.isprintable() for text in texts)


async def test_a_flood_of_states_is_not_read_whole_and_the_node_is_driven_all_the_same() -> None:
    async with node("plug", "metering-plug") as (_, wire, where), talk(where) as held:
        (client,) = wire.clients
        flood = b"".join(plain("SensorStateResponse", key=key_of("power"), state=float(turn)) for turn in range(20_000))
        client.put(flood)
        began = time.perf_counter()
        await until(lambda: held.link.dropped > 0, "some is dropped")
        assert time.perf_counter() - began < 5
        assert held.link.dropped > 20_000 - RATE[1] - 10 * RATE[0]
        assert not held.link.closed.done()


async def test_few_messages_of_many_bytes_are_a_flood_too() -> None:
    async with node("plug", "metering-plug") as (_, wire, where), talk(where) as held:
        (client,) = wire.clients
        client.put(plain("TextSensorStateResponse", key=4711, state="x" * 30_000) * 100)
        await until(lambda: held.link.dropped > 0, "some is dropped")


async def test_bytes_that_are_no_message_end_it_without_a_trace(caplog: pytest.LogCaptureFixture) -> None:
    async with node("plug", "metering-plug") as (_, wire, where), talk(where) as held:
        (client,) = wire.clients
        client.put(b"\x00\x03\x19\x0a\xff\xff")
        await until(held.node.closed.done, "it is over")
        assert "cannot be read" in str(held.node.closed.exception())
        assert not [record for record in caplog.records if record.name.startswith(("aioesphomeapi", "asyncio")) and record.levelno > 30]
        with pytest.raises(Offline):
            await held.node.set({"switch/relay/state": False})


async def test_another_node_at_the_address_is_no_node_of_ours() -> None:
    for key in ("none", KEY):
        async with node("plug", "metering-plug", key=key, mac="11:22:33:44:55:66") as (_, _, where):
            if key == "none":
                async with talk(where) as held:
                    assert held.roster.mac == "112233445566"  # the driver looks, see test_session
            else:
                with pytest.raises(Offline, match="another node"):
                    async with talk(where, key):
                        pass


REFUSALS: dict[str, tuple[dict[str, Any], str, type[HulianError], str]] = {
    "a wrong key": ({"key": KEY}, OTHER, Unauthenticated, "refuses its encryption key"),
    "no key where one is asked for": ({"key": KEY}, "", Unauthenticated, "asks for an encryption key"),
    "a key where nobody asks for one": ({}, KEY, DeviceFailure, "speaks in clear"),
    "a program that tells no name": ({"key": KEY, "quirks": ["no-name"]}, OTHER, Unauthenticated, "refuses its encryption key"),
}


@pytest.mark.parametrize(("facts", "key", "error", "words"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_keys_that_do_not_fit_are_said_with_what_to_do(facts: dict[str, Any], key: str, error: type[HulianError], words: str) -> None:
    async with node("plug", "metering-plug", **facts) as (_, _, where):
        with pytest.raises(error, match=words) as refused:
            async with talk(where, key):
                pass
        assert KEY not in str(refused.value)
        assert OTHER not in str(refused.value)
        assert error is not Unauthenticated or "hulian credentials import esphome:aabbccddeeff" in str(refused.value)


async def test_the_older_password_opens_and_a_wrong_one_is_said() -> None:
    async with node("plug", "metering-plug", password="of a test") as (_, _, where):
        async with talk(where, password="of a test") as held:
            assert "switch/relay/state" in held.told
        with pytest.raises((Unauthenticated, Offline), match="password"):
            async with talk(where, password="another"):
                pass


async def test_a_node_that_says_goodbye_ends_the_conversation_in_words() -> None:
    async with node("plug", "metering-plug", quirks=["says-goodbye"]) as (_, _, where), talk(where) as held:
        await until(held.node.closed.done, "it is over")
        assert "goodbye" in str(held.node.closed.exception())


async def test_one_that_sleeps_is_said_to_sleep() -> None:
    async with node("plug", "metering-plug", sleeps=[0.3, 60]) as (_, wire, where):
        about = {**wire.node.about(), "has_deep_sleep": True}
        wire.node.about = lambda: about  # type: ignore[method-assign]
        async with talk(where) as held:
            await until(held.node.closed.done, "it sleeps")
            assert "sleep" in str(held.node.closed.exception())


async def test_a_slow_list_is_waited_for() -> None:
    async with node("plug", "metering-plug", quirks=["slow-list"]) as (_, _, where), talk(where) as held:
        assert len(held.told) == 7


async def test_an_entity_that_tells_no_state_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.drivers.esphome.node.ANSWER", QUICK)
    async with node("plug", "metering-plug") as (_, wire, where):
        states = wire.node.states
        wire.node.states = lambda: {key: value for key, value in states().items() if key[1] != key_of("energy")}  # type: ignore[method-assign]
        async with talk(where) as held:
            assert await held.node.ask() is True
            assert "sensor/energy/state" not in held.told


async def test_it_is_told_the_time_when_it_asks() -> None:
    async with node("plug", "metering-plug", quirks=["asks-time"]) as (_, wire, where), talk(where) as held:
        await held.link.lives()
        (told,) = [call.arguments["epoch"] for call in wire.node.calls]
        assert abs(told - held.clock.now()) < 60


async def test_it_looks_up_no_names_by_mdns(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the library opened its own mDNS")

    monkeypatch.setattr("aioesphomeapi.zeroconf.ZeroconfManager._create_async_zeroconf", never)
    async with node("plug", "metering-plug", key=KEY) as (_, _, where), talk(where, KEY) as held:
        await held.link.lives(Message("PingRequest"))


STRANGE_INFO: dict[str, bytes] = {
    "no MAC": plain("DeviceInfoResponse", name="x"),
    "a MAC of words": plain("DeviceInfoResponse", name="x", mac_address="not a mac at all"),
}


@pytest.mark.parametrize("info", STRANGE_INFO.values(), ids=STRANGE_INFO.keys())
async def test_who_does_not_say_who_it_is_has_no_identity(info: bytes) -> None:
    async with stranger(saying(HELLO, info + DONE)) as where, linked(where, PORT, Secrets(), "", SystemClock()) as link:
        assert (await roster_of(link, SystemClock())).mac == ""


async def test_one_who_gives_up_waiting_takes_nobody_elses_answer() -> None:
    hurried = asyncio.Event()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await saying(HELLO)(reader, writer)
        await hurried.wait()
        writer.write(plain("PingResponse"))

    async with stranger(late) as where, linked(where, PORT, Secrets(), "", SystemClock()) as link:
        first = asyncio.create_task(link.asked("PingResponse", Message("PingRequest"), patience=0.05))
        second = asyncio.create_task(link.asked("PingResponse", Message("PingRequest"), patience=2.0))
        with pytest.raises(TimedOut):
            await first
        hurried.set()
        assert (await second).kind == "PingResponse"
