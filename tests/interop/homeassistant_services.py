"""How a person at Home Assistant sets a property of ours: which entity, which service, which data; and what to set it to."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.profile.instance import Instance
from gateway.profile.library import Library
from gateway.thing.description import Description

OFFERED_DANGER = 1
PREFERRED: Mapping[tuple[str, str], Any] = {
    ("air-conditioner", "mode"): "heat",
    ("air-purifier", "mode"): "manual",
    ("clothes-dryer", "program"): "timed",
    ("floor-heating", "schedule"): [{"day": "mon", "time": "06:30", "target": 21}],
    ("humidifier", "mode"): "auto",
    ("oven", "mode"): "bake",
    ("fresh-air", "mode"): "manual",
    ("range-hood", "fanMode"): "high",
    ("washing-machine", "program"): "custom",
    ("plug", "feedsKind"): "fan",
    ("light", "colourTemperature"): 5000,
}
"""Values that let the others be set after them, or that Home Assistant's mireds can say exactly."""
HANDS: Mapping[str, Mapping[str, Any]] = {"gas-hob": {"left": 5}, "induction-hob": {"person": True, "pot": True, "key": 3}}
"""What a person must do at the appliance before the rest can be set from afar."""
LAST = ("feedsKind", "feeds", "childLock")
"""What may forbid the rest is set at the end."""
TEXT = "trial-1"


@dataclass(frozen=True)
class Step:
    """One thing to do: `value` of property `name` is to be seen in the appliance after `service` of the entity `key`."""

    name: str
    value: Any
    key: str
    service: str
    data: Mapping[str, Any]


def instance_of(td: Mapping[str, Any]) -> Instance:
    """Return what the profile says of a described device, hooks included: a Thing Description leaves them out."""
    library, kind = Library(), str(td["hl:kind"])
    model = library.model(kind, int(str(td["version"]["model"]).split(".")[0]))
    return model.instance(Description(id="x", kind=kind, title="", features=tuple(td["hl:features"])))


def writable(td: Mapping[str, Any]) -> list[str]:
    """Return the properties that anyone may write, power first and what may forbid the rest last."""
    names = [
        name for name, schema in td["properties"].items() if not schema.get("readOnly") and schema.get("hl:danger", 0) <= OFFERED_DANGER
    ]
    return sorted(names, key=lambda name: (name in LAST, name not in ("power", "mode", "program", "fanMode"), name != "power"))


def steps(td: Mapping[str, Any], name: str, state: Mapping[str, Any]) -> list[Step]:
    """Return what to do to a property, one thing after the other: another value, and for a switch of the whole thing back again."""
    hook = instance_of(td).properties[name].schema["hl:map"]["ha"]
    schema, now = td["properties"][name], state.get(name)
    values = _values(str(td["hl:kind"]), name, schema, now)
    return [_step(name, hook, schema, value) for value in values]


def _values(kind: str, name: str, schema: Mapping[str, Any], now: Any) -> Sequence[Any]:
    if name == "power":
        return [not now, now] if now else [True]
    other = _OTHER["choice" if "enum" in schema else schema["type"]](schema, now)
    if (kind, name) not in PREFERRED:
        return [other]
    return [other, PREFERRED[kind, name]] if PREFERRED[kind, name] == now else [PREFERRED[kind, name]]


def _other_number(schema: Mapping[str, Any], now: Any) -> Any:
    step = schema.get("multipleOf", 1)
    return now + step if now + step <= schema["maximum"] else now - step


def _other_word(schema: Mapping[str, Any], now: Any) -> Any:
    words = schema["enum"]
    return words[(words.index(now) + 1) % len(words)]


_OTHER: Mapping[str, Callable[[Mapping[str, Any], Any], Any]] = {
    "choice": _other_word,
    "boolean": lambda _schema, now: not now,
    "number": _other_number,
    "integer": _other_number,
    "string": lambda _schema, _now: TEXT,
    "array": lambda _schema, _now: [TEXT],
    "object": lambda _schema, _now: {"x": 0.4, "y": 0.5},
}
"""Another value than the present one, by the type of the schema."""


def _step(name: str, hook: Mapping[str, Any], schema: Mapping[str, Any], value: Any) -> Step:
    platform = str(hook["platform"])
    topic = "power" if "fold" in hook else str(hook.get("topic", ""))
    word = _word(hook, value)
    entity = f"{platform}_{hook['entity']}" if "entity" in hook else platform
    if topic == "preset_mode" and "value" in hook:
        return Step(name, value, entity, f"{platform}.set_preset_mode", {"preset_mode": hook["value"] if value in (True, "on") else "none"})
    if topic:
        service, data = _COMPOSITE[platform, topic](word)
        return Step(name, value, entity, f"{platform}.{service}", data)
    service, data = _SIMPLE[platform](word, schema)
    return Step(name, value, f"{platform}_{name}", f"{platform}.{service}", data)


def _word(hook: Mapping[str, Any], value: Any) -> Any:
    return hook.get("enum", {}).get(value, value) if isinstance(value, str) else value


def _turn(on: Any) -> tuple[str, dict[str, Any]]:
    return ("turn_on" if on is True else "turn_off"), {}


def _option(word: Any, _schema: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return "select_option", {"option": "(none)" if word == "none" else str(word)}


def _text(word: Any, _schema: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    if isinstance(word, list):
        word = ", ".join(word) if all(isinstance(entry, str) for entry in word) else json.dumps(word)
    return "set_value", {"value": word}


Asked = tuple[str, dict[str, Any]]
_SIMPLE: Mapping[str, Callable[[Any, Mapping[str, Any]], Asked]] = {
    "switch": lambda word, _schema: _turn(word),
    "number": lambda word, _schema: ("set_value", {"value": word}),
    "select": _option,
    "text": _text,
}
_COMPOSITE: Mapping[tuple[str, str], Callable[[Any], Asked]] = {
    ("climate", "power"): _turn,
    ("climate", "mode"): lambda word: ("set_hvac_mode", {"hvac_mode": word}),
    ("climate", "temperature"): lambda word: ("set_temperature", {"temperature": word}),
    ("climate", "target_humidity"): lambda word: ("set_humidity", {"humidity": word}),
    ("climate", "fan_mode"): lambda word: ("set_fan_mode", {"fan_mode": word}),
    ("climate", "preset_mode"): lambda word: ("set_preset_mode", {"preset_mode": word}),
    ("climate", "swing_mode"): lambda word: ("set_swing_mode", {"swing_mode": {True: "on", False: "off"}.get(word, word)}),
    ("water_heater", "power"): _turn,
    ("water_heater", "mode"): lambda word: ("set_operation_mode", {"operation_mode": word}),
    ("water_heater", "temperature"): lambda word: ("set_temperature", {"temperature": word}),
    ("fan", "state"): _turn,
    ("fan", "percentage"): lambda word: ("set_percentage", {"percentage": word}),
    ("fan", "preset_mode"): lambda word: ("set_preset_mode", {"preset_mode": word}),
    ("fan", "oscillation"): lambda word: ("oscillate", {"oscillating": word}),
    ("light", "state"): _turn,
    ("light", "brightness"): lambda word: ("turn_on", {"brightness_pct": word}),
    ("light", "color_temp"): lambda word: ("turn_on", {"color_temp_kelvin": word}),
    ("light", "xy"): lambda word: ("turn_on", {"xy_color": [word["x"], word["y"]]}),
    ("cover", "position"): lambda word: ("set_cover_position", {"position": word}),
    ("cover", "tilt"): lambda word: ("set_cover_tilt_position", {"tilt_position": word}),
    ("valve", "state"): lambda word: ("open_valve" if word in (True, "open") else "close_valve", {}),
    ("valve", "position"): lambda word: ("set_valve_position", {"position": word}),
    ("humidifier", "state"): _turn,
    ("humidifier", "mode"): lambda word: ("set_mode", {"mode": word}),
    ("humidifier", "target_humidity"): lambda word: ("set_humidity", {"humidity": word}),
}
