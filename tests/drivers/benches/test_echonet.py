"""The contract on ECHONET Lite, one device class after the other; an air conditioner with every test, the rest with the long ones."""

from typing import ClassVar

import pytest

from tests.drivers.contract import DriverContract

NO_KEY = "an open standard: there are no keys"
DATAGRAMS = "a wire of datagrams has no pieces and no connections"
SHY = {"broadcast": False, "most": 4, "quirks": ["quiet", "to-source"]}


class Echonet(DriverContract):
    """What is alike for all of them."""

    driver = "echonet"
    wire = "echonet"
    lacks = {"key": NO_KEY, "wrong key": NO_KEY, "pieces": DATAGRAMS, "connections": DATAGRAMS}
    judges: ClassVar[tuple[str, ...]] = ("pychonet",)
    __test__ = False


class TestAirConditioner(Echonet):
    kind = "air-conditioner"
    __test__ = True


@pytest.mark.long
class TestAirConditionerThatIsShy(Echonet):
    kind = "air-conditioner"
    facts = SHY
    lacks = Echonet.lacks | {
        "push": "this one announces nothing",
        "slow": "four properties a second are too few for all of them: that are two ills at once",
    }
    __test__ = True


@pytest.mark.long
class TestRefrigerator(Echonet):
    kind = "refrigerator"
    features = ("MOD", "QCK", "VAR", "ICE", "MTR")
    __test__ = True


@pytest.mark.long
class TestWasherAndDryer(Echonet):
    kind = "washing-machine"
    features = ("LVL", "SOK", "DRY", "MTR")
    lacks = Echonet.lacks | {"every property": "how fast a machine can spin the wire does not tell: 1600 is refused by one that cannot"}
    __test__ = True


@pytest.mark.long
class TestWashingMachine(Echonet):
    kind = "washing-machine"
    facts = {"class": 0x03C5}
    features = ()
    read_only = frozenset({"program", "waterTemperature", "spinSpeed", "rinses"})
    lacks = Echonet.lacks | {"whole": "the class does not say what it washes, nor how"}
    judges = ()
    __test__ = True


@pytest.mark.long
class TestElectricWaterHeater(Echonet):
    kind = "electric-water-heater"
    features = ("BST", "HOT", "VOL", "MTR", "HRS")
    __test__ = True


@pytest.mark.long
class TestAirPurifier(Echonet):
    kind = "air-purifier"
    features = ("AQI", "MTR", "HRS")
    settings = {"power": True, "mode": "manual"}
    lacks = Echonet.lacks | {
        "whole": "the class knows no figure for dust",
        "every property": "the lowest of its eight speeds is 12 per cent: by hand it cannot be told to stand still",
    }
    __test__ = True
