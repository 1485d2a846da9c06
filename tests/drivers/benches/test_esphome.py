"""The contract on ESPHome's native API: a stick in an air conditioner under its key, and a plug in clear."""

import pytest

from tests.drivers.contract import DriverContract

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # a test vector: no node has it
OTHER = "HxwdHh8AAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRo="  # likewise
NO_KEY = "this node has no key: whoever is on its network may ask it"
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
        "mode": "a climate that is off is in mode `off`: which it would be in is told when it is on",
        "operatingState": "this stick does not tell what the compressor does",
        "energyTotal": "this stick measures power, not energy",
    }
    judges = ("aioesphomeapi",)


@pytest.mark.long
class TestPlugInClear(DriverContract):
    unrecorded = "that it is a plug follows from its name, and names are taken out of recordings"
    driver = "esphome"
    wire = "esphome"
    kind = "plug"
    facts = {"node": "metering-plug", "key": "none"}
    lacks = {"key": NO_KEY, "wrong key": NO_KEY, "flooding": "noise in the stream ends it, and the next connection tells all anew"}
    unchecked = "in clear a message has no checksum: what a faulty link makes of one figure is believed until it is told again"
    read_only = frozenset({"powerOnState", "feeds", "feedsKind"})
    untold = {
        "ratedCurrent": "the node does not tell what its relay bears",
        "powerOnState": "told under a name of the node's own making, with words of its own",
    }
    judges = ("aioesphomeapi",)
