"""The contract on Xiaomi's wire, in both dialects."""

import pytest

from tests.drivers.contract import DriverContract

TOKEN = "00112233445566778899aabbccddeeff"  # a test vector: no device has it
OF_A_PLUG = frozenset({"powerOnState", "feeds", "feedsKind"})
DATAGRAMS = "a wire of datagrams has no pieces and no connections"


class Xiaomi(DriverContract):
    """What is alike for all of them."""

    driver = "miio"
    wire = "miio"
    answers = {"token": TOKEN}
    wrong = {"token": "f" * 32}
    lacks = {"pieces": DATAGRAMS, "connections": DATAGRAMS}
    judges = ("python-miio",)
    __test__ = False


@pytest.mark.long
class TestAirConditioner(Xiaomi):
    kind = "air-conditioner"
    facts = {"model": "xiaomi.aircondition.mc4", "token": TOKEN}
    __test__ = True


@pytest.mark.long
class TestAirPurifier(Xiaomi):
    kind = "air-purifier"
    facts = {"model": "zhimi.airpurifier.mb3", "token": TOKEN}
    lacks = Xiaomi.lacks | {
        "every property": "its motor cannot turn slower than 300 times a minute, so by hand 0 to 12 per cent are refused"
    }
    __test__ = True


@pytest.mark.long
class TestHeater(Xiaomi):
    kind = "space-heater"
    facts = {"model": "zhimi.heater.mc2", "token": TOKEN, "most": 6}
    __test__ = True


class TestFan(Xiaomi):
    kind = "fan"
    facts = {"model": "dmaker.fan.p11", "token": TOKEN}
    __test__ = True


@pytest.mark.long
class TestFanOfTheOlderDialect(Xiaomi):
    kind = "fan"
    facts = {"model": "dmaker.fan.p5", "token": TOKEN}
    __test__ = True


@pytest.mark.long
class TestPlug(Xiaomi):
    kind = "plug"
    facts = {"model": "chuangmi.plug.212a01", "token": TOKEN}
    read_only = OF_A_PLUG
    lacks = Xiaomi.lacks | {"whole": "the plug does not tell its rated current, nor what it does after a power cut"}
    __test__ = True
