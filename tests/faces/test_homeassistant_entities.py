"""What Home Assistant is offered of every kind, made from hooks and schemas alone."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gateway.faces.homeassistant.entity import Entity, Site
from gateway.faces.homeassistant.messages import messages, of_device
from gateway.faces.homeassistant.offers import entities_of
from gateway.profile.homeassistant import PLATFORMS
from gateway.profile.instance import Instance
from gateway.profile.library import PROFILES, Library
from gateway.protocol.topics import GatewayTopics, Topics
from gateway.thing.description import Description
from tests.kit.kinds import all_features

HUB, DEVICE = GatewayTopics("hub-test"), "thing-1"
TOPICS = Topics("hub-test", DEVICE)
LIBRARY = Library()
STATE = {"doors": [{"id": "left", "open": False}, {"id": "top drawer", "open": True}], "consumables": [{"id": "hepa", "remaining": 40}]}


def instance(kind: str, *features: str, library: Library = LIBRARY, **narrowing: Any) -> Instance:
    description = Description(id=DEVICE, kind=kind, title="Thing", features=features, **narrowing)
    return library.model(kind).instance(description)


def site(model: Instance, *, older: bool = False, language: str = "en", state: dict[str, Any] | None = None) -> Site:
    constraints = model.model.constraints
    return Site(
        topics=TOPICS, gateway=HUB, language=language, older=older, state=STATE if state is None else state, constraints=constraints
    )


def offered(kind: str, *features: str, **choices: Any) -> dict[str, Entity]:
    model = instance(kind, *features)
    return {entity.key: entity for entity in entities_of(model, site(model, **choices))}


def topics_of(config: dict[str, Any]) -> Iterator[tuple[str, str]]:
    return ((option, value) for option, value in config.items() if option.endswith("topic") and isinstance(value, str))


@pytest.mark.parametrize("older", [False, True], ids=["device", "entity"])
@pytest.mark.parametrize("kind", LIBRARY.kinds())
def test_whatever_can_be_written_has_an_entity_that_writes_it(kind: str, older: bool) -> None:
    model = instance(kind, *all_features(LIBRARY, kind))
    asked = json.dumps([entity.config for entity in entities_of(model, site(model, older=older))])
    atomic = set(re.findall(r'\\+"(\w+)\\+":', asked)) | set(re.findall(r'\\"name\\":\\"(\w+)\\"', asked))
    for name, known in model.properties.items():
        if known.read_only or known.private or known.danger > 1:
            continue
        single = f'"{TOPICS.property_set(name)}"' in asked
        assert single or name in atomic, f"{kind} {name} cannot be written from Home Assistant"


@pytest.mark.parametrize("kind", LIBRARY.kinds())
def test_every_entity_speaks_on_the_topics_of_its_device_only(kind: str) -> None:
    model = instance(kind, *all_features(LIBRARY, kind))
    commands = {TOPICS.s_set, HUB.rpc("homeassistant"), *(TOPICS.action(name) for name in model.actions)}
    commands |= {TOPICS.property_set(name) for name, known in model.properties.items() if not known.read_only}
    for entity in entities_of(model, site(model)):
        assert entity.platform in PLATFORMS
        for option, topic in topics_of(entity.config):
            if option.endswith("command_topic"):
                assert topic in commands, (entity.key, option, topic)
            else:
                assert topic.startswith((f"{TOPICS.prefix}/", f"{HUB.client_prefix('homeassistant')}/{DEVICE}/")), (entity.key, topic)


@pytest.mark.parametrize("kind", LIBRARY.kinds())
def test_what_is_private_or_dangerous_is_nowhere_in_a_message(kind: str) -> None:
    model = instance(kind, *all_features(LIBRARY, kind))
    said = json.dumps([entity.config for entity in entities_of(model, site(model))])
    hidden = [name for name, known in model.properties.items() if known.private or known.danger > 1]
    for name in hidden:
        assert f'/p/{name}"' not in said
        assert f"/p/{name}/set" not in said
    for name, action in model.actions.items():
        if action.danger > 1:
            assert f'/a/{name}"' not in said
            assert f'\\"name\\": \\"{name}\\"' not in said


def test_an_air_conditioner_is_one_climate_that_is_off_while_its_power_is() -> None:
    climate = offered("air-conditioner", "HEAT", "ECO", "SLP", "SWV")["climate"].config
    assert climate["name"] is None
    assert climate["modes"] == ["off", "cool", "heat", "dry", "fan_only"]
    assert climate["mode_state_topic"] == TOPICS.s
    assert climate["mode_command_topic"] == TOPICS.s_set
    assert (climate["min_temp"], climate["max_temp"], climate["temp_step"]) == (16, 32, 0.5)
    assert climate["temperature_command_topic"] == TOPICS.property_set("targetTemperature")
    assert climate["preset_modes"] == ["eco", "sleep"]
    assert climate["swing_modes"] == ["on", "off"]
    assert climate["power_command_topic"] == TOPICS.property_set("power")


def test_presets_that_the_kind_lets_the_last_one_win_write_only_themselves() -> None:
    template = offered("air-conditioner", "ECO", "SLP")["climate"].config["preset_mode_command_template"]
    assert r"\"eco\":true" in template
    assert r"\"sleepMode\":\"off\",\"eco\":true" not in template.replace("\\u007b", "{")


def test_an_action_that_older_releases_do_not_know_is_told_in_words_they_do() -> None:
    assert "defrosting" not in offered("air-conditioner")["climate"].config["action_template"]
    assert '"defrosting": "heating"' in offered("air-conditioner", older=True)["climate"].config["action_template"]


def test_a_list_becomes_an_entity_an_entry_and_a_button_an_entry() -> None:
    entities = offered("refrigerator", "CON")
    doors = [key for key in entities if key.startswith("binary_sensor_doors")]
    assert len(doors) == 2
    assert "binary_sensor_doors_left" in doors
    assert entities["sensor_consumables_hepa"].config["unit_of_measurement"] == "%"
    press = entities["button_resetConsumable_hepa"].config
    assert (press["command_topic"], press["payload_press"]) == (TOPICS.action("resetConsumable"), '{"id":"hepa"}')
    assert not [key for key in offered("refrigerator", "CON", state={}) if "doors" in key or "resetConsumable" in key]


def test_a_remote_with_fewer_keys_has_fewer_buttons() -> None:
    model = instance("uhd-tv", narrowing={"sendKey/key": {"enum": ["mute", "ok", "red"]}})
    assert [key for key in (entity.key for entity in entities_of(model, site(model))) if "sendKey" in key] == ["button_sendKey_ok"]


def test_a_hostile_entry_breaks_out_of_no_template() -> None:
    state = {"doors": [{"id": "x\"}}{% raw %}'", "open": True}]}
    entity = next(one for key, one in offered("refrigerator", state=state).items() if "doors" in key)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", entity.key)
    template = entity.config["value_template"]
    assert template.count("{{") == template.count("}}") == 1
    assert "{%" not in template


def test_units_and_limits_are_those_of_the_schema_in_home_assistants_words() -> None:
    target = offered("refrigerator")["number_fridgeTarget"].config
    assert (target["min"], target["max"], target["step"], target["unit_of_measurement"]) == (2, 8, 1, "°C")
    assert offered("refrigerator", "CMP")["sensor_compressorSpeed"].config["unit_of_measurement"] == "rpm"
    narrowed = instance("refrigerator", narrowing={"fridgeTarget": {"minimum": 3}})
    entities = {one.key: one for one in entities_of(narrowed, site(narrowed))}
    assert entities["number_fridgeTarget"].config["min"] == 3


def test_names_are_in_the_language_asked_for() -> None:
    assert offered("refrigerator")["number_fridgeTarget"].config["name"] == "Refrigerator setting"
    assert offered("refrigerator", language="zh-Hans")["number_fridgeTarget"].config["name"] == "冷藏设定温度"


def test_what_a_vendor_added_is_shown_and_never_set() -> None:
    additions = {"properties": {"x-acme-boost": {"type": "integer", "minimum": 0, "maximum": 9, "title": "Boost"}}}
    model = instance("light", additions=additions)
    added = next(entity for entity in entities_of(model, site(model)) if "acme" in entity.key)
    assert (added.platform, added.config["entity_category"]) == ("sensor", "diagnostic")
    assert not [option for option, _ in topics_of(added.config) if "command" in option]


def withheld(kind: str, *names: str, features: tuple[str, ...] = ()) -> dict[str, Entity]:
    model = instance(kind, *features, narrowing={name: {"readOnly": True, "hl:reason": "no words"} for name in names})
    return {entity.key: entity for entity in entities_of(model, site(model))}


@pytest.mark.parametrize(
    ("kind", "name", "was", "becomes"),
    [
        ("refrigerator", "fridgeTarget", "number", "sensor"),
        ("refrigerator", "mode", "select", "sensor"),
        ("plug", "power", "switch", "binary_sensor"),
    ],
)
def test_what_a_device_does_not_let_be_set_is_shown_by_a_sensor(kind: str, name: str, was: str, becomes: str) -> None:
    features = ("MOD",) if name == "mode" else ()
    assert f"{was}_{name}" in offered(kind, *features)
    entities = withheld(kind, name, features=features)
    assert f"{was}_{name}" not in entities
    shown = entities[f"{becomes}_{name}"]
    assert shown.platform == becomes
    assert shown.config["state_topic"] == TOPICS.property(name)
    assert not [option for option in shown.config if "command" in option]
    assert shown.config.get("entity_category") != "config"
    assert TOPICS.property_set(name) not in json.dumps([one.config for one in entities.values()])


def test_a_temperature_that_is_only_shown_keeps_its_class_and_unit() -> None:
    shown = withheld("refrigerator", "fridgeTarget")["sensor_fridgeTarget"].config
    assert (shown["device_class"], shown["unit_of_measurement"]) == ("temperature", "°C")


def test_words_that_are_only_shown_are_a_sensors_options() -> None:
    shown = withheld("refrigerator", "mode", features=("MOD", "HOL"))["sensor_mode"].config
    assert shown["device_class"] == "enum"
    assert "holiday" in shown["options"]


def test_an_air_conditioner_without_a_fan_to_set_is_a_climate_all_the_same() -> None:
    entities = withheld("air-conditioner", "fanMode")
    climate = entities["climate"].config
    assert not [option for option in climate if option.startswith("fan_mode")]
    assert "temperature_command_topic" in climate
    assert entities["sensor_fanMode"].config["options"] == ["auto", "quiet", "low", "medium", "high", "turbo"]


def test_one_of_several_presets_that_cannot_be_set_leaves_the_others() -> None:
    assert {"eco", "sleep"} <= set(offered("air-conditioner", "ECO", "SLP")["climate"].config["preset_modes"])
    entities = withheld("air-conditioner", "eco", features=("ECO", "SLP"))
    assert entities["climate"].config["preset_modes"] == ["sleep"]
    assert entities["binary_sensor_eco"].platform == "binary_sensor"


def test_a_water_heater_whose_mode_is_only_shown_is_switched_on_and_off() -> None:
    entities = withheld("electric-water-heater", "mode")
    assert entities["water_heater"].config["modes"] == ["off", "on"]
    assert "sensor_mode" in entities


@pytest.mark.parametrize(
    ("kind", "names", "gone", "instead"),
    [
        ("air-conditioner", ("mode",), "climate", {"switch_power", "sensor_mode", "select_fanMode"}),
        ("air-conditioner", ("power", "mode"), "climate", {"binary_sensor_power", "sensor_mode", "number_targetTemperature"}),
        ("electric-water-heater", ("targetTemperature",), "water_heater", {"sensor_targetTemperature", "switch_power", "select_mode"}),
        ("fan", ("power",), "fan", {"binary_sensor_power", "number_fanPercent"}),
        ("curtain", ("position",), "cover", {"sensor_position"}),
    ],
)
def test_an_entity_that_cannot_be_without_what_is_withheld_falls_into_its_parts(
    kind: str, names: tuple[str, ...], gone: str, instead: set[str]
) -> None:
    assert gone in offered(kind)
    entities = withheld(kind, *names)
    assert gone not in entities
    assert instead <= entities.keys()
    asked = json.dumps([one.config for one in entities.values()])
    for name in names:
        assert f'"{TOPICS.property_set(name)}"' not in asked
        assert f'"{TOPICS.property(name)}"' in asked


@pytest.mark.parametrize("kind", LIBRARY.kinds())
def test_of_a_device_that_only_shows_nothing_is_ever_set(kind: str) -> None:
    features = all_features(LIBRARY, kind)
    names = [name for name, each in instance(kind, *features).properties.items() if not each.read_only]
    entities = withheld(kind, *names, features=features)
    for entity in entities.values():
        asked = json.dumps(entity.config)
        assert "writeproperty" not in asked, entity.key
        assert not (entity.platform.endswith("sensor") and entity.config.get("entity_category") == "config"), entity.key
        assert TOPICS.s_set not in asked, entity.key
        assert not [name for name in names if f'"{TOPICS.property_set(name)}"' in asked], entity.key
    before = json.dumps([one.config for one in offered(kind, *features).values()])
    shown = json.dumps([one.config for one in entities.values()])
    lost = [name for name in names if f'"{TOPICS.property(name)}"' in before and f'"{TOPICS.property(name)}"' not in shown]
    assert not lost, f"not shown any more: {lost}"


def test_a_curtain_is_opened_closed_and_stopped_by_envelopes() -> None:
    cover = offered("curtain")["cover"].config
    assert cover["command_topic"] == HUB.rpc("homeassistant")
    opened, stopped = json.loads(cover["payload_open"]), json.loads(cover["payload_stop"])
    assert opened == {"op": "writeproperty", "dev": DEVICE, "name": "position", "in": 100}
    assert stopped == {"op": "invokeaction", "dev": DEVICE, "name": "stop"}
    assert cover["set_position_topic"] == TOPICS.property_set("position")


def test_a_lock_locks_but_what_must_be_confirmed_is_not_offered() -> None:
    lock = offered("door-lock")["lock"].config
    assert json.loads(lock["payload_lock"])["name"] == "lock"
    with pytest.raises(json.JSONDecodeError):
        json.loads(lock["payload_unlock"])


def test_a_vacuum_reads_a_state_of_its_own_form() -> None:
    vacuum = offered("robot-vacuum")["vacuum"]
    assert vacuum.projection is not None
    assert vacuum.projection({"state": "returning", "battery": 40}) == {"state": "returning"}
    assert vacuum.config["state_topic"] == "hulian/1/hub-test/c/homeassistant/thing-1/vacuum"
    assert {"start", "return_home"} <= set(vacuum.config["supported_features"])


GADGET = """
"@context": [https://www.w3.org/2022/wot/td/v1.1, {hl: "urn:hulian:ns:profile:1#"}]
"@type": ["tm:ThingModel"]
title: Gadget
titles: {en: Gadget, zh-Hans: 小玩意}
version: {model: 1.0.0}
links: [{rel: "tm:extends", href: ./appliance-base-1.yaml, type: application/tm+json}]
hl:kind: gadget
hl:class: appliance
hl:maturity: draft
properties:
  lamp: {title: Lamp, titles: {en: Lamp}, type: boolean, hl:map: {ha: {platform: light, topic: state}}}
  glow:
    {title: Glow, type: integer, minimum: 0, maximum: 20, multipleOf: 2, hl:map: {ha: {platform: light, topic: brightness}}}
  tint:
    title: Tint
    type: object
    properties: {x: {type: number}, "y": {type: number}}
    hl:map: {ha: {platform: light, topic: xy}}
  lid: {title: Lid, type: integer, minimum: 0, maximum: 50, unit: "%", hl:map: {ha: {platform: valve, topic: position}}}
  way: {title: Way, type: string, enum: [up, down, still], readOnly: true,
    hl:map: {ha: {platform: valve, topic: movement, enum: {up: opening, down: closing, still: stopped}}}}
  pace: {title: Pace, type: string, enum: [slow, none], hl:map: {ha: {platform: select}}}
  steam: {title: Steam, type: number, unit: l/s, minimum: 0, maximum: 9, readOnly: true,
    hl:map: {ha: {platform: sensor, device_class: volume_flow_rate}}}
  parts: {title: Parts, type: array, items: {type: object, properties: {on: {type: boolean}}}, readOnly: true,
    hl:map: {ha: {platform: binary_sensor, fold: any, member: "on"}}}
actions:
  halt: {title: Halt, synchronous: true, hl:map: {ha: {platform: valve, topic: stop}}}
  say:
    title: Say
    synchronous: true
    input: {type: object, required: [text, loud], properties: {text: {type: string}, loud: {type: boolean}}}
    hl:map: {ha: {platform: notify, member: text, input: {loud: true}}}
  play: {title: Play, synchronous: true, input: {type: object, required: [tune], properties: {tune: {type: string, enum: [a, b]}}},
    hl:map: {ha: {platform: scene, each: tune}}}
events:
  rang: {title: Rang, data: {type: object, properties: {bell: {type: string, enum: [front, back]}}},
    hl:map: {ha: {platform: event, member: bell}}}
"""


@pytest.fixture
def gadget(tmp_path: Path) -> Instance:
    """A kind nobody has heard of: one file beside the base."""
    (tmp_path / "appliance-base-1.yaml").write_text((PROFILES / "appliance-base-1.yaml").read_text())
    (tmp_path / "gadget-1.yaml").write_text(GADGET)
    YAML(typ="safe", pure=True).load(GADGET)
    return instance("gadget", library=Library(tmp_path))


def test_a_made_up_kind_needs_no_code(gadget: Instance) -> None:
    entities = {one.key: one.config for one in entities_of(gadget, site(gadget, state={}))}
    assert entities["light"]["brightness_scale"] == 20
    assert entities["light"]["xy_command_topic"] == TOPICS.property_set("tint")
    assert entities["valve"]["reports_position"] is True
    assert (entities["valve"]["position_open"], entities["valve"]["payload_stop"]) == (50, "stop")
    assert '"name":"halt"' in entities["valve"]["command_template"]
    assert entities["select_pace"]["options"] == ["slow", "(none)"]
    assert entities["sensor_steam"]["unit_of_measurement"] == "L/min"
    assert "* 60" in entities["sensor_steam"]["value_template"]
    assert "selectattr" in entities["binary_sensor_parts"]["value_template"]
    assert entities["notify_say"]["command_template"] == '{"loud":true,"text": {{ value | tojson }}}'
    assert {key for key in entities if key.startswith("scene")} == {"scene_play_a", "scene_play_b"}
    assert entities["event_rang"]["event_types"] == ["front", "back"]


def test_a_platform_that_came_later_is_shown_as_one_that_was_there(gadget: Instance) -> None:
    keys = {one.key for one in entities_of(gadget, site(gadget, older=True))}
    assert "text_say" in keys
    assert "notify_say" not in keys


def test_a_device_message_names_what_is_gone_once_and_an_entity_message_is_one_each(gadget: Instance) -> None:
    subject = of_device(HUB, TOPICS, name="Gadget", model="Gadget", room="hall")
    entities = entities_of(gadget, site(gadget))
    gone = {"sensor_old": "sensor"}
    whole = messages(subject, entities, mode="device", prefix="ha", version="1", gone=gone)
    (topic,) = whole.payloads
    body = json.loads(whole.payloads[topic])
    assert topic == f"ha/device/{DEVICE}/config"
    assert body["components"]["sensor_old"] == {"platform": "sensor"}
    assert "sensor_old" not in whole.contents[topic]
    assert body["origin"] == {"name": "hulian", "sw_version": "1"}
    assert body["device"]["suggested_area"] == "hall"
    assert body["device"]["via_device"] == "hub-test"
    assert body["availability_mode"] == "all"
    assert [entry["topic"] for entry in body["availability"]] == [HUB.avail, TOPICS.avail]
    single = messages(subject, entities, mode="entity", prefix="ha", version="1")
    assert f"ha/light/{DEVICE}/light/config" in single.payloads
    assert len(single.payloads) == len(entities)
    unique = {json.loads(payload)["unique_id"] for payload in single.payloads.values()}
    assert len(unique) == len(entities)
    assert unique == {component["unique_id"] for component in body["components"].values() if "unique_id" in component}
