"""The simulated Daikin adapter over real connections, asked by nobody's library: lines written by hand, what owners report."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WireOptions, wire_factory
from firmware_sim.wires.daikin_lan import Wire
from tests.kit.addresses import address

SOON = 0.3
NOTHING = "ret=PARAM NG,msg=404 Not Found"
WHOLE = {"pow": "1", "mode": "3", "stemp": "24.0", "shum": "0", "f_rate": "A", "f_dir": "0"}


class House:
    """One adapter, its air conditioner, and somebody who knows the protocol."""

    def __init__(self, appliance: Appliance, network: Network, wire: Wire) -> None:
        self.appliance, self.network, self.wire = appliance, network, wire

    async def raw(self, data: bytes) -> bytes:
        """Say something over TCP; return all that comes until the adapter leaves."""
        reader, writer = await asyncio.open_connection(self.network.address, self.wire.port)
        try:
            writer.write(data)
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def page(self, page: str, **words: str) -> str:
        query = "&".join(f"{name}={value}" for name, value in words.items())
        answer = await self.raw(f"GET /{page}?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return answer.partition(b"\r\n\r\n")[2].decode()

    async def words(self, page: str, **words: str) -> dict[str, str]:
        return {name: value for name, _, value in (word.partition("=") for word in (await self.page(page, **words)).split(","))}

    async def control(self, *names: str) -> tuple[str, ...]:
        words = await self.words("aircon/get_control_info")
        return tuple(words[name] for name in names)

    async def set(self, **changes: str) -> str:
        return await self.page("aircon/set_control_info", **WHOLE | changes)

    async def call(self, said: bytes = b"DAIKIN_UDP/common/basic_info") -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
            plug.setblocking(False)
            plug.bind(("127.0.0.1", 0))
            loop = asyncio.get_running_loop()
            await loop.sock_sendto(plug, said, (self.network.address, 30050))
            try:
                async with asyncio.timeout(SOON):
                    return await loop.sock_recv(plug, 4096)
            except TimeoutError:
                return b""


@asynccontextmanager
async def living(*quirks: str, port: int | None = 0, features: tuple[str, ...] | None = None, **facts: object) -> AsyncIterator[House]:
    appliance = make_appliance("air-conditioner", identifier="daikin-test", features=features)
    appliance.touch({"power": True, "mode": "cool", "targetTemperature": 24.0, "fanMode": "auto"})
    network = Network(address())
    wire = Wire(appliance, network, WireOptions(port=port, facts={"quirks": quirks, "mac": "D0C5D3042E82", "name": "Living", **facts}))
    async with wire:
        yield House(appliance, network, wire)


async def test_who_calls_hears_the_first_page() -> None:
    async with living() as house:
        card = await house.page("common/basic_info")
        assert card.startswith(
            "ret=OK,type=aircon,reg=eu,dst=1,ver=1_14_88,rev=D3A0C9F,pow=1,err=0,location=0,name=%4c%69%76%69%6e%67,icon=0,"
        )
        assert ",port=30050," in card
        assert ",mac=D0C5D3042E82," in card
        assert card.endswith(f",http_port={house.wire.port}")
        assert await house.call() == card.encode()
        assert await house.call(b"DAIKIN_UDP/other") == b""


async def test_on_port_80_it_says_nothing_of_its_port() -> None:
    with contextlib.suppress(PermissionError):
        async with living(port=None) as house:
            assert house.wire.port is not None
            told = await house.words("common/basic_info")
            assert told.get("http_port", "80") == str(house.wire.port)


async def test_its_pages_say_what_the_air_conditioner_shows() -> None:
    async with living() as house:
        house.appliance.touch({"fanMode": "medium", "verticalSwing": True})
        control = await house.page("aircon/get_control_info")
        assert control.startswith("ret=OK,pow=1,mode=3,adv=,stemp=24.0,shum=0,dt1=25.0,dt2=M,dt3=24.0,dt4=25.0,dt5=25.0,dt7=25.0,")
        assert await house.control("f_rate", "f_dir", "alert") == ("5", "1", "255")
        sensors = await house.words("aircon/get_sensor_info")
        assert (sensors["hhum"], sensors["err"], sensors["cmpfreq"]) == ("-", "0", "40")
        assert float(sensors["htemp"]) == pytest.approx(house.appliance.values()["roomTemperature"], abs=0.3)
        assert float(sensors["otemp"]) == pytest.approx(house.appliance.values()["outdoorTemperature"], abs=0.3)
        assert (await house.page("aircon/get_model_info")).startswith("ret=OK,model=10F5,type=N,pv=3.20,cpv=3,cpv_minor=20,mid=NA,humd=0,")
        assert await house.page("aircon/get_week_power") == NOTHING


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"pow": "0"}, {"power": False, "operatingState": "off"}),
        ({"mode": "4", "stemp": "21.5"}, {"mode": "heat", "targetTemperature": 21.5}),
        *[({"mode": number}, {"mode": "auto"}) for number in ("0", "1", "7")],
        ({"mode": "2", "stemp": "M"}, {"mode": "dry"}),
        ({"mode": "6", "stemp": "--"}, {"mode": "fan"}),
        *[
            ({"f_rate": rate}, {"fanMode": word})
            for rate, word in {"B": "quiet", "3": "low", "5": "medium", "7": "high", "A": "auto"}.items()
        ],
        ({"f_dir": "1"}, {"verticalSwing": True}),
        ({"f_dir": "2"}, {"verticalSwing": False}),
        ({"stemp": "26"}, {"targetTemperature": 26.0}),
    ],
)
async def test_it_does_what_it_is_told_and_shows_it(sent: dict[str, str], shown: dict[str, object]) -> None:
    async with living() as house:
        assert await house.set(**sent) == "ret=OK,adv="
        values = house.appliance.values()
        assert {name: values[name] for name in shown} == shown
        told = await house.control(*sent)
        assert told == tuple("26.0" if value == "26" else value for value in sent.values())


@pytest.mark.parametrize("missing", WHOLE)
async def test_every_word_is_needed(missing: str) -> None:
    async with living() as house:
        before = house.appliance.values()
        assert (
            await house.page("aircon/set_control_info", **{name: value for name, value in WHOLE.items() if name != missing})
            == "ret=PARAM NG"
        )
        assert house.appliance.values()["targetTemperature"] == before["targetTemperature"]


@pytest.mark.parametrize(
    "wrong",
    [{"pow": "2"}, {"mode": "5"}, {"stemp": "17.5"}, {"stemp": "33.5"}, {"stemp": "M"}, {"stemp": "24.3"}, {"mode": "4", "stemp": "9.5"},
     {"mode": "1", "stemp": "31.5"}, {"f_rate": "8"}, {"f_dir": "4"}],
    ids=str,
)  # fmt: skip
async def test_a_wrong_word_is_refused_and_nothing_is_done(wrong: dict[str, str]) -> None:
    async with living() as house:
        assert await house.set(**{"pow": "0"} | wrong) == "ret=PARAM NG"
        assert house.appliance.values()["power"] is True


async def test_special_modes_have_numbers_of_their_own() -> None:
    async with living() as house:
        assert await house.set(f_rate="3") == "ret=OK,adv="
        assert await house.page("aircon/set_special_mode", spmode_kind="1", set_spmode="1") == "ret=OK,adv=2"
        assert house.appliance.values()["fanMode"] == "turbo"
        assert await house.page("aircon/set_special_mode", en_streamer="1") == "ret=OK,adv=2/13"
        assert await house.set(f_rate="3", stemp="22.0") == "ret=OK,adv=2/13", "the speed it has already ends nothing"
        assert await house.page("aircon/set_special_mode", spmode_kind="1", set_spmode="0") == "ret=OK,adv=13"
        assert house.appliance.values()["fanMode"] == "low"
        assert await house.page("aircon/set_special_mode", spmode_kind="2", set_spmode="1") == "ret=OK,adv=12/13"
        assert house.appliance.values()["eco"] is True
        assert await house.page("aircon/set_special_mode", spmode_kind="9", set_spmode="1") == "ret=PARAM NG"
        assert await house.page("aircon/set_special_mode", spmode_kind="1") == "ret=PARAM NG"


async def test_each_mode_remembers_its_temperature_however_it_was_set() -> None:
    async with living() as house:
        house.appliance.touch({"targetTemperature": 27.0})
        await house.set(mode="4", stemp="20.0")
        house.appliance.touch({"mode": "dry"})
        assert await house.control("mode", "stemp", "dt3", "dt4") == ("2", "M", "27.0", "20.0")


async def test_a_post_is_as_good_as_a_question() -> None:
    async with living() as house:
        body = b"pow=1&mode=3&stemp=21.0&shum=0&f_rate=A&f_dir=0"
        head = f"POST /aircon/set_control_info HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        answer = await house.raw(head + body)
        assert answer.endswith(b"\r\n\r\nret=OK,adv=")
        assert answer.startswith(b"HTTP/1.0 200 OK\r\nContent-Length: 11\r\n")
        assert house.appliance.values()["targetTemperature"] == 21.0


@pytest.mark.parametrize("data", [b"\r\n\r\n", b"GET\r\n\r\n", b"PUT / HTTP/1.1\r\n\r\n", b"GET x HTTP/1.1\r\n\r\n", b"A" * 9000,
                                  b"POST /x HTTP/1.1\r\n\r\n", b"POST /x HTTP/1.1\r\nContent-Length: 99999\r\n\r\n"])  # fmt: skip
async def test_what_is_no_question_is_not_answered(data: bytes) -> None:
    async with living() as house:
        assert await house.raw(data) == b""
        assert (await house.page("common/basic_info")).startswith("ret=OK")


@pytest.mark.parametrize(
    ("quirk", "page", "words"),
    [
        ("no-unit", "aircon/get_control_info", {"ret": "SERIAL IF FAILURE"}),
        ("no-outdoor-when-off", "aircon/get_sensor_info", {"otemp": "-"}),
        ("no-room-sensor", "aircon/get_sensor_info", {"htemp": "-"}),
        ("idle-999", "aircon/get_sensor_info", {"cmpfreq": "999"}),
        ("no-special", "aircon/get_model_info", {"en_spmode": "0"}),
        ("no-fan-rate", "aircon/get_model_info", {"en_frate": "0", "en_fdir": "1"}),
        ("no-swing", "aircon/get_model_info", {"en_frate": "1", "en_fdir": "0"}),
        ("new-firmware", "common/basic_info", {"ret": "PARAM NG"}),
    ],
)
async def test_what_owners_report_can_be_had(quirk: str, page: str, words: dict[str, str]) -> None:
    async with living(quirk) as house:
        house.appliance.touch({"power": False})
        told = await house.words(page)
        assert words.items() <= told.items()
    async with living() as house:
        house.appliance.touch({"power": False})
        told = await house.words(page)
        assert not words.items() <= told.items()


async def test_models_without_speeds_or_louvre_have_no_words_for_them_and_need_none() -> None:
    async with living("no-fan-rate", "no-swing", "no-special") as house:
        assert not {"f_rate", "f_dir"} & (await house.words("aircon/get_control_info")).keys()
        assert await house.page("aircon/set_control_info", pow="1", mode="3", stemp="22.0", shum="0") == "ret=OK,adv="
        assert house.appliance.values()["targetTemperature"] == 22.0
        assert await house.page("aircon/set_special_mode", spmode_kind="1", set_spmode="1") == "ret=PARAM NG"


async def test_two_louvres_have_a_word_each() -> None:
    async with living("two-louvres") as house:
        assert await house.control("f_dir", "f_dir_ud", "f_dir_lr") == ("0", "0", "0")
        assert await house.set(f_dir="1") == "ret=PARAM NG"
        assert await house.set(f_dir_ud="S", f_dir_lr="S") == "ret=OK,adv="
        assert await house.control("f_dir", "f_dir_ud", "f_dir_lr") == ("0", "S", "S")
        assert house.appliance.values()["verticalSwing"] is True
        assert await house.set(f_dir_ud="1", f_dir_lr="0") == "ret=PARAM NG"


async def test_strict_ones_refuse_a_number_where_there_is_no_temperature_and_one_without_a_point() -> None:
    async with living("strict", "decimal-point") as house:
        assert await house.set(mode="2", stemp="24.0") == "ret=PARAM NG"
        assert await house.set(stemp="24") == "ret=PARAM NG"
        assert await house.set(mode="2", stemp="M") == "ret=OK,adv="
    async with living() as house:
        assert await house.set(mode="2", stemp="24.0") == "ret=OK,adv="


async def test_a_forgetful_one_says_ok_while_it_is_off() -> None:
    async with living("forgets-while-off") as house:
        assert await house.set(pow="0", mode="4", stemp="20.0") == "ret=OK,adv="
        assert await house.control("pow", "mode", "stemp") == ("0", "3", "24.0")
        assert await house.set(pow="1", mode="4", stemp="20.0") == "ret=OK,adv="
        assert await house.control("pow", "mode", "stemp") == ("1", "4", "20.0")


async def test_newer_and_secure_ones_say_so_when_they_are_called() -> None:
    async with living("new-firmware") as house:
        assert b",type=GPF,cdev=RA,protocol=DGC," in b"," + await house.call()
    async with living("secure") as house:
        assert b",en_secure=1" in await house.call()
        assert house.wire.port is None


@pytest.mark.parametrize(("quirks", "room"), [(("one-at-a-time",), 1), ((), 4)])
async def test_there_is_room_for_few_at_a_time(quirks: tuple[str, ...], room: int) -> None:
    async with living(*quirks) as house:
        house.network.set(delay=0.3)
        answers = await asyncio.gather(*(house.page("common/basic_info") for _ in range(room + 2)))
        assert sum(bool(answer) for answer in answers) == room == house.wire.most


async def test_a_strange_field_stands_in_the_head() -> None:
    async with living("strange-field") as house:
        assert b"\x01" in (await house.raw(b"GET /common/basic_info HTTP/1.1\r\n\r\n")).partition(b"\r\n\r\n")[0]


async def test_the_bad_network_is_felt() -> None:
    async with living() as house:
        house.network.set(pieces=3)
        assert (await house.page("common/basic_info")).startswith("ret=OK")
        house.network.set(pieces=0, garbled=1)
        assert await house.page("aircon/get_model_info") != (await _undamaged(house))
        for change in ({"loss": 1.0}, {"loss": 0.0, "silent": True}):
            house.network.set(**change)  # type: ignore[arg-type]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(SOON):
                    await house.set(stemp="20.0" if house.network.silent else "21.0")
            assert await house.call() == b""
        assert house.appliance.values()["targetTemperature"] == 21.0, "an answer was lost, and then nothing was read"


async def _undamaged(house: House) -> str:
    house.network.set(garbled=0)
    return await house.page("aircon/get_model_info")


@pytest.mark.parametrize("facts", [{"automatic": 3}, {"automatic": "x"}])
def test_a_mistake_in_the_facts_is_told(facts: dict[str, object]) -> None:
    with pytest.raises(SetupMistake, match="0, 1 or 7"):
        Wire(make_appliance("air-conditioner", identifier="x"), Network(), WireOptions(facts=facts))


def test_it_speaks_for_air_conditioners_only() -> None:
    with pytest.raises(SetupMistake, match="plug"):
        wire_factory("daikin_lan")(make_appliance("plug", identifier="x"), Network(), WireOptions())
