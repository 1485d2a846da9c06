"""Tasmota's own announcement: `tasmota/discovery/<mac>/config` says what the unit is and where it speaks, `.../sensors` what it measures.

It is told on in Home Assistant's words, so that everything behind it is the same. A unit says its state at every change and every five
minutes, keeps none of it at the broker, and is asked with `STATE` and `STATUS 10`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.drivers.mqttdiscovery.announcement import LIMIT, Entity, sink_topic
from gateway.drivers.mqttdiscovery.piece import Piece
from gateway.drivers.parts.body import json_object
from gateway.drivers.parts.sheet import document
from gateway.drivers.parts.text import shown
from gateway.errors import WireError

PREFIX: Final = "tasmota/discovery"
_TOPIC = re.compile(r"tasmota/discovery/(?P<mac>[0-9A-F]{12})/(config|sensors)").fullmatch
_RELAY, _LIGHT, _SHUTTER = 1, 2, 3
_WHITES, _COLOURS = frozenset({2, 5}), frozenset({3, 4, 5})
"""Channels of a light with warm and cold white, and of one with colours."""
_MOST = 32
_SHARED = "{% set told = value_json.StatusSNS if value_json.StatusSNS is defined else value_json %}"
_PLAIN = re.compile(r"[A-Za-z0-9_.:+-]{1,48}").fullmatch


@dataclass(frozen=True, slots=True)
class _Unit:
    """What the first half of the announcement says."""

    said: Mapping[str, Any]
    mac: str

    def topic(self, prefix: int, tail: str) -> str:
        """Return a topic: `prefix` 0 for commands, 1 for answers, 2 for telemetry."""
        words = {"%prefix%": self._prefix(prefix), "%topic%": str(self.said.get("t")), "%id%": self.mac[-6:]}
        words["%hostname%"] = str(self.said.get("hn"))
        made = str(self.said.get("ft"))
        for word, meant in words.items():
            made = made.replace(word, meant)
        return f"{made.rstrip('/')}/{tail}"

    def _prefix(self, which: int) -> str:
        told = self.said.get("tp")
        return str(told[which]) if isinstance(told, list) and len(told) > which else ("cmnd", "stat", "tele")[which]

    @property
    def states(self) -> list[str]:
        """Return the words for off and on."""
        told = self.said.get("state")
        return [str(word) for word in told[:2]] if isinstance(told, list) and len(told) > 1 else ["OFF", "ON"]

    @property
    def outputs(self) -> list[int]:
        """Return what each relay is."""
        told = self.said.get("rl")
        return [each for each in told[:_MOST] if isinstance(each, int)] if isinstance(told, list) else []


def piece_of(topic: str, payload: bytes) -> Piece:
    """Return half of an announcement; raise WireError when it is none."""
    place = _TOPIC(topic)
    if place is None:
        raise WireError("its topic is none of an announcement")
    said = _object(payload)
    name = said.get("t")
    if topic.endswith("/config") and not (isinstance(name, str) and name and isinstance(said.get("ft"), str)):
        raise WireError("it does not say on which topics it speaks")
    if topic.endswith("/config"):
        _asks(_Unit(said, place["mac"]))
    roots = frozenset({name}) if isinstance(name, str) else frozenset()
    return Piece(topic, payload, frozenset({place["mac"]}), (), roots)


def entities_of(halves: Mapping[str, bytes]) -> tuple[tuple[Entity, ...], tuple[tuple[str, str], ...]]:
    """Return what the two halves (`config` and perhaps `sensors`) announce, and how the unit is asked; nothing before it says where."""
    if "config" not in halves:
        return (), ()
    said = _object(halves["config"])
    unit = _Unit(said, str(said.get("mac", ""))[:12])
    shared = {
        "availability_topic": unit.topic(2, "LWT"),
        "payload_available": str(said.get("onln", "Online")),
        "payload_not_available": str(said.get("ofln", "Offline")),
    }
    device = {"identifiers": [unit.mac], "name": shown(said.get("dn")), "model": shown(said.get("md")), "sw_version": shown(said.get("sw"))}
    options = [*_outputs(unit), *_measures(unit, _object(halves["sensors"]) if "sensors" in halves else {})]
    entities = tuple(
        Entity(topic=PREFIX, component=component, path=f"{component}/{name}", options=shared | own, device=device, origin="Tasmota")
        for component, name, own in options
    )
    return entities, _asks(unit)


def _asks(unit: _Unit) -> tuple[tuple[str, str], ...]:
    """Return how the unit is asked; raise WireError where it wants to be asked on a topic that is not a device's."""
    return tuple((sink_topic(unit.topic(0, tail)), said) for tail, said in (("STATE", ""), ("STATUS", "10")))


def _object(payload: bytes) -> Mapping[str, Any]:
    return json_object(payload, "it", LIMIT)


def _outputs(unit: _Unit) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the relays, lights and shutters; a single one has no number in its messages."""
    present = [number for number, what in enumerate(unit.outputs, start=1) if what]
    names = unit.said.get("fn")
    lights = [number for number in present if unit.outputs[number - 1] == _LIGHT]
    for number in present:
        what, power = unit.outputs[number - 1], "POWER" if len(present) == 1 else f"POWER{number}"
        title = names[number - 1] if isinstance(names, list) and len(names) >= number and len(present) > 1 else None
        if what == _SHUTTER:
            continue
        own = _switch(unit, power) | {"name": shown(title) or None}
        light = what == _LIGHT and number == lights[0]
        yield ("light", power.lower(), own | _light(unit)) if light else ("switch", power.lower(), own)
    for number in range(1, (unit.outputs.count(_SHUTTER) + 1) // 2 + 1):
        yield "cover", f"shutter{number}", _shutter(unit, number)


def _told(unit: _Unit) -> list[str]:
    return [unit.topic(1, "RESULT"), unit.topic(2, "STATE")]


def _switch(unit: _Unit, power: str) -> dict[str, Any]:
    off, on = unit.states
    return {
        "state_topic": _told(unit),
        "value_template": f"{{{{ value_json.{power} }}}}",
        "command_topic": unit.topic(0, power),
        "payload_on": on,
        "payload_off": off,
    }


def _light(unit: _Unit) -> dict[str, Any]:
    told = unit.said.get("lt_st")
    channels = told if isinstance(told, int) else 0
    own = {
        "brightness_state_topic": _told(unit),
        "brightness_value_template": "{{ value_json.Dimmer }}",
        "brightness_command_topic": unit.topic(0, "Dimmer"),
        "brightness_scale": 100,
    }
    if channels in _WHITES:
        own |= {
            "color_temp_state_topic": _told(unit),
            "color_temp_value_template": "{{ value_json.CT }}",
            "color_temp_command_topic": unit.topic(0, "CT"),
        }
    if channels in _COLOURS:
        own |= {
            "hs_state_topic": _told(unit),
            "hs_value_template": "{{ value_json.HSBColor.split(',')[0] }},{{ value_json.HSBColor.split(',')[1] }}",
            "hs_command_topic": unit.topic(0, "Backlog"),
            "hs_command_template": "HsbColor1 {{ hue | round }};HsbColor2 {{ sat | round }}",
        }
    return own


def _shutter(unit: _Unit, number: int) -> dict[str, Any]:
    return {
        "position_topic": [unit.topic(1, "RESULT"), unit.topic(2, "SENSOR")],
        "position_template": f"{{{{ value_json.Shutter{number}.Position }}}}",
        "set_position_topic": unit.topic(0, f"ShutterPosition{number}"),
        "command_topic": unit.topic(0, f"ShutterPosition{number}"),
        "payload_open": "OPEN",
        "payload_close": "CLOSE",
        "payload_stop": "STOP",
    }


def _measures(unit: _Unit, said: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield what is measured: `sn` has an object for each sensor, and what is not in one belongs to the unit."""
    readings = said.get("sn")
    if not isinstance(readings, dict):
        return
    for sensor, inside in list(readings.items())[:_MOST]:
        for name, value in list(inside.items())[:_MOST] if isinstance(inside, dict) else ():
            if not _PLAIN(sensor) or not _PLAIN(name) or isinstance(value, dict | bool) or name in {"Id", "Time"}:
                continue
            places = [f"[{index}]" for index in range(min(len(value), _MOST))] if isinstance(value, list) else [""]
            for index, place in enumerate(places, start=1):
                path = f"{sensor}_{name}{index if place else ''}".lower().replace(".", "_")
                yield "sensor", path, _reading(unit, readings, sensor, name, place)


def _reading(unit: _Unit, readings: Mapping[str, Any], sensor: str, name: str, place: str) -> dict[str, Any]:
    known = document(Path(__file__).with_name("tasmota.yaml")).get(name, {})
    unit_said = readings.get(known.get("unit_in", ""))
    measure = unit_said if isinstance(unit_said, str) else known.get("unit")
    if known.get("unit_in") == "TempUnit" and measure in {"C", "F"}:
        measure = f"°{measure}"
    own = {
        "state_topic": [unit.topic(2, "SENSOR"), unit.topic(1, "STATUS10")],
        "value_template": f"{_SHARED}{{{{ told['{sensor}']['{name}']{place} }}}}",
        "name": known.get("name") or f"{sensor} {name}",
    }
    more = {"unit_of_measurement": measure, "device_class": None if "name" in known else known.get("device_class")}
    return own | {option: value for option, value in more.items() if value}
