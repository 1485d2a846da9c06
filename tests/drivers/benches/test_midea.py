"""The contract on Midea's wires."""

from tests.drivers.contract import DriverContract

NO_KEY = "version 2 of the wire has no keys"
LACKS = {"key": NO_KEY, "wrong key": NO_KEY}


class TestAirConditionerOfVersion2(DriverContract):
    driver = "midea"
    wire = "midea-v2"
    kind = "air-conditioner"
    lacks = LACKS
    judges = ("msmart-ng",)
