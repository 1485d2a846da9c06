"""Composite platforms of warmth and moisture: climate, water_heater and humidifier."""

from gateway.faces.homeassistant.common import limits, step_of
from gateway.faces.homeassistant.entity import Config, Site
from gateway.faces.homeassistant.parts import Parts, changed_words, choice, folded_mode, number, only, presets, switch_state
from gateway.faces.homeassistant.templates import VALUE, mapped, shown

_PRECISIONS = (0.1, 0.5, 1.0)
_FINEST = 0.1
_OLDER_ACTIONS = {"defrosting": "heating"}
"""Actions that came after 2024.3."""


def climate(parts: Parts, site: Site) -> Config:
    """Return an air conditioner, heater or thermostat."""
    target = only(parts, "target_humidity")
    config = _temperature(parts, site) | folded_mode(parts, site, on="heat")
    if (temperature := only(parts, "temperature")) is not None:
        config["temp_step"] = step_of(temperature.schema) or _FINEST
    config |= choice(only(parts, "fan_mode"), site, "fan_mode", "fan_modes", "state_template")
    config |= choice(only(parts, "swing_mode"), site, "swing_mode", "swing_modes", "state_template")
    config |= presets(parts, site)
    config |= _shown(parts, site, "current_humidity")
    if target is not None and target.writable:
        config |= number(target, site, "target_humidity") | limits(target.schema, "min_humidity", "max_humidity")
    return config | _action(parts, site)


def water_heater(parts: Parts, site: Site) -> Config:
    """Return a water heater."""
    return _temperature(parts, site) | folded_mode(parts, site, on="on")


def humidifier(parts: Parts, site: Site) -> Config:
    """Return a humidifier or dehumidifier; where its mode can only be read, it is left out."""
    power, target, mode = only(parts, "state"), only(parts, "target_humidity"), only(parts, "mode")
    if power is None or target is None:
        return {}
    config = switch_state(power, site, template="state_value_template")
    config |= number(target, site, "target_humidity") | limits(target.schema, "min_humidity", "max_humidity")
    if mode is not None and mode.writable:
        config |= choice(mode, site, "mode", "modes", "state_template")
    config |= _shown(parts, site, "current_humidity")
    return config | _action(parts, site)


def _temperature(parts: Parts, site: Site) -> Config:
    target = only(parts, "temperature")
    config: Config = {"temperature_unit": "C"} | _shown(parts, site, "current_temperature")
    if target is not None:
        step = step_of(target.schema) or _FINEST
        config |= number(target, site, "temperature") | limits(target.schema, "min_temp", "max_temp")
        config["precision"] = step if step in _PRECISIONS else max(fine for fine in _PRECISIONS if fine <= step or fine == _FINEST)
    return config


def _shown(parts: Parts, site: Site, topic: str) -> Config:
    part = only(parts, topic)
    return {} if part is None else {f"{topic}_topic": site.topics.property(part.name)}


def _action(parts: Parts, site: Site) -> Config:
    part = only(parts, "action")
    if part is None:
        return {}
    words = changed_words(part)
    if site.older:
        own = {value: words.get(value, value) for value in part.schema["enum"]}
        words = {value: _OLDER_ACTIONS.get(word, word) for value, word in own.items() if _OLDER_ACTIONS.get(word, word) != value}
    return {"action_topic": site.topics.property(part.name), "action_template": shown(mapped(words, VALUE))}
