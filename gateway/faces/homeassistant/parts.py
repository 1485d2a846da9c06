"""The parts composite platforms share: what is set by one topic, modes folded with the power, presets."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.faces.homeassistant.entity import Config, Part, Site
from gateway.faces.homeassistant.setting import switched, topics
from gateway.faces.homeassistant.templates import COMMAND, UNKNOWN, VALUE, as_json, literal, mapped, member, payload, shown, stepped
from gateway.profile.homeassistant import BOOLEAN

Parts = Mapping[str, Sequence[Part]]
"""The parts of one entity by topic."""
_ON_OFF = ("on", "off")


def only(parts: Parts, topic: str) -> Part | None:
    """Return the part that plays `topic`, None when there is none."""
    return parts[topic][0] if parts.get(topic) else None


def words_of(part: Part) -> dict[str, str]:
    """Return profile value to Home Assistant's word, for every value of the part's enum."""
    table = part.hook.get("enum", {})
    return {str(value): str(table.get(value, value)) for value in part.schema.get("enum", ())}


def changed_words(part: Part) -> dict[str, str]:
    """Return only the words that differ."""
    return {value: word for value, word in words_of(part).items() if value != word}


def word_back(part: Part, expression: str = COMMAND) -> str:
    """Return the expression of a word as the profile's value; of values that share a word, the first."""
    back = {word: value for value, word in reversed(changed_words(part).items())}
    return mapped(back, expression)


def number(part: Part | None, site: Site, name: str, *, state_template: str | None = None) -> Config:
    """Return `{name}_state_topic` and, where it can be set, `{name}_command_topic` with the step kept."""
    if part is None:
        return {}
    config: Config = {f"{name}_state_topic": site.topics.property(part.name)}
    if state_template is not None:
        config[f"{name}_{state_template}"] = shown(VALUE)
    if part.writable:
        config[f"{name}_command_topic"] = site.topics.property_set(part.name)
        config[f"{name}_command_template"] = shown(stepped(part.schema))
    return config


def choice(part: Part | None, site: Site, name: str, options: str, template: str) -> Config:
    """Return topics, words and templates of a part with a few values; a boolean has the words on and off."""
    if part is None:
        return {}
    if part.shape == BOOLEAN:
        words: list[str] = list(_ON_OFF)
        value, back = f"'on' if {VALUE} else 'off'", f"{COMMAND} == 'on'"
    else:
        words = list(dict.fromkeys(words_of(part).values()))
        value, back = mapped(changed_words(part), VALUE), word_back(part)
    config: Config = {options: words, f"{name}_state_topic": site.topics.property(part.name), f"{name}_{template}": shown(value)}
    if part.writable:
        config |= {f"{name}_command_topic": site.topics.property_set(part.name), f"{name}_command_template": as_json(back)}
    return config


def folded_mode(parts: Parts, site: Site, *, on: str) -> Config:
    """Return the mode of a thing that is `off` while its power is: written together, read from the whole state."""
    power, mode = only(parts, "power"), only(parts, "mode")
    if mode is None:
        return {} if power is None else _power_as_mode(power, site, str(power.hook.get("on", on)))
    if power is None:
        return choice(mode, site, "mode", "modes", "state_template")
    words = ["off", *dict.fromkeys(words_of(mode).values())]
    shown_mode = mapped(changed_words(mode), member(mode.name, default=UNKNOWN))
    config: Config = {
        "modes": list(dict.fromkeys(words)),
        "mode_state_topic": site.topics.s,
        "mode_state_template": shown(f"{shown_mode} if {member(power.name, default=True)} else 'off'"),
    }
    if power.writable and mode.writable:
        name, switch = literal(mode.name), literal(power.name)
        config["mode_command_topic"] = site.topics.s_set
        config["mode_command_template"] = as_json(
            f"{{{switch}: false}} if {COMMAND} == 'off' else {{{switch}: true, {name}: {word_back(mode)}}}"
        )
    return config | _power(power, site)


def _power_as_mode(power: Part, site: Site, on: str) -> Config:
    config: Config = {
        "modes": ["off", on],
        "mode_state_topic": site.topics.property(power.name),
        "mode_state_template": shown(f"{literal(on)} if {VALUE} else 'off'"),
    }
    if power.writable:
        config["mode_command_topic"] = site.topics.property_set(power.name)
        config["mode_command_template"] = as_json(f"{COMMAND} != 'off'")
    return config | _power(power, site)


def _power(power: Part, site: Site) -> Config:
    if not power.writable:
        return {}
    return {"power_command_topic": site.topics.property_set(power.name), "payload_on": "true", "payload_off": "false"}


def presets(parts: Parts, site: Site) -> Config:
    """Return presets: the words of one property, or one preset for each property that is on or off."""
    offered = parts.get("preset_mode", ())
    flags = [part for part in offered if "value" in part.hook]
    whole = next((part for part in offered if "value" not in part.hook), None)
    if whole is not None:
        config = choice(whole, site, "preset_mode", "preset_modes", "value_template")
        config["preset_modes"] = [word for word in config["preset_modes"] if word != "none"]
        return config
    if not flags or not all(part.writable for part in flags):
        return {}
    state = literal("none")
    for part in reversed(flags):
        state = f"{literal(part.hook['value'])} if {member(part.name)} == {literal(_flag(part, chosen=True))} else {state}"
    return {
        "preset_modes": [str(part.hook["value"]) for part in flags],
        "preset_mode_state_topic": site.topics.s,
        "preset_mode_value_template": shown(state),
        "preset_mode_command_topic": site.topics.s_set,
        "preset_mode_command_template": shown(f"{_preset_table(flags, site)}.get({COMMAND}, '{{}}')"),
    }


def _preset_table(flags: Sequence[Part], site: Site) -> str:
    """Return preset to the write that chooses it: the others go off with it, unless the kind sees to that itself."""
    alone = _last_wins([part.name for part in flags], site)
    none = {part.name: _flag(part, chosen=False) for part in flags}
    writes = {"none": payload(none)}
    for part in flags:
        mine = {part.name: _flag(part, chosen=True)}
        writes[str(part.hook["value"])] = payload(mine if alone else {**none, **mine})
    return "{" + ", ".join(f"{literal(preset)}: {literal(write)}" for preset, write in writes.items()) + "}"


def _last_wins(names: Sequence[str], site: Site) -> bool:
    """Return whether a constraint of the kind puts the others off when one of these goes on."""
    for constraint in site.constraints:
        if constraint.get("type") == "exclusive" and constraint.get("onViolation") == "lastWins":
            of = {name for condition in constraint.get("of", ()) for name in condition}
            if of >= set(names):
                return True
    return False


def _flag(part: Part, *, chosen: bool) -> Any:
    if part.shape == BOOLEAN:
        return chosen
    return part.hook.get("on", "on") if chosen else part.hook.get("off", "off")


def switch_state(part: Part, site: Site, *, template: str) -> Config:
    """Return how a fan, light or humidifier is switched."""
    return topics(part, site) | switched(part, template=template)
