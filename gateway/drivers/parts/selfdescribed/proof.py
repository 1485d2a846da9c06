"""Whether a feature is really there: its portrait is taken apart, and values are sent through it both ways.

What a device may tell must arrive as a value the profile takes, and what it can be set to must come out again as what was meant, within the
resolution. A feature of which that is not so is lost, whatever the portrait says.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.drivers.parts.selfdescribed.colour import Colour
from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.selfdescribed.row import Row, Section
from gateway.errors import CommandError
from gateway.profile.instance import Instance
from gateway.thing.value import Value

_USUAL = (0, 1, 21)
_NEAR = 0.03
"""How far a number may be from where it was, as a share of its range: a step of the profile, or an end a little beyond the kind's."""


def lost(feature: Feature, rows: Sequence[tuple[Instance, Row]], members: Sequence[str] = ()) -> str:
    """Return what cannot be told or set of a feature (or of a leaf of its object), "" where nothing is lost."""
    if not rows:
        return "it stands nowhere"
    samples = list(_samples(feature, members))
    if feature.event or feature.readable:
        telling = [(instance, row) for instance, row in rows if row.told]
        if problem := _verdict(feature, [_told(feature, telling, sample, members) for sample in samples]):
            return f"it cannot be told: {problem}"
    if feature.settable:
        setting = [(instance, row) for instance, row in rows if row.settable]
        if problem := _verdict(feature, [_set(feature, setting, sample, members) for sample in samples]):
            return f"it cannot be set: {problem}"
    return ""


def _verdict(feature: Feature, problems: Sequence[str]) -> str:
    """Return what is wrong with the samples of a feature: of a number without an end, one that comes through is enough."""
    bounded = feature.minimum is not None or feature.maximum is not None or feature.type not in ("number", "integer")
    return next((each for each in problems if each), "") if bounded or all(problems) else ""


def _told(feature: Feature, rows: Sequence[tuple[Instance, Row]], sample: Value, members: Sequence[str]) -> str:
    problem = "nothing tells it"
    for instance, row in rows:
        values = row.conversion.told(_raws(row, feature, sample))
        said = [(name, value) for name, value in zip(row.names, values, strict=True) if value is not None]
        if not said:
            problem = f"{sample!r} says nothing"
            continue
        try:
            for name, value in said:
                (instance.check_event if row.section is Section.EVENT else instance.check_value)(name, value)
        except CommandError as error:
            return str(error)
        back = _given(row, feature, row.conversion.asked(values, _raws(row, feature, sample)))
        if not members or _same(_at(back, members), _at(sample, members), feature):
            return ""
        problem = f"{members[-1]} is left out"
    return problem


def _set(feature: Feature, rows: Sequence[tuple[Instance, Row]], sample: Value, members: Sequence[str]) -> str:
    """Return why no row says this sample to the device, "" where one does."""
    problem = "nothing sets it"
    for instance, row in rows:
        raws = _raws(row, feature, sample)
        values = row.conversion.told(raws)
        if all(value is None for value in values) and row.section is Section.PROPERTY:
            problem = f"{sample!r} cannot be said"
            continue
        asked = _given(row, feature, row.conversion.asked(values, raws))
        problem = _refusal(instance, row, values)
        if not problem and _same(_at(asked, members), _at(sample, members), feature):
            return ""
        problem = problem or f"{sample!r} comes out as {asked!r}"
    return problem


def _refusal(instance: Instance, row: Row, values: Sequence[Value]) -> str:
    checks = instance.shape.inputs if row.section is Section.ACTION else instance.shape.writes
    for name, value in zip(row.names, values, strict=True):
        if value is None:
            continue
        check = checks.get(name)
        if check is None and row.section is Section.PROPERTY:
            return f"{name} is only shown"
        if check is not None and (problem := check(value)) is not None:
            return f"{name}{problem}"
    return ""


def _raws(row: Row, feature: Feature, sample: Value) -> tuple[Value, ...]:
    """Return raw values for all keys of a row: of a colour in pieces the other pieces have to be there too."""
    pieces = row.conversion.pieces() if isinstance(row.conversion, Colour) else (None,) * len(row.keys)
    return tuple(sample if key == feature.key else piece for key, piece in zip(row.keys, pieces, strict=True))


def _given(row: Row, feature: Feature, raws: Sequence[Value]) -> Value:
    found = next((raw for key, raw in zip(row.keys, raws, strict=True) if key == feature.key), None)
    return _PIECE if found is None and len(row.keys) > 1 else found


_PIECE = object()
"""A piece of a colour that is not said because another description of the same colour is."""


def _same(back: Value, sample: Value, feature: Feature) -> bool:
    if back is _PIECE:
        return True
    if isinstance(sample, int | float) and not isinstance(sample, bool):
        if isinstance(back, bool) or not isinstance(back, int | float):
            return False
        span = (feature.maximum or 0) - (feature.minimum or 0)
        return abs(back - sample) <= max(
            feature.step or 0, 0.5 if feature.type == "integer" else 0.0, abs(span) * _NEAR, abs(sample) * _NEAR, 1e-6
        )
    return type(back) is type(sample) and bool(back == sample)


def _at(value: Value, members: Sequence[str]) -> Value:
    for name in members:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _samples(feature: Feature, members: Sequence[str]) -> Iterator[Value]:
    if feature.type in ("object", "array"):
        yield _made({"type": feature.type, **feature.schema}, list(members))
    elif feature.type == "boolean":
        yield from (True,) if _is_press(feature) else (True, False)
    elif feature.type in ("number", "integer"):
        yield from _numbers(feature)
    elif feature.words:
        yield from feature.words
    else:
        yield "text"


def _is_press(feature: Feature) -> bool:
    """Return whether a feature that can only be set is a button: there is no setting it to no."""
    return not feature.readable and (feature.group == "button" or (feature.group, feature.name) == ("cover", "stop"))


def _numbers(feature: Feature) -> Iterator[Value]:
    low, high = feature.minimum, feature.maximum
    if low is None and high is None:
        yield from _USUAL
        return
    ends = [end for end in (low, high) if end is not None]
    if len(ends) == 2:  # noqa: PLR2004 - both of them
        middle = (ends[0] + ends[1]) / 2
        step = feature.step or 1
        ends.append(ends[0] + round((middle - ends[0]) / step) * step if step <= ends[1] - ends[0] else ends[0])
    yield from (round(end) if feature.type == "integer" else end for end in ends)


def _made(schema: Mapping[str, Any], path: list[str]) -> Value:
    """Return an example of a schema, with the members a path leads along."""
    kind = schema.get("type")
    if kind == "object":
        inner = schema.get("properties", {})
        names = [path[0]] if path and path[0] in inner else []
        return {name: _made(inner[name], path[1:]) for name in names}
    if kind == "array":
        return []
    if kind == "boolean":
        return True
    if kind in ("number", "integer"):
        low, high = schema.get("minimum"), schema.get("maximum")
        return low if isinstance(low, int | float) else high if isinstance(high, int | float) else 1
    words = schema.get("enum")
    return words[0] if isinstance(words, list) and words else "text"
