"""The contract on Gree's wire, in both versions."""

from tests.drivers.contract import DriverContract

NO_KEY = "a unit tells its key to whoever asks"
LACKS = {
    "key": NO_KEY,
    "wrong key": NO_KEY,
    "connections": "datagrams: a unit speaks with any number of programs",
    "pieces": "datagrams arrive whole or not at all",
}
ODD = {"version": 2, "firmware": "V1.23", "quirks": ["scan-in-v1", "scan-first", "add-half", "blanks"]}


class TestAirConditioner(DriverContract):
    driver = "gree"
    wire = "gree"
    kind = "air-conditioner"
    lacks = LACKS
    judges = ("greeclimate",)


class TestAirConditionerOfVersion2(DriverContract):
    driver = "gree"
    wire = "gree"
    kind = "air-conditioner"
    facts = ODD
    lacks = LACKS
    judges = ("greeclimate",)


class TestDehumidifier(DriverContract):
    driver = "gree"
    wire = "gree"
    kind = "humidifier"
    features = ("DEHUMID", "TMP")
    lacks = LACKS
    judges = ("greeclimate",)
