"""The leaves of an entity, made of the rows of `components.yaml`; a leaf whose options are not read is left out, with the reason."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.drivers.mqttdiscovery.announcement import Entity, sink_topic, topic_in
from gateway.drivers.mqttdiscovery.codec import HUES, XY, Codec, Coordinates, Flag, Number, Pair, Rgb, RgbObject, Text, Words, members_of
from gateway.drivers.mqttdiscovery.leaf import Leaf, Sink, Source
from gateway.drivers.mqttdiscovery.options import limit_of, number_option, option, words_option
from gateway.drivers.mqttdiscovery.template import template_of
from gateway.drivers.parts.selfdescribed.feature import Category, Feature
from gateway.drivers.parts.selfdescribed.vocabulary import vocabulary
from gateway.drivers.parts.sheet import document
from gateway.drivers.parts.text import shown
from gateway.errors import WireError

Row = Mapping[str, Any]
_CODES: Final[Mapping[str, Codec]] = {
    "hues": Pair(HUES),
    "xy": Pair(XY),
    "rgb": Rgb(),
    "json_hues": Coordinates(HUES, ("h", "s")),
    "json_xy": Coordinates(XY, XY),
    "json_rgb": RgbObject(),
}
_HINTS: Final = frozenset(
    {
        "action",
        "blue",
        "code",
        "duration",
        "green",
        "hue",
        "position",
        "red",
        "sat",
        "state",
        "tilt_position",
        "tone",
        "volume_level",
        "x",
        "y",
    }
)
"""What Home Assistant lends the templates of commands besides `value`, and a device here is lent too."""
_SPACES: Final[Mapping[tuple[str, ...], tuple[float, float]]] = {HUES: (360, 100), XY: (1, 1)}
_TEMPERATURE: Final = {"C": "°C", "F": "°F"}
_SLUG = re.compile(r"[^a-z0-9]+")


def leaves_of(entity: Entity) -> tuple[tuple[Leaf, ...], tuple[str, ...]]:
    """Return the leaves of an entity, and why others were left out; raise WireError where there is nothing left of it."""
    component = _component(entity)
    leaves: list[Leaf] = []
    reasons: list[str] = []
    for name, row in component["leaves"].items():
        try:
            if _is_there(row, entity.options) and (leaf := _leaf(entity, component, name, row)) is not None:
                leaves.append(leaf)
        except WireError as error:
            reasons.append(f"{name}: {error}")
    if not leaves:
        raise WireError(reasons[0] if reasons else f"it has no topic a {entity.component} needs")
    return tuple(leaves), tuple(reasons)


def _component(entity: Entity) -> Row:
    components = document(Path(__file__).with_name("components.yaml"))
    row = components.get(entity.component)
    if row is None:
        raise WireError(f"{entity.component[:32]!r} is no component that Home Assistant lists")
    if "refused" in row:
        raise WireError(f"a {entity.component} is not taken: {row['refused']}")
    schema = row.get("schema")
    if schema is None:
        return dict(row)
    told = str(entity.options.get(schema.get("by", "schema"), schema["default"])).lower()
    if told == "template":
        raise WireError("a light with `schema: template` is not taken: use `schema: json`")
    return dict(components[schema[told]] if told in schema.keys() - {"default", "by"} else row)


def _is_there(row: Row, options: Mapping[str, Any]) -> bool:
    if any(_has(name, options) for name in _list(row.get("unless", []))):
        return False
    when = _list(row.get("when", []))
    return not when or any(_has(name, options) for name in when)


def _has(name: str, options: Mapping[str, Any]) -> bool:
    modes = options.get("supported_color_modes")
    if name.startswith("+"):
        return isinstance(modes, list) and name[1:] in modes
    return bool(options.get(name))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _leaf(entity: Entity, component: Row, name: str, row: Row) -> Leaf | None:
    options = entity.options
    sources = tuple(_sources(row, options))
    sink = _sink(row, options)
    if not sources and sink is None:
        return None
    codec, once = _codec(entity, row), bool(row.get("once"))
    feature = _feature(entity, component, row.get("name", name), row, codec, readable=bool(sources) or not once, settable=sink is not None)
    word = option("payload=", options) if row.get("trigger") else ""
    return Leaf(
        features=_parts(feature, codec),
        codec=codec,
        sources=sources,
        sink=sink,
        falls=number_option("off_delay", options),
        word=word or "",
        once=once,
    )


def _sources(row: Row, options: Mapping[str, Any]) -> Iterator[Source]:
    if "json" in row:
        yield from (Source(topic, None, row["json"]) for topic in _topics(options.get("state_topic")))
        return
    read = row.get("read", [])
    for topic, *templates in read if read and isinstance(read[0], list) else [read] if read else []:
        source = next((options[each] for each in templates if options.get(each) is not None), None)
        template = None if source is None else template_of(_template(source))
        yield from (Source(each, template, row.get("inside", "")) for each in _topics(options.get(topic)))


def _topics(told: Any) -> list[str]:
    """Return the topics something is told on; Home Assistant has one, a firmware of its own words may say it in two places."""
    return [] if told is None else [topic_in(each) for each in (told[:4] if isinstance(told, list) else [told])]


def _sink(row: Row, options: Mapping[str, Any]) -> Sink | None:
    topic, *templates = ["command_topic"] if "json" in row else row.get("write", [""])
    if options.get(topic) is None or not all(options.get(each) is not None for each in _list(row.get("needs", []))):
        return None
    if options.get(row.get("secret", "")):
        return None  # it wants a code with each command, and the hub keeps no such code
    source = next((options[each] for each in templates if options.get(each) is not None), None)
    qos = options.get("qos", 0)
    return Sink(
        topic=sink_topic(options[topic]),
        template=None if source is None else template_of(_template(source), _HINTS),
        member=row.get("json", "") or (row.get("wrapped", "") if source is None else ""),
        qos=qos if isinstance(qos, int) and 0 <= qos <= 1 else 1,
        retain=options.get("retain") is True,
    )


def _template(source: Any) -> str:
    if not isinstance(source, str):
        raise WireError("its template is no text")
    return source


def _codec(entity: Entity, row: Row) -> Codec:
    options = entity.options
    if "flag" in row:
        return _flag(entity, row["flag"])
    if "code" in row:
        return _CODES[row["code"]]
    if "number" in row:
        return _number(row["number"], options)
    if row.get("trigger"):
        word = option("payload=", options) or ""
        return Words(((word, _trigger(options)),), ())
    if "words" in row:
        return _words(row, options)
    return _measured(options) if row.get("measured") else Text()


def _trigger(options: Mapping[str, Any]) -> str:
    """Return what happened, in the words of a device trigger."""
    kind, what = (shown(options.get(name)) for name in ("type", "subtype"))
    return what if kind == "action" and what else " ".join(part for part in (what, kind) if part) or "triggered"


def _flag(entity: Entity, row: Row) -> Flag:
    yes, no = (tuple(word for word in [_first(names, entity.options)] if word) for names in row.get("told", [[], []]))
    said = [option(each, entity.options) or "" for each in row.get("said", [])]
    say_yes, say_no, *_ = (*said, "", "")
    return Flag(yes, no, say_yes, say_no)


def _first(names: Sequence[str], options: Mapping[str, Any]) -> str:
    return next((found for name in names if (found := option(name, options))), "")


def _number(row: Row, options: Mapping[str, Any]) -> Number:
    low, high = (limit_of(each, options) or 0.0 for each in row.get("scale", (0, 0)))
    return Number(low - (1 if row.get("counted") else 0), high, whole=bool(row.get("whole")))


def _words(row: Row, options: Mapping[str, Any]) -> Words:
    rows = row["words"]
    if isinstance(rows, str):
        words = [*words_option(rows, options), *_list(row.get("more", []))]
        pairs = tuple((word, word) for word in words)
        return Words(pairs, pairs, more=not pairs)
    said = tuple((ours, theirs) for ours, name in rows.items() if (theirs := option(name, options)))
    told = row.get("told", {})
    return Words(tuple((option(each, options) or "", ours) for ours, names in told.items() for each in _list(names)), said)


def _measured(options: Mapping[str, Any]) -> Codec:
    """Return how a sensor's reading is read: a number where anything says so."""
    if isinstance(options.get("options"), list):
        pairs = tuple((word, word) for word in words_option("options", options))
        return Words(pairs, (), more=not pairs)
    kind = options.get("device_class")
    number = options.get("unit_of_measurement") or options.get("state_class") or (kind and kind not in _names()["text classes"])
    return Number() if number else Text()


def _feature(entity: Entity, component: Row, name: str, row: Row, codec: Codec, *, readable: bool, settable: bool) -> Feature:
    options = entity.options
    low, high, step, unit = _range(row, options, codec)
    words = codec_words(codec)
    group = component.get("group", "")
    return Feature(
        key=f"{entity.path}/{name}",
        name=_about(entity) if row.get("named") else row["number"]["kelvin"] if _in_kelvin(row, options) else name,
        group=group,
        instance=entity.path.rpartition("/")[2].lower() if group else "",
        type=_type(codec),
        unit=unit,
        minimum=low,
        maximum=high,
        step=step,
        words=words,
        readable=readable,
        settable=settable,
        event=bool(row.get("event")),
        device_class=shown(options.get("device_class")),
        state_class=shown(options.get("state_class")),
        title=shown(options.get("name")),
        category=_category(options, row.get("category", component.get("category", ""))),
    )


def _parts(feature: Feature, codec: Codec) -> tuple[Feature, ...]:
    """Return the features of one leaf: those of a colour are each a feature of their own."""
    names = members_of(codec)
    most = _SPACES.get(names, (0, 0))
    return tuple(
        replace(feature, key=f"{feature.key}.{name}", name=f"color.{name}", type="number", minimum=0, maximum=end)
        for name, end in zip(names, most, strict=False)
    ) or (feature,)


def _range(row: Row, options: Mapping[str, Any], codec: Codec) -> tuple[float | None, float | None, float | None, str]:
    """Return minimum, maximum, step and unit of a number."""
    if not isinstance(codec, Number):
        return None, None, None, ""
    number = row.get("number", {"unit": "unit_of_measurement"})
    unit = option(number.get("unit", "="), options) or ""
    unit = _TEMPERATURE.get(unit, unit)
    if codec.high != codec.low:
        return 0.0, 100.0, 1.0 if codec.whole else None, unit
    if _in_kelvin(row, options):
        return limit_of("min_kelvin=2000", options), limit_of("max_kelvin=6535", options), None, "K"
    low, high, step = (limit_of(number.get(name), options) for name in ("min", "max", "step"))
    return low, high, step if step is None or step > 0 else None, unit[:32]


def _in_kelvin(row: Row, options: Mapping[str, Any]) -> bool:
    """Return whether a light tells how warm it is in kelvin, where others use mired."""
    return options.get(row.get("number", {}).get("kelvin", "")) is True


def codec_words(codec: Codec) -> tuple[str, ...]:
    """Return what a text may be, nothing where it may be anything."""
    if not isinstance(codec, Words) or codec.more:
        return ()
    return tuple(dict.fromkeys([*(ours for ours, _ in codec.said_with), *(ours for _, ours in codec.told_by)]))


def _type(codec: Codec) -> str:
    if isinstance(codec, Flag):
        return "boolean"
    if isinstance(codec, Number):
        return "integer" if codec.whole else "number"
    return "string"


def _category(options: Mapping[str, Any], usual: str) -> Category:
    told = options.get("entity_category") or usual
    return next((each for each in Category if each == told), Category.MAIN)


def _about(entity: Entity) -> str:
    """Return what a reading is about: what its class is, else what it is called.

    A class such as temperature does not tell whose it is: a name that is known for itself (outdoor temperature) counts before it.
    """
    names = _names().get(entity.component, {})
    kind = entity.options.get("device_class")
    own = slug(shown(entity.options.get("name")))
    if entity.component == "sensor" and kind in _names()["whose classes"] and own in vocabulary().by_name:
        return own
    if isinstance(kind, str) and (about := names.get(kind, kind)) and entity.component in {"sensor", "binary_sensor"}:
        return slug(about)
    return own or slug(entity.path.rpartition("/")[2]) or entity.component


def slug(name: str) -> str:
    """Return a name in snake case, "" where nothing of it is left."""
    return _SLUG.sub("_", name.lower()).strip("_")[:64]


@cache
def _names() -> Mapping[str, Any]:
    return document(Path(__file__).with_name("names.yaml"))
