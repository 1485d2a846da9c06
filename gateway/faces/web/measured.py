"""What a run brought about: who started it, the power it took, and each measured effect with its verdict and its curve."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from nicegui import ui

from gateway.faces.web.charts import COLOURS, GREY
from gateway.faces.web.parts import box, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import shown, unit_of

_TONES: Final = {"reached": "good", "notReached": "bad", "measuring": "warn", "cutOff": "warn", "cannotBeMeasured": "warn"}
_W: Final = {"unit": "W"}


def started(page: Sheet, document: Mapping[str, Any]) -> None:
    """Draw what made a run begin by itself, where something did."""
    if trigger := document.get("trigger"):
        text(f"{page.tongue('scene.trigger')}{page.tongue('colon')}{page.tongue.either(trigger['text'])}", "soft literal")


def measured(page: Sheet, document: Mapping[str, Any]) -> None:
    """Draw what was measured of a run: its power, and folded what it brought about; nothing where it says nothing."""
    if (power := document.get("power")) and power.get("curve"):
        _power(page, power)
    if effect := document.get("effect"):
        pairs = [(aim, device) for aim in effect["aims"] for device in aim["devices"]]
        counted = Counter(str(device["verdict"]) for _, device in pairs)
        with box("fold", "details"):
            with box("row", "summary"):
                text(page.tongue("scene.effect"), "grow", "span")
                for verdict, number in counted.items():
                    text(f"{number} {page.tongue(f'effect.{verdict}')}", f"badge {_TONES.get(verdict, 'warn')}", "span")
            for aim, device in pairs:
                _effect(page, aim, device)


def _power(page: Sheet, power: Mapping[str, Any]) -> None:
    say, limit = page.tongue, power.get("limit")
    with box("row"):
        text(say("scene.power"), "grow", "h3")
        text(say("scene.peak", n=f"{power['peak']:.0f}"), "badge", "span")
        if limit:
            text(say("energy.limit", n=f"{limit:.0f}"), "badge", "span")
    _curve(say("scene.power"), power["curve"], unit_of(_W), limits=[limit] if limit else [])


def _effect(page: Sheet, aim: Mapping[str, Any], device: Mapping[str, Any]) -> None:
    say, home = page.tongue, page.whole.home
    there = device["device"] in home.devices()
    known = home.twin(device["device"]).instance.properties if there else {}
    schema = known[aim["property"]].schema if aim["property"] in known else {"unit": aim.get("unit")}
    with box("tight"):
        with box("row"):
            with box("grow"):
                text(page.name(home.twin(device["device"])) if there else device["device"], "literal")
                text(say.title(schema, aim["property"]), "soft small")
            text(say(f"effect.{device['verdict']}"), f"badge {_TONES.get(device['verdict'], 'warn')}", "span")
        if device["lowest"] is not None and device["highest"] is not None:
            text(say("effect.range", low=shown(say, schema, device["lowest"]), high=shown(say, schema, device["highest"])), "soft small")
        if device["detail"]:
            text(device["detail"], "soft small literal")
        if len(device["curve"]) > 1:
            _curve(say.title(schema, aim["property"]), device["curve"], unit_of(schema))


def _curve(title: str, points: list[Any], unit: str, limits: list[float] | None = None) -> None:
    """Draw a curve over the minutes since it began."""
    marks = [{"yAxis": limit} for limit in limits or ()]
    series = {
        "type": "line",
        "step": "end",
        "showSymbol": False,
        "data": [[round(point[0] / 60, 2), point[1]] for point in points],
        "markLine": {"symbol": "none", "data": marks, "lineStyle": {"color": COLOURS[1]}},
    }
    faint = {"lineStyle": {"color": GREY, "opacity": 0.2}}
    options = {
        "color": COLOURS,
        "animation": False,
        "aria": {"enabled": True},
        "grid": {"left": 8, "right": 16, "top": 14, "bottom": 6, "containLabel": True},
        "xAxis": {"type": "value", "axisLabel": {"color": GREY, "formatter": "{value} min"}, "splitLine": {"show": False}},
        "yAxis": {
            "type": "value",
            "scale": True,
            "splitNumber": 3,
            "axisLabel": {"color": GREY, "formatter": f"{{value}} {unit}"},
            "splitLine": faint,
        },
        "series": [series],
    }
    with box("", "figure", role="group", aria_label=title).style("margin: 0"):
        ui.echart(options, renderer="svg").classes("chart band")
