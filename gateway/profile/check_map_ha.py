"""Whether the Home Assistant hooks of a profile make entities: each hook by itself, and the parts of composite ones together."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.profile.findings import Pages, is_word, joined, pointer_to
from gateway.profile.homeassistant import (
    BOOLEAN,
    CATEGORIES,
    CHOICE,
    FOLDS,
    LIST,
    NUMBER,
    PLATFORMS,
    RECORD,
    STATE_CLASSES,
    TERMS,
    TEXT,
    Part,
    Platform,
    options_of,
    shape_of,
    sound,
)
from gateway.profile.homeassistant_units import CLASS_UNITS, CLASSES
from gateway.profile.plain_value import shown
from gateway.profile.units import UNITS

Schema = Mapping[str, Any]
_KINDS: Mapping[str, Any] = {
    "enum": Mapping,
    "input": Mapping,
    "values": list,
    "value": str | bool,
    "on": str | bool,
    "off": str | bool,
    "lossy": object,
}
"""What a term is where it is no text."""
OFFERED_DANGER = 1
"""What a person must confirm, or must do at the appliance, is not offered."""
_SENDING = frozenset({"number", "select", "text", "notify"})
_SWITCHING = frozenset({"switch", "fan", "light", "humidifier"})
_SENT = {"number": (NUMBER,), "select": (CHOICE, NUMBER), "text": (TEXT, CHOICE, LIST), "notify": (TEXT,)}


def check_hook(pages: Pages, pointer: str, affordance: Schema, entry: Schema) -> None:
    """Check one hook; `pointer` ends in `/hl:map/ha`."""
    hook, schema = _checked_terms(pages, pointer, entry), sound(affordance)
    section, name = pointer.split("/")[1], entry.get("platform")
    if not is_word(name, PLATFORMS):
        pages.report(f"{pointer}/platform", f"{shown(name)} is no platform: use one of {joined(PLATFORMS)}", rule="ha-platform")
        return
    platform = PLATFORMS[str(name)]
    if name == "device" or schema.get("hl:private"):
        if not (name == "device" and schema.get("hl:private")):
            pages.report(pointer, "a private property has no entity, and only a private one fills the device's record", rule="ha-private")
        return
    if platform.parts:
        _check_part(pages, pointer, schema, hook, platform)
    elif "topic" in hook or "entity" in hook:
        pages.report(pointer, f"a {name} is made of one affordance: leave topic and entity out", rule="ha-part")
    else:
        _check_simple(pages, pointer, schema, hook, platform)
    _check_class(pages, pointer, schema, hook)
    if section == "actions":
        _check_input(pages, pointer, schema, hook)


def check_partners(pages: Pages, model: Mapping[str, Any], _inherited: int) -> None:
    """Check that the parts of each composite entity that are always there make one."""
    groups: dict[tuple[str, str], dict[str, list[tuple[str, Schema]]]] = {}
    for pointer, schema, hook in _hooks(model):
        name = hook.get("platform")
        if is_word(name, PLATFORMS) and PLATFORMS[str(name)].parts and is_word(_topic(hook), PLATFORMS[str(name)].parts):
            group = groups.setdefault((str(name), str(hook.get("entity", ""))), {})
            group.setdefault(_topic(hook), []).append((pointer, schema))
        if "of" in hook and not _lists(sound(model.get("properties", {}).get(hook["of"])), hook.get("each")):
            pages.report(f"{pointer}/of", f"{shown(hook['of'])} is no list whose entries have {shown(hook.get('each'))}", rule="ha-list")
    for (name, _), group in groups.items():
        _check_group(pages, name, group)


def _check_group(pages: Pages, name: str, group: Mapping[str, list[tuple[str, Schema]]]) -> None:
    platform, first = PLATFORMS[name], next(iter(group.values()))[0][0]
    for one_of in platform.needs:
        if not set(one_of) & set(group):
            pages.report(first, f"a {name} needs {' or '.join(one_of)} too", rule="ha-partner")
    for topic in platform.written & set(group):
        if not _writable(group[topic][0][1]):
            pages.report(group[topic][0][0], f"the {topic} of a {name} must be a property that can be written", rule="ha-partner")
    for topic, members in group.items():
        if len(members) > 1 and not platform.parts[topic].repeats:
            pages.report(members[1][0], f"a second {topic} of the same {name}: give it an entity of its own", rule="ha-partner")


def _hooks(model: Mapping[str, Any]) -> Iterator[tuple[str, Schema, Schema]]:
    for section in ("properties", "actions", "events"):
        for name, schema in model.get(section, {}).items():
            maps = schema.get("hl:map")
            hook = maps.get("ha") if isinstance(maps, Mapping) else None
            if isinstance(hook, Mapping):
                yield f"/{section}{pointer_to(name)}/hl:map/ha", sound(schema), _sound_hook(hook)


def _lists(schema: Schema, member: Any) -> bool:
    """Return whether a property is a list whose entries have `member`."""
    return member in schema.get("items", {}).get("properties", {})


def _topic(hook: Schema) -> str:
    topic = str(hook.get("topic", ""))
    return "power" if topic == "mode" and hook.get("fold") == "power+mode" else topic


def _writable(schema: Schema) -> bool:
    danger = schema.get("hl:danger", 0)
    return not schema.get("readOnly") and isinstance(danger, int) and danger <= OFFERED_DANGER


def _checked_terms(pages: Pages, pointer: str, hook: Schema) -> Schema:
    """Report terms that are none or of the wrong kind; return the rest."""
    for term, value in hook.items():
        if not is_word(term, TERMS):
            pages.report(f"{pointer}{pointer_to(term)}", f"{shown(term)} is no term of a hook: use {joined(TERMS)}", rule="ha-term")
        elif not isinstance(value, _KINDS.get(term, str)):
            pages.report(f"{pointer}/{term}", f"cannot be {shown(value)}", rule="ha-term")
    good = _sound_hook(hook)
    for term, words in (("category", CATEGORIES), ("state_class", STATE_CLASSES), ("fold", FOLDS)):
        if term in good and good[term] not in words:
            pages.report(f"{pointer}/{term}", f"must be one of {joined(words)}, not {shown(good[term])}", rule="ha-term")
    return good


def _sound_hook(hook: Schema) -> Schema:
    return {term: value for term, value in hook.items() if is_word(term, TERMS) and isinstance(value, _KINDS.get(term, str))}


def _check_part(pages: Pages, pointer: str, schema: Schema, hook: Schema, platform: Platform) -> None:
    name, section = hook["platform"], pointer.split("/")[1]
    part = platform.parts.get(_topic(hook))
    if part is None:
        pages.report(f"{pointer}/topic", f"must say which part of the {name} this is: {joined(platform.parts)}", rule="ha-part")
        return
    if part.section != section:
        pages.report(f"{pointer}/topic", f"the {_topic(hook)} of a {name} stands under {part.section}", rule="ha-part")
        return
    if section == "actions":
        return
    shape = shape_of(schema)
    if shape not in part.shapes:
        pages.report(
            pointer, f"the {_topic(hook)} of a {name} must be a {' or a '.join(sorted(part.shapes))}, not a {shape}", rule="ha-shape"
        )
        return
    if not schema.get("readOnly") and not part.writes:
        pages.report(pointer, f"can be written, but Home Assistant only shows the {_topic(hook)} of a {name}", rule="ha-writes")
    _check_words(pages, pointer, schema, hook, part)


def _check_words(pages: Pages, pointer: str, schema: Schema, hook: Schema, part: Part) -> None:
    table = hook.get("enum", {})
    if not isinstance(table, Mapping):
        pages.report(f"{pointer}/enum", "must map values to Home Assistant's words", rule="ha-enum")
        return
    if shape_of(schema) == BOOLEAN:
        if table:
            pages.report(f"{pointer}/enum", "a boolean needs no table here: it is understood", rule="ha-enum")
        return
    if part.words is None:
        return
    for value in schema.get("enum", ()):
        if table.get(value, value) not in part.words:
            pages.report(
                f"{pointer}/enum",
                f"{shown(value)} must become one of {joined(part.words)}, which is all Home Assistant knows there",
                rule="ha-enum",
            )


def _check_simple(pages: Pages, pointer: str, schema: Schema, hook: Schema, platform: Platform) -> None:
    name, section = hook["platform"], pointer.split("/")[1]
    if section not in platform.sections:
        pages.report(f"{pointer}/platform", f"a {name} stands under {' or '.join(platform.sections)}, not {section}", rule="ha-platform")
        return
    if section == "properties":
        _check_property(pages, pointer, schema, hook, platform)
    elif section == "events" and "member" in hook:
        _check_event_types(pages, pointer, schema, hook)


def _check_property(pages: Pages, pointer: str, schema: Schema, hook: Schema, platform: Platform) -> None:
    name, shape = hook["platform"], shape_of(schema)
    if shape not in platform.shapes:
        pages.report(f"{pointer}/platform", f"a {name} cannot show a {shape}", rule="ha-shape")
    elif platform.writes and schema.get("readOnly"):
        pages.report(f"{pointer}/platform", f"a {name} can be set, but this is only read: use sensor or binary_sensor", rule="ha-writes")
    elif not platform.writes and not schema.get("readOnly"):
        pages.report(
            f"{pointer}/platform",
            f"can be written, but a {name} only shows: use switch, number, select or text, or a part of a composite one",
            rule="ha-writes",
        )
    elif "each" in hook or "member" in hook:
        _check_member(pages, pointer, schema, hook)
    else:
        _check_whole(pages, pointer, schema, hook)


def _check_member(pages: Pages, pointer: str, schema: Schema, hook: Schema) -> None:
    members = schema.get("items", {}).get("properties", {}) if shape_of(schema) == LIST else schema.get("properties", {})
    for term in ("each", "member"):
        if term in hook and hook[term] not in members:
            pages.report(f"{pointer}/{term}", f"{shown(hook[term])} is no member: use one of {joined(members)}", rule="ha-list")
    if "each" in hook and shape_of(schema) != LIST:
        pages.report(f"{pointer}/each", "only a list has entries", rule="ha-list")
    if "each" in hook and hook["platform"] not in {"sensor", "binary_sensor"}:
        pages.report(f"{pointer}/each", "an entry of a list is shown by a sensor or a binary_sensor", rule="ha-list")


def _check_whole(pages: Pages, pointer: str, schema: Schema, hook: Schema) -> None:
    name, shape = hook["platform"], shape_of(schema)
    if name == "binary_sensor" and shape == CHOICE:
        table = hook.get("enum", {})
        bare = [value for value in schema["enum"] if not is_word(table.get(value), {"ON", "OFF"})]
        if bare:
            pages.report(f"{pointer}/enum", f"must say ON or OFF for {joined(bare)}", rule="ha-enum")
    elif name == "binary_sensor" and shape in (LIST, RECORD) and hook.get("fold") != "any":
        pages.report(pointer, "needs fold: any, or each with member", rule="ha-list")
    elif name in _SWITCHING and shape == CHOICE:
        _check_on_off(pages, pointer, schema, hook)
    elif name == "select" and not options_of(schema):
        pages.report(f"{pointer}/platform", "has too many values, or none that are known, for a select: use number", rule="ha-shape")
    elif name == "sensor" and shape == RECORD:
        pages.report(pointer, "an object needs member: what of it is shown", rule="ha-list")


def _check_on_off(pages: Pages, pointer: str, schema: Schema, hook: Schema) -> None:
    for term in ("on", "off"):
        if hook.get(term) not in schema["enum"]:
            pages.report(f"{pointer}/{term}", f"must name the value that is {term}: one of {joined(schema['enum'])}", rule="ha-enum")


def _check_event_types(pages: Pages, pointer: str, schema: Schema, hook: Schema) -> None:
    member = schema.get("data", {}).get("properties", {}).get(hook["member"])
    if not isinstance(member, Mapping) or "enum" not in member:
        pages.report(f"{pointer}/member", "must be a member with an enum: its values are the types of the event", rule="ha-list")


def _check_class(pages: Pages, pointer: str, schema: Schema, hook: Schema) -> None:
    name, asked = str(hook["platform"]), hook.get("device_class")
    if asked is None:
        return
    known = CLASSES.get(name, frozenset())
    if not is_word(asked, known):
        pages.report(f"{pointer}/device_class", f"{shown(asked)} is no class of a {name}: use {joined(known)}", rule="ha-class")
        return
    shown_part = _shown_schema(schema, hook)
    if name in {"sensor", "number"} and shape_of(shown_part) == NUMBER:
        units = CLASS_UNITS[str(asked)]
        unit = shown_part.get("unit")
        if unit not in units and (units or unit is not None) and unit in (None, *UNITS):
            pages.report(
                f"{pointer}/device_class",
                f"{asked} goes with {joined(units)}, not with {shown(unit)}: leave it out",
                rule="ha-class",
            )


def _shown_schema(schema: Schema, hook: Schema) -> Schema:
    """Return the schema of what a sensor shows: the value, or a member of it or of its entries."""
    if "member" not in hook:
        return schema
    members = schema.get("items", schema).get("properties", {}) if shape_of(schema) == LIST else schema.get("properties", {})
    found = members.get(hook["member"], {})
    return found if isinstance(found, Mapping) else {}


def _check_input(pages: Pages, pointer: str, schema: Schema, hook: Schema) -> None:
    """Report an action that needs input and is given none: a fixed one, one for each value, or the one value a person types."""
    input_schema = schema.get("input", {})
    members = input_schema.get("properties", {})
    if schema.get("hl:danger", 0) in (2, 3):
        return
    given = set(hook["input"]) if isinstance(hook.get("input"), Mapping) else set()
    given |= {hook[term] for term in ("each", "member") if isinstance(hook.get(term), str)}
    for name in sorted(given - set(members)):
        pages.report(pointer, f"{shown(name)} is no member of the input: use one of {joined(members)}", rule="ha-input")
    alternatives = [set(option.get("required", ())) for option in input_schema.get("oneOf", ())] or [set()]
    missing = set(input_schema.get("required", ())) - given
    if missing or not any(option <= given for option in alternatives):
        pages.report(
            pointer, f"this action needs {joined(missing or alternatives[0])}: give it with input, each or member", rule="ha-input"
        )
    _check_sent(pages, pointer, schema, hook)


def _check_sent(pages: Pages, pointer: str, schema: Schema, hook: Schema) -> None:
    name = str(hook["platform"])
    member = schema.get("input", {}).get("properties", {}).get(hook.get("member"))
    if name in _SENDING and not isinstance(member, Mapping):
        pages.report(pointer, f"a {name} of an action needs member: the one value that is sent", rule="ha-input")
    elif name in _SENDING and isinstance(member, Mapping) and shape_of(member) not in _SENT[name]:
        pages.report(f"{pointer}/member", f"a {name} cannot send a {shape_of(member)}", rule="ha-shape")
    if "each" in hook and "of" not in hook and "values" not in hook:
        each = schema.get("input", {}).get("properties", {}).get(hook["each"], {})
        if isinstance(each, Mapping) and not options_of(each):
            pages.report(f"{pointer}/each", "has no known values: name them with values, or their list with of", rule="ha-list")
