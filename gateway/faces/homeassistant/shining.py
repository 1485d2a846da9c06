"""Composite platforms that are switched and turned up: fan and light."""

from math import ceil, floor

from gateway.faces.homeassistant.common import step_of
from gateway.faces.homeassistant.entity import Config, Part, Site
from gateway.faces.homeassistant.parts import Parts, number, only, presets, switch_state
from gateway.faces.homeassistant.templates import COMMAND, VALUE, shown

_MIREDS = 1_000_000


def fan(parts: Parts, site: Site) -> Config:
    """Return a fan; its speeds are the steps of the percentage above zero."""
    state = only(parts, "state")
    if state is None:
        return {}
    config = switch_state(state, site, template="state_value_template") | presets(parts, site)
    speed, swing = only(parts, "percentage"), only(parts, "oscillation")
    if speed is not None:
        config |= _speed(speed, site)
    if swing is not None:
        config |= {"oscillation_state_topic": site.topics.property(swing.name)}
        config |= {"payload_oscillation_on": "true", "payload_oscillation_off": "false"}
        if swing.writable:
            config["oscillation_command_topic"] = site.topics.property_set(swing.name)
    return config


def light(parts: Parts, site: Site) -> Config:
    """Return a light; brightness, colour temperature and colour each on their own topic."""
    state = only(parts, "state")
    if state is None:
        return {}
    config = switch_state(state, site, template="state_value_template")
    brightness, warmth, colour = only(parts, "brightness"), only(parts, "color_temp"), only(parts, "xy")
    if brightness is not None and brightness.writable:
        config |= number(brightness, site, "brightness") | {"brightness_scale": int(brightness.schema["maximum"])}
    if warmth is not None and warmth.writable:
        config |= _warmth(warmth, site)
    if colour is not None and colour.writable:
        config |= {
            "xy_state_topic": site.topics.property(colour.name),
            "xy_value_template": shown(f"{VALUE}['x'] ~ ',' ~ {VALUE}['y']"),
            "xy_command_topic": site.topics.property_set(colour.name),
            "xy_command_template": '{"x": {{ x }}, "y": {{ y }}}',
        }
    return config


def _speed(speed: Part, site: Site) -> Config:
    schema, step = speed.schema, step_of(speed.schema) or 1
    whole = int(step) if float(step).is_integer() else step
    config: Config = {
        "percentage_state_topic": site.topics.property(speed.name),
        "percentage_value_template": shown(f"({VALUE} / {whole}) | round | int"),
        "speed_range_min": max(1, ceil(schema["minimum"] / step)),
        "speed_range_max": max(2, floor(schema["maximum"] / step)),
    }
    if speed.writable:
        config["percentage_command_topic"] = site.topics.property_set(speed.name)
        config["percentage_command_template"] = shown(f"[{COMMAND} * {whole}, {schema['minimum']}] | max")
    return config


def _warmth(warmth: Part, site: Site) -> Config:
    """Kelvin to mireds and back: the name every release knows."""
    low, high = warmth.schema["minimum"], warmth.schema["maximum"]
    kelvin = f"({_MIREDS} / {COMMAND}) | round | int"
    return {
        "color_temp_state_topic": site.topics.property(warmth.name),
        "color_temp_value_template": shown(f"({_MIREDS} / {VALUE}) | round | int"),
        "color_temp_command_topic": site.topics.property_set(warmth.name),
        "color_temp_command_template": shown(f"[[{kelvin}, {low}] | max, {high}] | min"),
        "min_mireds": ceil(_MIREDS / high),
        "max_mireds": floor(_MIREDS / low),
    }
