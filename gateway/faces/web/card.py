"""One appliance as a card: what it is, how it is, and its main control. Everything on it is chosen from its profile."""

from collections.abc import Callable

from nicegui import ui

from gateway.faces.web.control import control_of
from gateway.faces.web.headline import beside, headline
from gateway.faces.web.look import icon_of, main_of, setting_of
from gateway.faces.web.parts import box, icon, link, say, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.trouble import faults_of
from gateway.faces.web.widgets import Asked, stepper, switch
from gateway.home.twin import Twin
from gateway.thing.availability import AvailabilityState
from gateway.thing.value import Quality

Look = Callable[[], None]


def card(page: Sheet, device: str) -> Look:
    """Draw the card of a device that is there; return what looks again: who draws it has it called when the device changed."""
    twin = page.whole.home.twin(device)
    with box("card device", "article", aria_label=page.name(twin)) as body:
        with link(f"/device/{device}", "head"):
            with box("sign"):
                icon(icon_of(twin.description.kind))
            with box("grow"):
                name = text("", "name line", "h3")
                kind = text("", "soft small line")
            badge = text("", "badge", "span")
        with box("first"):
            large = text("", "headline line")
            about = text("", "soft small line")
        small = text("", "soft small")
        looks = _foot(page, twin)

    def look() -> None:
        if device not in page.whole.home.devices():
            return
        now = page.whole.home.twin(device)
        say(name, page.name(now))
        title = page.kind(now)
        say(kind, "" if title == page.name(now) else title)
        _mark(page, now, badge)
        for element, words in zip((large, about), headline(page, now), strict=True):
            say(element, words)
        say(small, beside(page, now, large.text))
        away = now.availability.state is AvailabilityState.OFFLINE
        body.classes(add="away") if away else body.classes(remove="away")
        for again in looks:
            again()

    look()
    return look


def _foot(page: Sheet, twin: Twin) -> list[Look]:
    """Draw the main control, and the setting that goes with it."""
    main, number = main_of(twin), setting_of(twin)
    if main is None and number is None:
        return []
    looks: list[Look] = []
    notes: list[Asked] = []
    with box("foot"):
        known = twin.instance.properties
        if number is not None:
            asked, title = Asked(page, twin.id, number), page.tongue.brief(known[number].schema, number)
            with box("set"):
                text(title, "soft small line")
                looks.append(stepper(page, asked, control_of(number, known[number].schema), f"{page.name(twin)}: {title}"))
            notes.append(asked)
        else:
            text(page.tongue.title(known[main].schema, main) if main else "", "soft")
        if main is not None:
            asked = Asked(page, twin.id, main)
            looks.append(switch(asked, f"{page.name(twin)}: {page.tongue.title(known[main].schema, main)}"))
            notes.append(asked)
    for asked in notes:
        asked.place()
        looks.append(asked.look)
    return looks


def _mark(page: Sheet, twin: Twin, badge: ui.label) -> None:
    """Say what is out of the ordinary about it, in one word."""
    state, quality = twin.availability.state, set(twin.quality.values())
    if state is not AvailabilityState.ONLINE:
        words, tone = page.tongue(f"state.{state.value}"), "bad" if state is AvailabilityState.OFFLINE else "warn"
    elif faults := [fault for fault in faults_of(twin) if fault.get("severity") != "info"]:
        words, tone = page.tongue("appliance.faults") + f" {len(faults)}", "bad"
    elif Quality.ASSUMED in quality:
        words, tone = page.tongue("quality.assumed"), "warn"
    else:
        words, tone = "", ""
    say(badge, words)
    badge.classes(replace=f"badge {tone}" if words else "badge hidden")
