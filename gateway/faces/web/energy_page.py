"""*Energy*: power now by appliance, what was used in a day and in a month, the limit of the line, the label against what was measured."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

from nicegui import ui

from gateway.faces.web.charts import seconds_of
from gateway.faces.web.frame import frame
from gateway.faces.web.look import icon_of
from gateway.faces.web.parts import box, icon, link, say, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import number, span
from gateway.faces.web.widgets import grade
from gateway.home.twin import Twin
from gateway.thing.value import Quality

POWER, ENERGY, LABEL = "powerDraw", "energyTotal", "energyLabel"
DAY, MONTH = 86400.0, 30 * 86400.0
MOST_SAMPLES: Final = 50000
_W: Final = {"unit": "W", "hl:resolution": 0.1}
_DOUBTFUL: Final = {Quality.ASSUMED, Quality.SIMULATED, Quality.INVALID}
_LEAST: Final = 0.005
"""kWh that can be seen in a picture."""
_SPREAD: Final = 3600.0
"""Seconds measured before anything is compared with a label."""


def energy_page(page: Sheet) -> None:
    """Draw the page; what was used is read once it is there."""
    with frame(page, page.tongue("energy.title"), here="/energy"):
        look = _now(page)
        place = box("stack")
        with place:
            text(page.tongue("energy.reading"), "soft").props["role"] = "status"
    page.hear(page.watch.any, look)

    async def read() -> None:
        used = {device: await _used(page, device) for device in page.whole.home.devices() if ENERGY in _twin_or_none(page, device)}
        place.clear()
        with place:
            _uses(page, used)
            _labels(page, used)

    ui.timer(0.0, read, once=True)


def _twin(page: Sheet, device: str) -> Twin:
    return page.whole.home.twin(device)


def _twin_or_none(page: Sheet, device: str) -> Any:
    return _twin(page, device).values if device in page.whole.home.devices() else {}


def _powers(page: Sheet) -> list[tuple[float, Twin]]:
    """Return what draws power now, the most first; what is old does not count."""
    twins = [_twin(page, device) for device in page.whole.home.devices()]
    told = [twin for twin in twins if isinstance(twin.values.get(POWER), int | float) and twin.quality.get(POWER) is not Quality.STALE]
    return sorted(((float(twin.values[POWER]), twin) for twin in told), key=lambda pair: -pair[0])


def _now(page: Sheet) -> Callable[[], None]:
    tongue = page.tongue
    with box("card stack"):
        text(tongue("energy.now"), "soft")
        total = text("", "headline")
        doubt = text("", "soft small")
        limit = text("", "soft small")
        bar = box("bar")
        with bar:
            filled = box("")
    with box("section", "section", aria_label=tongue("energy.by")):
        text(tongue("energy.by"), tag="h2")
        place = box("card tight")
    drawn: list[Any] = [None]

    def look() -> None:
        powers = _powers(page)
        watts = sum(power for power, _ in powers)
        say(total, f"{watts:.0f} W")
        most = page.whole.line_limit
        say(limit, tongue("energy.nolimit") if most is None else tongue("energy.limit", n=f"{most:.0f}"))
        bar.classes(add="hidden") if most is None else bar.classes(remove="hidden")
        filled.style(f"width: {0 if not most else min(100, 100 * watts / most):.0f}%")
        assumed = sum(twin.quality.get(POWER) in _DOUBTFUL for _, twin in powers)
        say(doubt, tongue("energy.assumed", n=assumed) if assumed else "")
        rows = [(_watts(page, power, twin), twin.id) for power, twin in powers]
        if rows != drawn[0]:
            drawn[0] = rows
            place.clear()
            with place:
                _rows(page, powers)

    look()
    return look


def _rows(page: Sheet, powers: list[tuple[float, Twin]]) -> None:
    tongue = page.tongue
    if not powers:
        text(tongue("energy.nothing"), "soft")
    largest = max((power for power, _ in powers), default=0) or 1
    for power, twin in powers:
        with link(f"/device/{twin.id}", "trouble"):
            icon(icon_of(twin.description.kind), "soft")
            with box("grow"):
                with box("row"):
                    text(page.name(twin), "grow literal", "span")
                    text(_watts(page, power, twin), "", "span")
                with box("bar"):
                    box("").style(f"width: {100 * power / largest:.0f}%")
    untold = len(page.whole.home.devices()) - len(powers)
    if untold and powers:
        text(tongue("energy.untold", n=untold), "soft small")


def _watts(page: Sheet, power: float, twin: Twin) -> str:
    """Return a power with how far it can be believed."""
    return number(page.tongue, power, _W) + grade(page, twin, POWER)


async def _used(page: Sheet, device: str) -> tuple[float, float, float]:
    """Return the kWh of the last day and of the last month, and over how many seconds the second was measured."""
    samples = await page.whole.home.history(device, ENERGY, page.now() - MONTH, MOST_SAMPLES)
    points = [(seconds_of(sample["at"]), float(sample["value"])) for sample in samples if isinstance(sample["value"], int | float)]
    if not points:
        return 0.0, 0.0, 0.0
    rises = [(at, max(0.0, value - before)) for (_, before), (at, value) in pairwise(points)]  # a meter that begins anew has not given back
    day = sum(rise for at, rise in rises if at >= page.now() - DAY)
    return day, sum(rise for _, rise in rises), page.now() - points[0][0]


def _uses(page: Sheet, used: dict[str, tuple[float, float, float]]) -> None:
    tongue = page.tongue
    if not used:
        return
    known = max(seconds for _, _, seconds in used.values())
    spans = (("energy.day", 0, DAY), ("energy.month", 1, MONTH))
    for phrase, part, whole in spans if known > DAY else spans[:1]:  # before that a month would say the same
        ordered = sorted(((device, each) for device, each in used.items() if each[part] >= _LEAST), key=lambda pair: -pair[1][part])
        with box("section", "section", aria_label=tongue(phrase)):
            with box("row"):
                text(tongue(phrase), "grow", "h2")
                text(tongue("energy.use", n=f"{sum(each[part] for each in used.values()):.2f}"), "badge", "span")
            if known < whole:
                text(tongue("energy.since", span=span(tongue, known)), "soft small")
            if page.whole.status()["demo"]:
                text(tongue("energy.hurried"), "soft small")
            with box("card"):
                if not ordered:
                    text(tongue("energy.little"), "soft")
                    continue
                most = ordered[0][1][part]
                for device, each in ordered:
                    _bar(page, _twin(page, device), each[part], most)


def _bar(page: Sheet, twin: Twin, used: float, most: float) -> None:
    with box("tight used"):
        with box("row"):
            text(page.name(twin), "grow literal", "span")
            text(page.tongue("energy.use", n=f"{used:.2f}"), tag="span")
        with box("bar"):
            box("").style(f"width: {100 * used / most:.0f}%")


def _labels(page: Sheet, used: dict[str, tuple[float, float, float]]) -> None:
    tongue = page.tongue
    labelled = [twin for device in page.whole.home.devices() if (twin := _twin(page, device)).values.get(LABEL)]
    with box("section", "section", aria_label=tongue("energy.label")):
        text(tongue("energy.label"), tag="h2")
        with box("card tight"):
            if not labelled:
                text(tongue("energy.nolabel"), "soft")
            for twin in labelled:
                for label in twin.values[LABEL]:
                    _label(page, twin, label, used.get(twin.id))


def _label(page: Sheet, twin: Twin, label: dict[str, Any], used: tuple[float, float, float] | None) -> None:
    tongue = page.tongue
    with link(f"/device/{twin.id}", "trouble"):
        icon(icon_of(twin.description.kind), "soft")
        with box("grow"):
            text(page.name(twin), "literal")
            told = [tongue("energy.label.year", n=f"{label['annual']['v']:g}", unit=label["annual"]["u"])] if "annual" in label else []
            told += _measured(page, label, used)
            text(" · ".join(told), "soft small literal")
        text(tongue("energy.label.row", grade=label["grade"], all=label["gradesTotal"]), "badge good", "span")


def _measured(page: Sheet, label: dict[str, Any], used: tuple[float, float, float] | None) -> list[str]:
    """Return what was measured, and what that would be in a year where the label says so too; nothing before there is enough of it."""
    if used is None or used[2] < _SPREAD:
        return []
    said = [page.tongue("energy.label.measured", n=f"{used[1]:.2f}", days=f"{used[2] / DAY:.1f}")]
    if label.get("annual", {}).get("u") == "kWh" and used[2] >= DAY:
        said.append(page.tongue("energy.label.pace", n=f"{used[1] / used[2] * 365 * DAY:.0f}"))
    return said
