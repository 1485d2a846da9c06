"""Composite platforms whose commands are constant payloads on one topic: cover, valve, lock and vacuum.

Home Assistant has one command topic for them and no template for the payload, so each payload is a whole envelope.
"""

from collections.abc import Mapping
from typing import Any

from gateway.faces.homeassistant.common import step_of
from gateway.faces.homeassistant.entity import Config, Part, Projection, Site
from gateway.faces.homeassistant.parts import Parts, changed_words, only
from gateway.faces.homeassistant.templates import COMMAND, UNKNOWN, literal, mapped, member, payload, shown, stepped
from gateway.profile.homeassistant import BOOLEAN

_REFUSED = "not offered"
"""What stands where Home Assistant has a button and we have no command: it is no JSON, so the gateway refuses it."""
_VACUUM_FEATURES = {
    "start": "payload_start",
    "pause": "payload_pause",
    "stop": "payload_stop",
    "return_home": "payload_return_to_base",
    "locate": "payload_locate",
}
_ACTION_OF = {"return_home": "return_to_base"}


def cover(parts: Parts, site: Site) -> Config:
    """Return a curtain, blind or door."""
    position, tilt, stop = (only(parts, topic) for topic in ("position", "tilt", "stop"))
    config: Config = {"state_topic": site.topics.s, "value_template": shown(_open_state(parts))}
    if position is not None:
        low, high = position.schema["minimum"], position.schema["maximum"]
        config |= {"position_topic": site.topics.property(position.name), "position_closed": low, "position_open": high}
        if position.writable:
            config["set_position_topic"] = site.topics.property_set(position.name)
            config["set_position_template"] = shown(stepped(position.schema))
    if tilt is not None:
        config |= _tilt(tilt, site)
    opened, closed = _ends(parts, site)
    if opened is not None or stop is not None:
        config |= {
            "command_topic": site.rpc,
            "payload_open": opened,
            "payload_close": closed,
            "payload_stop": None if stop is None else _invoke(stop, site),
        }
    return config


def valve(parts: Parts, site: Site) -> Config:
    """Return a valve: with a position, or open and closed."""
    position, state, stop = (only(parts, topic) for topic in ("position", "state", "stop"))
    if position is None and state is None:
        return {}
    config: Config = {"state_topic": site.topics.s, "value_template": shown(_open_state(parts))}
    if position is not None:
        low, high = position.schema["minimum"], position.schema["maximum"]
        moving = f"{_moving(parts)} or {member(position.name, default=UNKNOWN)}"
        config |= {"reports_position": True, "position_closed": low, "position_open": high, "value_template": shown(moving)}
    opened, closed = _ends(parts, site)
    if opened is None:
        return config
    config["command_topic"] = site.rpc
    if position is None:
        config |= {"payload_open": opened, "payload_close": closed, "state_open": "open", "state_closed": "closed"}
        return config | ({} if stop is None else {"payload_stop": _invoke(stop, site)})
    move = f"{payload(_write(position, None, site)).removesuffix('null}')}{shown(stepped(position.schema))}}}"
    if stop is not None:
        move = f"{{% if {COMMAND} == 'stop' %}}{_invoke(stop, site)}{{% else %}}{move}{{% endif %}}"
        config["payload_stop"] = "stop"
    return config | {"command_template": move}


def lock(parts: Parts, site: Site) -> Config:
    """Return a lock; unlocking that is not offered is refused by the gateway."""
    state, do, undo = (only(parts, topic) for topic in ("state", "lock", "unlock"))
    if state is None or do is None:
        return {}
    words = {f"state_{word}": word for word in ("locked", "locking", "unlocked", "unlocking", "jammed")}
    value = mapped(changed_words(state), "value_json") if state.shape != BOOLEAN else "'locked' if value_json else 'unlocked'"
    return words | {
        "state_topic": site.topics.property(state.name),
        "value_template": shown(value),
        "command_topic": site.rpc,
        "payload_lock": _invoke(do, site),
        "payload_unlock": _REFUSED if undo is None else _invoke(undo, site),
    }


def vacuum(parts: Parts, site: Site, key: str) -> Config:
    """Return a vacuum; it reads JSON of its own form, which the face publishes (see `vacuum_state`)."""
    config: Config = {"state_topic": site.projected(key), "command_topic": site.rpc, "supported_features": ["status"]}
    for feature, option in _VACUUM_FEATURES.items():
        action = only(parts, _ACTION_OF.get(feature, feature))
        if action is not None:
            config["supported_features"].append(feature)
            config[option] = _invoke(action, site)
    return config


def vacuum_state(parts: Parts) -> Projection | None:
    """Return the projection of the public state to what a vacuum reads."""
    state = only(parts, "state")
    if state is None:
        return None
    words = changed_words(state)

    def project(document: Mapping[str, Any]) -> dict[str, Any]:
        value = document.get(state.name)
        return {"state": words.get(str(value), value)}

    return project


def _open_state(parts: Parts) -> str:
    """Return the expression of open, closed or on the way, from the whole state: its parts never contradict each other then."""
    position, state = only(parts, "position"), only(parts, "state")
    still = literal(UNKNOWN)
    if position is not None:
        closed = literal(position.schema["minimum"])
        still = f"({literal(UNKNOWN)} if {member(position.name)} is none else 'closed' if {member(position.name)} == {closed} else 'open')"
    elif state is not None and state.shape == BOOLEAN:
        still = f"({literal(UNKNOWN)} if {member(state.name)} is none else 'open' if {member(state.name)} else 'closed')"
    elif state is not None:
        still = mapped(changed_words(state), member(state.name, default=UNKNOWN))
    return f"{_moving(parts)} or {still}"


def _moving(parts: Parts) -> str:
    movement = only(parts, "movement")
    if movement is None:
        return "''"
    value = mapped(changed_words(movement), member(movement.name))
    return f"(({value}) if ({value}) in ['opening', 'closing'] else '')"


def _tilt(tilt: Part, site: Site) -> Config:
    schema = tilt.schema
    config: Config = {"tilt_status_topic": site.topics.property(tilt.name), "tilt_min": schema["minimum"], "tilt_max": schema["maximum"]}
    if tilt.writable:
        config |= {"tilt_command_topic": site.topics.property_set(tilt.name), "payload_stop_tilt": None}
        config |= {"tilt_opened_value": schema["maximum"], "tilt_closed_value": schema["minimum"]}
        if step_of(schema) != 1:
            config["tilt_command_template"] = shown(stepped(schema))
    return config


def _ends(parts: Parts, site: Site) -> tuple[str | None, str | None]:
    """Return the envelopes that open and close, None where nothing can be written."""
    position, state = only(parts, "position"), only(parts, "state")
    if position is not None and position.writable:
        return payload(_write(position, position.schema["maximum"], site)), payload(_write(position, position.schema["minimum"], site))
    if state is not None and state.writable and state.shape == BOOLEAN:
        return payload(_write(state, True, site)), payload(_write(state, False, site))
    if state is not None and state.writable:
        back = {word: value for value, word in changed_words(state).items()}
        return payload(_write(state, back.get("open", "open"), site)), payload(_write(state, back.get("closed", "closed"), site))
    return None, None


def _write(part: Part, value: Any, site: Site) -> dict[str, Any]:
    return {"op": "writeproperty", "dev": site.topics.device, "name": part.name, "in": value}


def _invoke(part: Part, site: Site) -> str:
    asked: dict[str, Any] = {"op": "invokeaction", "dev": site.topics.device, "name": part.name}
    return payload(asked | ({"in": dict(part.hook["input"])} if "input" in part.hook else {}))
