"""The history of an appliance: charts over an hour, a day or a week."""

from typing import Any, Final

from nicegui import ui

from gateway.faces.web.charts import charts
from gateway.faces.web.frame import section
from gateway.faces.web.parts import box, button, set_attribute, text
from gateway.faces.web.sheet import Sheet

SPANS: Final = (1, 24, 168)
"""Hours of history one can choose."""
MOST_SAMPLES: Final = 20000


def history(page: Sheet, device: str) -> None:
    """Draw the section; what is in it is read once the page is there."""
    with section(page, "appliance.history"), box("card stack"):
        with box("row", role="group", aria_label=page.tongue("appliance.history")):
            spans = {hours: button(page.tongue(f"history.{hours}"), lambda hours=hours: draw(hours)) for hours in SPANS}
        place = box("stack")

    async def draw(hours: int) -> None:
        for each, pressed in spans.items():
            set_attribute(pressed, "aria-pressed", "true" if each == hours else "false")
            pressed.classes(add="main-action") if each == hours else pressed.classes(remove="main-action")
        since, now = page.now() - hours * 3600, page.now()
        samples = await page.whole.home.history(device, None, since, MOST_SAMPLES)
        place.clear()
        with place:
            _drawn(page, device, samples, since, now)

    ui.timer(0.0, lambda: draw(SPANS[0]), once=True)


def _drawn(page: Sheet, device: str, samples: list[dict[str, Any]], since: float, now: float) -> None:
    past = charts(page.tongue, page.whole.home.twin(device), samples, since, now)
    if not (past.charts or past.steady):
        text(page.tongue("appliance.nohistory"), "soft")
    with box("charts"):
        for chart in past.charts:
            with box("tight", "figure", role="group", aria_label=page.tongue("history.label", name=chart.title)):
                if not chart.several:
                    text(chart.title, "soft small", "figcaption")
                ui.echart(chart.options, renderer="svg").classes("chart band" if chart.band else "chart")
    if past.steady:
        text(page.tongue("history.steady", values=page.tongue.comma.join(past.steady)), "soft small")
