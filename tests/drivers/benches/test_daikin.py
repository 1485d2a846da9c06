"""The contract on Daikin's wire."""

from tests.drivers.contract import DriverContract

NO_KEY = "an adapter answers whoever asks"
LACKS = {"key": NO_KEY, "wrong key": NO_KEY}
UNCHECKED = "plain text without a checksum: a figure that a faulty link turned into another figure is believed until the next question"
ODD = {
    "automatic": 7,
    "quirks": ["one-at-a-time", "strict", "decimal-point", "no-outdoor-when-off", "idle-999", "strange-field", "two-louvres"],
}


class TestAirConditioner(DriverContract):
    driver = "daikin"
    wire = "daikin"
    kind = "air-conditioner"
    lacks = LACKS
    unchecked = UNCHECKED
    judges = ("pydaikin",)


class TestAirConditionerWithAllOddities(DriverContract):
    driver = "daikin"
    wire = "daikin"
    kind = "air-conditioner"
    facts = ODD
    lacks = LACKS
    unchecked = UNCHECKED
    judges = ("pydaikin",)
