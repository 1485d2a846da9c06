"""*Appliance*: everything its profile has, drawn from the profile: a new kind needs no line here."""

from collections.abc import Callable
from typing import Any, Final

from nicegui import ui
from nicegui.element import Element

from gateway.faces.web.about import about
from gateway.faces.web.action import action
from gateway.faces.web.charts import charts
from gateway.faces.web.look import icon_of, settings_of, values_of
from gateway.faces.web.parts import box, button, icon, say, set_attribute, text
from gateway.faces.web.sheet import Sheet, frame
from gateway.faces.web.trouble import fault_hint, fault_title, faults_of
from gateway.faces.web.value import age, shown
from gateway.faces.web.widgets import grade, setting
from gateway.home.twin import Twin
from gateway.thing.availability import AvailabilityState

Look = Callable[[], None]
SPANS: Final = (1, 24, 168)
"""Hours of history one can choose."""
MOST_SAMPLES: Final = 20000


async def appliance_page(page: Sheet, device: str) -> None:
    """Draw the page of one device."""
    if device not in page.whole.home.devices():
        with frame(page, page.tongue("home.title"), here="/", back="/"):
            text(page.tongue("appliance.gone"), "card")
        return
    twin = page.whole.home.twin(device)
    looks: list[Look] = []
    with frame(page, page.name(twin), here="/", back="/"):
        looks += [_head(page, device), _faults(page, device)]
        looks += _controls(page, twin)
        looks.append(_values(page, twin))
        _actions(page, twin)
        await _history(page, device)
        await about(page, twin)

    def look() -> None:
        if device in page.whole.home.devices():
            for each in looks:
                each()

    page.follow(device, look)
    ui.timer(30.0, lambda: look() if page.there() else None)


def _head(page: Sheet, device: str) -> Look:
    twin = page.whole.home.twin(device)
    with box("row"):
        with box("sign"):
            icon(icon_of(twin.description.kind), "soft")
        text(page.tongue.title(twin.instance.model.document) + (f" · {page.tongue.room(twin.room)}" if twin.room else ""), "soft literal")
        state = text("", "badge", "span")
        state.props["role"] = "status"
        heard = text("", "soft small", "span")
    offline = text("", "notice bad hidden")

    def look() -> None:
        now = page.whole.home.twin(device)
        kind = now.availability.state
        say(state, page.tongue(f"state.{kind.value}"))
        tones = {AvailabilityState.ONLINE: "good", AvailabilityState.OFFLINE: "bad"}
        state.classes(replace=f"badge {tones.get(kind, 'warn')}")
        say(heard, "" if now.last_seen is None else age(page.tongue, page.now() - now.last_seen))
        reason = now.availability.reason
        say(offline, page.tongue("control.offline") + (f" ({reason})" if reason else ""))
        offline.classes(replace="notice bad" if kind is AvailabilityState.OFFLINE else "hidden")

    look()
    return look


def _faults(page: Sheet, device: str) -> Look:
    place = box("tight", "section", aria_label=page.tongue("appliance.faults"))
    seen: list[Any] = [None]

    def look() -> None:
        found = faults_of(page.whole.home.twin(device))
        if found == seen[0]:
            return
        seen[0] = found
        place.clear()
        with place:
            for fault in found:
                _fault(page, fault)

    look()
    return look


def _fault(page: Sheet, fault: dict[str, Any]) -> None:
    library, tongue = page.whole.library, page.tongue
    severity = str(fault.get("severity", "warning"))
    with box(f"notice tight {'bad' if severity in {'error', 'critical'} else ''}", role="alert"):
        with box("row"):
            text(fault_title(library, tongue, fault), "grow literal", "strong")
            text(tongue(f"severity.{severity}"), "badge", "span") if f"severity.{severity}" in tongue.phrases else None
        text(fault_hint(library, tongue, fault), "literal")
        since = str(fault.get("since", ""))
        with box("row soft small"):
            text(str(fault.get("code", "")), "literal", "span")
            if since:
                text(tongue("appliance.since", time=shown(tongue, {"format": "date-time"}, since)), tag="span")


def _controls(page: Sheet, twin: Twin) -> list[Look]:
    first, later = settings_of(twin)
    looks: list[Look] = []
    if first:
        with _section(page, "appliance.controls"), box("card"):
            looks += [setting(page, twin.id, name) for name in first]
    if later:
        with box("card", "details"):
            text(page.tongue("appliance.settings"), tag="summary")
            looks += [setting(page, twin.id, name) for name in later]
    return looks


def _values(page: Sheet, twin: Twin) -> Look:
    rows: dict[str, tuple[Element, ui.label]] = {}
    place = _section(page, "appliance.values")
    with place, box("card"), box("facts", "dl"):
        for name in values_of(twin):
            with box("") as row:
                text(page.tongue.title(twin.instance.properties[name].schema, name), tag="dt")
                rows[name] = row, text("", tag="dd")

    def look() -> None:
        now = page.whole.home.twin(twin.id)
        for name, (row, value) in rows.items():
            said = name in now.values and name in now.instance.properties
            row.classes(remove="hidden") if said else row.classes(add="hidden")
            if said:
                say(value, shown(page.tongue, now.instance.properties[name].schema, now.values[name]) + grade(page, now, name))
        there = any(name in now.values for name in rows)
        place.classes(remove="hidden") if there else place.classes(add="hidden")

    look()
    return look


def _actions(page: Sheet, twin: Twin) -> None:
    if not twin.instance.actions:
        return
    with _section(page, "appliance.actions"), box("card"):
        for known in twin.instance.actions.values():
            action(page, twin, known)


async def _history(page: Sheet, device: str) -> None:
    with _section(page, "appliance.history"), box("card stack"):
        with box("row", role="group", aria_label=page.tongue("appliance.history")):
            spans = {hours: button(page.tongue(f"history.{hours}"), None) for hours in SPANS}
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

    for hours, pressed in spans.items():
        pressed.on("click", lambda hours=hours: draw(hours))
    await draw(SPANS[0])


def _drawn(page: Sheet, device: str, samples: list[dict[str, Any]], since: float, now: float) -> None:
    made = charts(page.tongue, page.whole.home.twin(device), samples, since, now)
    if not made:
        text(page.tongue("appliance.nohistory"), "soft")
    for chart in made:
        with box("tight", "figure", role="group", aria_label=chart.title).style("margin: 0"):
            text(chart.title, "soft small", "figcaption")
            ui.echart(chart.options, renderer="svg").classes("chart band" if chart.band else "chart")


def _section(page: Sheet, phrase: str) -> Element:
    section = box("section", "section", aria_label=page.tongue(phrase))
    with section:
        text(page.tongue(phrase), tag="h2")
    return section
