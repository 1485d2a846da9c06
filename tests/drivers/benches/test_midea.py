"""The contract on Midea's wires."""

from tests.drivers.contract import DriverContract

NO_KEY = "version 2 of the wire has no keys"
LACKS = {"key": NO_KEY, "wrong key": NO_KEY}


class TestAirConditionerOfVersion2(DriverContract):
    driver = "midea"
    wire = "midea-v2"
    kind = "air-conditioner"
    lacks = LACKS
    judges = ("msmart-ng", "midea-local")


SECRETS = {"token": "0123456789abcdef" * 8, "key": "fedcba9876543210" * 4}


class TestAirConditionerOfVersion3(DriverContract):
    driver = "midea"
    wire = "midea-v3"
    kind = "air-conditioner"
    facts = SECRETS
    answers = SECRETS
    wrong = {"token": "00" * 64, "key": "00" * 32}
    judges = ("msmart-ng", "midea-local")
