"""One appliance as a card: what it is, how it is, and its main control. Everything on it is chosen from its profile."""

from collections.abc import Callable

from nicegui import ui

from gateway.faces.web.control import control_of
from gateway.faces.web.look import beside_of, headline_of, icon_of, main_of, setting_of
from gateway.faces.web.parts import box, icon, link, say, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.trouble import faults_of
from gateway.faces.web.value import age, shown
from gateway.faces.web.widgets import Asked, stepper, switch
from gateway.home.twin import Twin
from gateway.thing.availability import AvailabilityState
from gateway.thing.value import Quality

Look = Callable[[], None]


def card(page: Sheet, device: str) -> Look:
    """Draw the card of a device that is there; return what looks again."""
    twin = page.whole.home.twin(device)
    with box("card device", "article", aria_label=page.name(twin)) as body:
        with link(f"/device/{device}", "head"):
            with box("sign"):
                icon(icon_of(twin.description.kind))
            with box("grow"):
                name = text("", "name line", "h3")
                kind = text("", "soft small line")
            badge = text("", "badge", "span")
        large = text("", "headline line")
        small = text("", "soft small")
        looks = _foot(page, twin)

    def look() -> None:
        if device not in page.whole.home.devices():
            return
        now = page.whole.home.twin(device)
        say(name, page.name(now))
        title = page.tongue.title(now.instance.model.document)
        say(kind, "" if title == page.name(now) else title)
        _mark(page, now, badge)
        say(large, _headline(page, now))
        large.classes(add="hidden") if not large.text else large.classes(remove="hidden")
        say(small, _beside(page, now, large.text))
        away = now.availability.state is AvailabilityState.OFFLINE
        body.classes(add="away") if away else body.classes(remove="away")
        for again in looks:
            again()

    look()
    page.follow(device, look)
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
            asked = Asked(page, twin.id, number)
            looks.append(stepper(page, asked, control_of(number, known[number].schema), page.tongue.title(known[number].schema, number)))
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


def _headline(page: Sheet, twin: Twin) -> str:
    """Return what a card says largest: the first value people look for, else whether it is on, with its setting."""
    name, main = headline_of(twin), main_of(twin)
    if name is None and main is not None and main in twin.values:
        return _on(page, twin, main)
    if name is None:
        return ""
    words = shown(page.tongue, twin.instance.properties[name].schema, twin.values[name])
    if isinstance(twin.values[name], bool):
        words = f"{page.tongue.title(twin.instance.properties[name].schema, name)}: {words}"
    return words + _old(page, twin, name)


def _on(page: Sheet, twin: Twin, main: str) -> str:
    on, number = twin.values[main], setting_of(twin)
    words = shown(page.tongue, {**twin.instance.properties[main].schema, "readOnly": False}, on)
    if on is True and number in twin.values:
        words += f" · {shown(page.tongue, twin.instance.properties[number].schema, twin.values[number])}"
    return words + _old(page, twin, main)


def _old(page: Sheet, twin: Twin, name: str) -> str:
    return f" · {page.tongue('quality.stale')}" if twin.quality.get(name) is Quality.STALE else ""


def _beside(page: Sheet, twin: Twin, large: str) -> str:
    if twin.availability.state is not AvailabilityState.ONLINE and twin.last_seen is not None:
        return age(page.tongue, page.now() - twin.last_seen)
    told = []
    for name in beside_of(twin):
        schema, value = twin.instance.properties[name].schema, twin.values[name]
        words = shown(page.tongue, schema, value)
        told.append(words if "enum" in schema else f"{page.tongue.title(schema, name)} {words}")
    return " · ".join(each for each in dict.fromkeys(told) if each not in large)
