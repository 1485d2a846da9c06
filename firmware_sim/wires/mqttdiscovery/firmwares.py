"""Three firmwares: one that announces the whole device at once, one that announces each entity, and one like Tasmota."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from firmware_sim.appliance import Appliance
from firmware_sim.wires.mqtt_link import Message
from firmware_sim.wires.mqttdiscovery.board import Board, firmware_of, present

MAKER = "Simulated"


class Firmware(Protocol):
    """What a unit says and hears. All messages of one moment are yielded in order."""

    status: tuple[str, bytes, bytes]
    """Topic of availability, its words for there and away."""

    @property
    def commands(self) -> tuple[str, ...]:
        """Return the filters it listens on."""
        ...

    def announcement(self) -> Iterator[Message]:
        """Yield what is kept at the broker of what it is."""
        ...

    def state(self) -> Iterator[Message]:
        """Yield what it shows now."""
        ...

    def hear(self, topic: str, payload: str) -> Iterator[Message]:
        """Do what is asked, and yield what it says to that besides its state."""
        ...


def address_of(identifier: str) -> str:
    """Return the twelve digits of a unit's network address."""
    return "02" + hashlib.sha256(identifier.encode()).hexdigest()[:10].upper()


class Announced:
    """Announces itself in Home Assistant's words: with `entities` one message each, otherwise one for all. `short`: in short words."""

    def __init__(self, appliance: Appliance, facts: Mapping[str, Any], *, entities: bool, short: bool) -> None:
        self._appliance = appliance
        self._firmware = firmware_of(appliance.kind)
        self._board = Board(appliance, self._firmware["fields"])
        self._node = str(facts.get("node", appliance.identifier))
        self._root = f"{facts.get('root', 'simulated')}/{self._node}"
        self._prefix = str(facts.get("prefix", "homeassistant"))
        self._entities = entities
        self._short = short
        self._retains = "forgets-announcement" not in facts.get("quirks", ())
        self.status = (f"{self._root}/status", b"online", b"offline")

    @property
    def commands(self) -> tuple[str, ...]:
        """Return the filters it listens on."""
        return (f"{self._root}/set", f"{self._root}/set/+")

    def announcement(self) -> Iterator[Message]:
        """Yield one message, or one for each entity."""
        shared = {"device": self._device(), "origin": {"name": "simulated firmware", "sw_version": "1.0"}}
        bodies = dict(self._bodies())
        if not self._entities:
            spelled = {name: {"~": self._root, **body} for name, body in bodies.items()}
            whole = {**shared, "availability_topic": self.status[0], "components": spelled}
            yield self._kept(f"{self._prefix}/device/{self._node}/config", whole)
            return
        for name, body in bodies.items():
            component = body.pop("platform")
            own = {**shared, **body, "~": self._root, "availability": [{"topic": "~/status"}]}
            yield self._kept(f"{self._prefix}/{component}/{self._node}/{name}/config", own)

    def state(self) -> Iterator[Message]:
        """Yield the one message that has everything."""
        yield _message(f"{self._root}/state", self._board.shown(), retain=True)

    def hear(self, topic: str, payload: str) -> Iterator[Message]:
        """Take an object, or the value of the field the topic names."""
        field = topic.removeprefix(f"{self._root}/set").removeprefix("/")
        if field:
            self._board.take({field: payload})
        else:
            try:
                asked = json.loads(payload)
            except ValueError:
                asked = {}
            self._board.take(asked if isinstance(asked, dict) else {})
        return iter(())

    def _bodies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, entity in self._firmware["entities"].items():
            if present(self._appliance, entity):
                options = dict(entity["options"])
                for feature, more in entity.get("also", {}).items():
                    options |= more if feature in self._appliance.features else {}
                yield name, {"platform": entity["component"], "unique_id": f"{self._node}_{name}", **options}

    def _device(self) -> dict[str, Any]:
        return {
            "identifiers": [self._node],
            "name": self._appliance.title,
            "manufacturer": MAKER,
            "model": self._firmware["title"],
            "sw_version": "1.0",
        }

    def _kept(self, topic: str, body: Mapping[str, Any]) -> Message:
        return _message(topic, _shortened(body) if self._short else body, retain=self._retains)


_SHORT = {
    "availability_topic": "avty_t",
    "availability": "avty",
    "command_topic": "cmd_t",
    "components": "cmps",
    "device": "dev",
    "device_class": "dev_cla",
    "identifiers": "ids",
    "manufacturer": "mf",
    "model": "mdl",
    "origin": "o",
    "platform": "p",
    "state_topic": "stat_t",
    "sw_version": "sw",
    "topic": "t",
    "unique_id": "uniq_id",
    "unit_of_measurement": "unit_of_meas",
    "value_template": "val_tpl",
}
"""Some short words of Home Assistant's list: as many as the firmware has learned."""


def _shortened(body: Any) -> Any:
    if isinstance(body, dict):
        return {_SHORT.get(name, name): _shortened(value) for name, value in body.items()}
    return [_shortened(each) for each in body] if isinstance(body, list) else body


class Tasmota:
    """Like Tasmota: an announcement of its own, answers under `stat`, telemetry under `tele`, commands under `cmnd`, no state kept."""

    def __init__(self, appliance: Appliance, facts: Mapping[str, Any]) -> None:
        self._appliance = appliance
        self._firmware = firmware_of(appliance.kind)
        self._own = self._firmware.get("tasmota", {})
        self._board = Board(appliance, self._own.get("result", {}))
        self._sensors = {name: Board(appliance, fields) for name, fields in self._own.get("sensors", {}).items()}
        self._address = str(facts.get("mac", address_of(appliance.identifier)))
        self._topic = str(facts.get("node", f"tasmota_{self._address[-6:]}"))
        self.status = (f"tele/{self._topic}/LWT", b"Online", b"Offline")

    @property
    def commands(self) -> tuple[str, ...]:
        """Return the filter it listens on."""
        return (f"cmnd/{self._topic}/+",)

    def announcement(self) -> Iterator[Message]:
        """Yield both halves."""
        relays = [*self._own.get("rl", ()), *[0] * 8][:8]
        said = {
            "ip": "192.168.1.20",
            "dn": self._appliance.title,
            "fn": [self._appliance.title, *[None] * 7],
            "hn": self._topic,
            "mac": self._address,
            "md": self._firmware["title"],
            "ty": 0,
            "if": 0,
            "ofln": "Offline",
            "onln": "Online",
            "state": ["OFF", "ON", "TOGGLE", "HOLD"],
            "sw": "14.1.0",
            "t": self._topic,
            "ft": "%prefix%/%topic%/",
            "tp": ["cmnd", "stat", "tele"],
            "rl": relays,
            "lt_st": self._own.get("lt_st", 0),
            "lk": 1,
            "so": {"4": 0, "11": 0, "13": 0, "17": 0, "20": 0, "30": 0, "68": 0, "73": 0, "80": 0, "82": 0, "114": 0, "117": 0},
            "btn": [0] * 8,
            "swc": [-1] * 8,
            "ver": 1,
        }
        yield _message(f"tasmota/discovery/{self._address}/config", said, retain=True)
        yield _message(f"tasmota/discovery/{self._address}/sensors", {"sn": self._measured(), "ver": 1}, retain=True)

    def state(self) -> Iterator[Message]:
        """Yield telemetry: what it shows, and what it measures."""
        yield _message(f"tele/{self._topic}/STATE", self._board.shown())
        if self._sensors:
            yield _message(f"tele/{self._topic}/SENSOR", self._measured())

    def hear(self, topic: str, payload: str) -> Iterator[Message]:
        """Take a command: one field, several of them, or a question."""
        command = topic.rpartition("/")[2]
        if command == "STATUS" and payload == "10":
            yield _message(f"stat/{self._topic}/STATUS10", {"StatusSNS": self._measured()})
            return
        parts = [part.strip().partition(" ")[::2] for part in payload.split(";")] if command == "Backlog" else [(command, payload)]
        fields = {name.upper(): name for name in self._board.names}
        self._board.take({fields[name.upper()]: value for name, value in parts if value and name.upper() in fields})
        yield _message(f"stat/{self._topic}/RESULT", self._board.shown())

    def _measured(self) -> dict[str, Any]:
        return {"Time": "2026-01-01T00:00:00", **{name: board.shown() for name, board in self._sensors.items()}}


def _message(topic: str, body: Mapping[str, Any], *, retain: bool = False) -> Message:
    return Message(topic=topic, payload=json.dumps(body).encode(), retain=retain)


def firmware(appliance: Appliance, facts: Mapping[str, Any]) -> Firmware:
    """Return the firmware `facts["firmware"]` names: `device` (the usual one), `entities`, `short` (those in short words) or `tasmota`."""
    named = str(facts.get("firmware", "device"))
    if named == "tasmota":
        return Tasmota(appliance, facts)
    return Announced(appliance, facts, entities=named in {"entities", "short"}, short=named == "short")
