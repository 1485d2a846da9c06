"""History as charts: numbers of one unit as lines in one chart, words as bands over time. What is drawn is data for ECharts, no script."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.faces.web.look import table
from gateway.faces.web.phrases import Tongue
from gateway.faces.web.value import shown, told, unit_of
from gateway.home.twin import Twin
from gateway.thing.timestamp import from_iso
from gateway.thing.value import Value

COLOURS: Final = ["#1f9e86", "#d9822b", "#6c7bd9", "#c2528b"]
GREY: Final = "#8793a0"
FONT: Final = "system-ui, 'Noto Sans CJK SC', sans-serif"
_MARK, _LINE = 40, 300
"""Pixels of a legend's mark with its gaps, and of a line of it on a phone."""
MOST_POINTS: Final = 1500
_CLOCK: Final = {
    "year": "{yyyy}",
    "month": "{MM}-{dd}",
    "day": "{MM}-{dd}",
    "hour": "{HH}:{mm}",
    "minute": "{HH}:{mm}",
    "second": "{HH}:{mm}:{ss}",
}


@dataclass(frozen=True, slots=True)
class Chart:
    """`title` for whoever sees or hears it, `options` for ECharts; `several`: its legend names what is in it."""

    title: str
    options: dict[str, Any]
    band: bool = False
    several: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """What a device's history shows: charts of what changed, and in words what stood still."""

    charts: list[Chart]
    steady: list[str]


Series = Mapping[str, list[tuple[float, Value]]]


def charts(tongue: Tongue, twin: Twin, samples: Iterable[Mapping[str, Any]], since: float, now: float) -> Past:
    """Return the charts of one device for what was recorded: `at` in seconds since the epoch (or a time in words), property, value."""
    found = list(samples)
    since = max(since, min((seconds_of(sample["at"]) for sample in found), default=since))
    by_name: dict[str, list[tuple[float, Value]]] = {}
    for sample in found:
        by_name.setdefault(sample["property"], []).append((seconds_of(sample["at"]), sample["value"]))
    known = {name: twin.instance.properties[name] for name in by_name if name in twin.instance.properties}
    public = {name: by_name[name] for name, each in known.items() if not each.private and name not in table()["still"]}
    made, steady = [], []
    for unit in table()["lines"]:
        names = _of_unit(twin, public, unit)
        if any(_moved(public[name]) for name in names):
            made.append(_lines(tongue, twin, unit, {name: public[name] for name in names}, since, now))
        else:
            steady += [
                f"{tongue.title(known[name].schema, name)} {shown(tongue, known[name].schema, public[name][-1][1])}" for name in names
            ]
    bands = (name for name in table()["bands"] if name in public and _moved(public[name]))
    return Past(made + [_band(tongue, twin, name, public[name], since, now) for name in bands], steady)


def _of_unit(twin: Twin, values: Series, unit: str) -> list[str]:
    schemas = {name: twin.instance.properties[name].schema for name in values}
    return [name for name, schema in schemas.items() if schema.get("unit") == unit and schema.get("type") in {"number", "integer"}]


def _moved(values: list[tuple[float, Value]]) -> bool:
    """Return whether there is anything to see: what never changed needs no picture."""
    return any(value != values[0][1] for _, value in values)


def _lines(tongue: Tongue, twin: Twin, unit: str, values: Series, since: float, now: float) -> Chart:
    series: list[dict[str, Any]] = [
        {
            "name": tongue.title(twin.instance.properties[name].schema, name),
            "type": "line",
            "step": "end",
            "showSymbol": False,
            "data": _points(each, since, now),
        }
        for name, each in values.items()
    ]
    axis = {
        "type": "value",
        "scale": True,
        "splitNumber": 3,
        "axisLabel": {"formatter": f"{{value}} {unit_of({'unit': unit})}", "color": GREY},
        "splitLine": _faint(),
    } | _ends(twin, values)
    several = len(series) > 1
    return Chart(tongue.comma.join(each["name"] for each in series), _options(series, axis, since, now, legend=several), several=several)


def _ends(twin: Twin, values: Series) -> dict[str, float]:
    """Return the ends of an axis that what was recorded has reached: above 100 % there is nothing to draw."""
    schemas = [twin.instance.properties[name].schema for name in values]
    numbers = [float(value) for each in values.values() for _, value in each if isinstance(value, int | float)]
    reached = {"min": ("minimum", min(numbers)), "max": ("maximum", max(numbers))}
    return {end: value for end, (limit, value) in reached.items() if any(schema.get(limit) == value for schema in schemas)}


def _band(tongue: Tongue, twin: Twin, name: str, values: list[tuple[float, Value]], since: float, now: float) -> Chart:
    schema = twin.instance.properties[name].schema
    words = [(at, told(tongue, schema, name, value)) for at, value in values]
    rows = _ordered(tongue, schema, name, words)
    title = tongue.title(schema, name)
    series: list[dict[str, Any]] = [
        {
            "name": title,
            "type": "line",
            "step": "start",  # told along the axis of words, on which its start is our end
            "showSymbol": False,
            "lineStyle": {"width": 4},
            "data": _points(words, since, now),
        }
    ]
    axis = {"type": "category", "data": rows, "axisLabel": {"color": GREY}, "splitLine": {**_faint(), "show": True}}
    return Chart(title, _options(series, axis, since, now, legend=False), band=True)


def _ordered(tongue: Tongue, schema: Mapping[str, Any], name: str, words: list[tuple[float, str]]) -> list[str]:
    """Return the words there were from the bottom up: off below on, the others as the profile orders them."""
    known = [told(tongue, schema, name, value) for value in schema.get("enum", (False, True))]
    seen = dict.fromkeys(word for _, word in words)
    return [word for word in dict.fromkeys(known) if word in seen] + [word for word in seen if word not in known]


def _points(values: list[tuple[float, Value]], since: float, now: float) -> list[list[Any]]:
    """Return the points in milliseconds; what held when the picture begins, and holds now, reaches its edges. Long rows are thinned."""
    before = [value for at, value in values if at < since]
    inside = [(at, value) for at, value in values if at >= since]
    thin = max(1, len(inside) // MOST_POINTS)
    points = [[round(at * 1000), value] for at, value in inside[::thin]]
    if before:
        points.insert(0, [round(since * 1000), before[-1]])
    if values:
        points.append([round(now * 1000), values[-1][1]])
    return points


def _options(series: list[dict[str, Any]], axis: dict[str, Any], since: float, now: float, *, legend: bool) -> dict[str, Any]:
    rows = _rows([each["name"] for each in series]) if legend else 0
    time = {
        "type": "time",
        "min": round(since * 1000),
        "max": round(now * 1000),
        "splitNumber": 3,
        "minInterval": max(1000, round((now - since) * 300)),
        "axisLabel": {"color": GREY, "hideOverlap": True, "fontSize": 12, "formatter": _CLOCK},
        "axisLine": {"lineStyle": {"color": GREY}},
    }
    return {
        "color": COLOURS,
        "animation": False,
        "aria": {"enabled": True},
        "textStyle": {"fontFamily": FONT},
        "grid": {"left": 8, "right": 16, "top": 14 + 20 * rows, "bottom": 6, "containLabel": True},
        "legend": {
            "show": legend,
            "top": 0,
            "left": 0,
            "textStyle": {"color": GREY},
            "icon": "roundRect",
            "itemHeight": 6,
        },
        "tooltip": {"trigger": "axis", "confine": True, "renderMode": "richText"},
        "xAxis": time,
        "yAxis": axis,
        "series": series,
    }


def _rows(names: list[str]) -> int:
    """Return how many lines a legend takes on a phone: letters are half as wide as Chinese characters."""
    widths = [_MARK + sum(7 if letter.isascii() else 13 for letter in name) for name in names]
    rows, left = 1, _LINE
    for width in widths:
        rows, left = (rows, left - width) if width <= left else (rows + 1, _LINE - width)
    return rows


def _faint() -> dict[str, Any]:
    return {"lineStyle": {"color": GREY, "opacity": 0.2}}


def seconds_of(at: Any) -> float:
    """Return a time of the history in seconds since the epoch, however it is told."""
    return from_iso(at) if isinstance(at, str) else float(at)
