"""The contract on Midea's other types: one that takes no commands with every test, the rest with the long ones."""

from typing import ClassVar

import pytest

from tests.drivers.contract import DriverContract

NO_KEY = "version 2 of the wire has no keys"
LACKS = {"key": NO_KEY, "wrong key": NO_KEY}


class Midea(DriverContract):
    """What is alike for all of them."""

    driver = "midea"
    wire = "midea-v2"
    lacks = LACKS
    judges = ("midea-local",)
    __test__ = False


NO_COMMANDS = "the wire takes no commands"


class TestRefrigerator(Midea):
    kind = "refrigerator"
    features = ("MOD", "HOL", "QCK", "VAR")
    read_only = frozenset({"fridgeTarget", "freezerTarget", "mode", "variableZoneTarget"})
    lacks = LACKS | dict.fromkeys(("several at once", "refused", "slow", "twice and late", "lost", "gone in the middle"), NO_COMMANDS)
    __test__ = True


ONE_SETTING = "only its switch is a setting on this wire, all else comes with a start"


@pytest.mark.long
class TestWashingMachine(Midea):
    kind = "washing-machine"
    features = ()
    read_only = frozenset({"program", "waterTemperature", "spinSpeed", "rinses"})
    lacks = LACKS | {"several at once": ONE_SETTING, "whole": "the wire tells nothing of rinses and the door"}
    __test__ = True


@pytest.mark.long
class TestTopLoader(Midea):
    kind = "washing-machine"
    features = ("LVL",)
    facts: ClassVar = {"quirks": ["top-loader"]}
    settings: ClassVar = {"program": "quick"}
    read_only = frozenset({"program", "waterTemperature", "spinSpeed", "rinses", "waterLevel"})
    lacks = LACKS | {"several at once": ONE_SETTING, "whole": "the wire tells nothing of heat, spinning and the lid"}
    __test__ = True


@pytest.mark.long
class TestClothesDryer(Midea):
    kind = "clothes-dryer"
    features = ("TIM",)
    read_only = frozenset({"program", "dryLevel", "dryTime"})
    lacks = LACKS | {"several at once": ONE_SETTING, "whole": "the wire tells nothing of dryness, times and the door"}
    __test__ = True


@pytest.mark.long
class TestElectricWaterHeater(Midea):
    kind = "electric-water-heater"
    features = ("NGT", "VOL")
    read_only = frozenset({"mode"})
    __test__ = True


@pytest.mark.long
class TestRangeHood(Midea):
    kind = "range-hood"
    features = ()
    settings: ClassVar = {"power": True}
    lacks = LACKS | {
        "several at once": "its speed cannot be chosen together with switching it off, and there is nothing else but the light"
    }
    __test__ = True


@pytest.mark.long
class TestOlderRangeHood(TestRangeHood):
    facts: ClassVar = {"quirks": ["older"]}


@pytest.mark.long
class TestAirPurifier(Midea):
    kind = "air-purifier"
    features = ("HCH", "ANI", "CHL")
    settings: ClassVar = {"power": True, "mode": "manual"}
    lacks = LACKS
    __test__ = True


@pytest.mark.long
class TestDehumidifier(Midea):
    kind = "humidifier"
    features = ("DEHUMID", "TMP", "CHL")
    __test__ = True
