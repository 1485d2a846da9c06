"""How a leaf is said and told: the codec that its row and the options of its entity make."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.drivers.mqttdiscovery.announcement import Entity
from gateway.drivers.mqttdiscovery.codec import HUES, XY, Codec, Coordinates, Flag, Number, Pair, Rgb, RgbObject, Text, Words
from gateway.drivers.mqttdiscovery.naming import class_names
from gateway.drivers.mqttdiscovery.options import Row, limit_of, option, several, words_option
from gateway.drivers.parts.text import shown

_CODES: Final[Mapping[str, Codec]] = {
    "hues": Pair(HUES),
    "xy": Pair(XY),
    "rgb": Rgb(),
    "json_hues": Coordinates(HUES, ("h", "s")),
    "json_xy": Coordinates(XY, XY),
    "json_rgb": RgbObject(),
}


def codec_of(entity: Entity, row: Row) -> Codec:
    """Return how the values of a leaf are read and written."""
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
        words = [*words_option(rows, options), *several(row.get("more", []))]
        pairs = tuple((word, word) for word in words)
        return Words(pairs, pairs, more=not pairs)
    said = tuple((ours, theirs) for ours, name in rows.items() if (theirs := option(name, options)))
    told = row.get("told", {})
    return Words(tuple((option(each, options) or "", ours) for ours, names in told.items() for each in several(names)), said)


def _measured(options: Mapping[str, Any]) -> Codec:
    """Return how a sensor's reading is read: a number where anything says so."""
    if isinstance(options.get("options"), list):
        pairs = tuple((word, word) for word in words_option("options", options))
        return Words(pairs, (), more=not pairs)
    kind = options.get("device_class")
    number = options.get("unit_of_measurement") or options.get("state_class") or (kind and kind not in class_names()["text classes"])
    return Number() if number else Text()
