"""The contract on DLNA: a television's renderer, and a box with twenty steps of volume that takes no subscriptions."""

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.drivers.contract import DriverContract

NO_KEY = "a renderer answers whoever asks"
NOT_TOLD = "a renderer tells its volume and what it plays, and nothing else"
UNCHECKED = "plain text without a checksum: a figure that a faulty link turned into another figure is believed until the next question"


class TestTelevision(DriverContract):
    driver = "dlna"
    wire = "dlna"
    kind = "uhd-tv"
    settings: ClassVar[Mapping[str, Any]] = {"power": True, "powerOnState": "last"}
    lacks: ClassVar[Mapping[str, str]] = {"key": NO_KEY, "wrong key": NO_KEY}
    untold: ClassVar[Mapping[str, str]] = dict.fromkeys(("power", "input", "videoClass"), NOT_TOLD)
    read_only = frozenset({"power", "input"})
    unchecked = UNCHECKED
    connections = 4  # two at a time, and those that were broken off a moment before
    judges = ("async-upnp-client",)


class TestSetTopBox(DriverContract):
    driver = "dlna"
    wire = "dlna"
    kind = "set-top-box"
    facts: ClassVar[Mapping[str, Any]] = {"loudest": 20, "quirks": ["no-events"]}
    settings: ClassVar[Mapping[str, Any]] = {"power": True, "powerOnState": "last"}
    lacks: ClassVar[Mapping[str, str]] = {"key": NO_KEY, "wrong key": NO_KEY}
    untold: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("power", "channel", "reception", "smart", "standards", "videoClass", "firstActivated"), NOT_TOLD
    )
    read_only = frozenset({"power", "channel"})
    unchecked = UNCHECKED
    connections = 4  # two at a time, and those that were broken off a moment before
    judges = ("async-upnp-client",)
