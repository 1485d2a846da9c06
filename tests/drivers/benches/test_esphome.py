"""The contract on ESPHome's native API: a stick in an air conditioner under its key."""

from tests.drivers.contract import DriverContract

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # a test vector: no node has it
OTHER = "HxwdHh8AAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRo="  # likewise
STREAM = "an enciphered stream numbers its messages: the first copy or piece of noise ends it, and the next connection tells all anew"


class TestStickInAnAirConditioner(DriverContract):
    driver = "esphome"
    wire = "esphome"
    kind = "air-conditioner"
    facts = {"node": "midea-uart", "key": KEY}
    answers = {"key": KEY}
    wrong = {"key": OTHER}
    lacks = {"flooding": STREAM}
    untold = {
        "faults": "ESPHome has no word for faults: a node that knows of one makes a sensor of it",
        "mode": "a climate that is off is in mode `off`: which it would be in is told when it is on",
        "operatingState": "this stick does not tell what the compressor does",
        "energyTotal": "this stick measures power, not energy",
    }
    judges = ("aioesphomeapi",)
