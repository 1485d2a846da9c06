"""The leaves of an entity, made of the rows of `components.yaml`; a leaf whose options are not read is left out, with the reason."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from gateway.drivers.mqttdiscovery.announcement import Entity, sink_topic, topic_in
from gateway.drivers.mqttdiscovery.coding import codec_of
from gateway.drivers.mqttdiscovery.features import feature_of, parts_of
from gateway.drivers.mqttdiscovery.leaf import Leaf, Sink, Source
from gateway.drivers.mqttdiscovery.options import Row, number_option, option, several
from gateway.drivers.mqttdiscovery.template import template_of
from gateway.drivers.parts.sheet import document
from gateway.errors import WireError

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
    if any(_has(name, options) for name in several(row.get("unless", []))):
        return False
    when = several(row.get("when", []))
    return not when or any(_has(name, options) for name in when)


def _has(name: str, options: Mapping[str, Any]) -> bool:
    modes = options.get("supported_color_modes")
    if name.startswith("+"):
        return isinstance(modes, list) and name[1:] in modes
    return bool(options.get(name))


def _leaf(entity: Entity, component: Row, name: str, row: Row) -> Leaf | None:
    options = entity.options
    sources = tuple(_sources(row, options))
    sink = _sink(row, options)
    if not sources and sink is None:
        return None
    codec, once = codec_of(entity, row), bool(row.get("once"))
    feature = feature_of(
        entity, component, row.get("name", name), row, codec, readable=bool(sources) or not once, settable=sink is not None
    )
    word = option("payload=", options) if row.get("trigger") else ""
    return Leaf(
        features=parts_of(feature, codec),
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
    if options.get(topic) is None or not all(options.get(each) is not None for each in several(row.get("needs", []))):
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
