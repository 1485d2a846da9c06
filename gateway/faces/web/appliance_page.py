"""*Appliance*: everything its profile has, drawn from the profile: a new kind needs no line here."""

from collections.abc import Callable

from nicegui import ui
from nicegui.element import Element

from gateway.faces.web.about import about
from gateway.faces.web.action import actions
from gateway.faces.web.appliance_head import faults, head
from gateway.faces.web.frame import frame, head_anew, section
from gateway.faces.web.history import history
from gateway.faces.web.look import actions_of, settings_of, values_of
from gateway.faces.web.parts import box, say, text
from gateway.faces.web.removal import removal
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.successor import successor
from gateway.faces.web.value import told
from gateway.faces.web.widgets import grade, setting
from gateway.home.twin import Twin

Look = Callable[[], None]


async def appliance_page(page: Sheet, device: str) -> None:
    """Draw the page of one device."""
    if device not in page.whole.home.devices():
        with frame(page, page.tongue("home.title"), here="/", back="/"):
            text(page.tongue("appliance.gone"), "card")
        return
    twin = page.whole.home.twin(device)
    looks: list[Look] = []
    drawn = _members(twin)
    with frame(page, page.name(twin), here="/", back="/"), box("stack") as place:
        looks += [head(page, device), faults(page, device)]
        looks += _controls(page, twin)
        looks.append(_values(page, twin))
        _actions(page, twin)
        history(page, device)
        await about(page, twin)
        successor(page, twin)
        removal(page, twin)

    def look() -> None:
        if device in page.whole.home.devices():
            now = page.whole.home.twin(device)
            if _members(now) != drawn:  # another model stands in its place, or it can do more than before
                looks.clear()
                ui.navigate.reload()
                return
            head_anew(page, page.name(now))
        elif looks:
            looks.clear()
            _gone(page, place)
        for each in looks:
            each()

    page.follow(device, look)
    ui.timer(30.0, lambda: look() if page.there() else None)


def _members(twin: Twin) -> tuple[str, frozenset[str], frozenset[str]]:
    """Return what the page of an appliance is drawn from."""
    return twin.description.kind, frozenset(twin.instance.properties), frozenset(twin.instance.actions)


def _gone(page: Sheet, place: Element) -> None:
    """Say that it is in the home no longer: what the page still showed of it would be taken for how it is."""
    place.clear()
    with place:
        text(page.tongue("appliance.gone"), "card").props["role"] = "status"


def _controls(page: Sheet, twin: Twin) -> list[Look]:
    first, later = settings_of(twin)
    looks: list[Look] = []
    if first:
        with section(page, "appliance.controls"), box("card"):
            looks += [setting(page, twin.id, name) for name in first]
    if later:
        with box("card", "details"):
            text(page.tongue("appliance.settings"), tag="summary")
            looks += [setting(page, twin.id, name) for name in later]
    return looks


def _values(page: Sheet, twin: Twin) -> Look:
    rows: dict[str, tuple[Element, ui.label]] = {}
    place = section(page, "appliance.values")
    with place, box("card"), box("facts", "dl"):
        for name in values_of(twin):
            with box("") as row:
                text(page.tongue.title(twin.instance.properties[name].schema, name), tag="dt")
                rows[name] = row, text("", "lines", tag="dd")

    def look() -> None:
        now = page.whole.home.twin(twin.id)
        for name, (row, value) in rows.items():
            said = name in now.values and name in now.instance.properties
            row.classes(remove="hidden") if said else row.classes(add="hidden")
            if said:
                say(value, told(page.tongue, now.instance.properties[name].schema, name, now.values[name]) + grade(page, now, name))
        there = any(name in now.values for name in rows)
        place.classes(remove="hidden") if there else place.classes(add="hidden")

    look()
    return look


def _actions(page: Sheet, twin: Twin) -> None:
    """Draw what it can do: what needs nothing said is a button, the rest is filled in; what is seldom done stands last."""
    if not twin.instance.actions:
        return
    first, later = actions_of(twin)
    with section(page, "appliance.actions"), box("card"):
        actions(page, twin, first)
        if later:
            with box("", "details") if first else box(""):
                if first:
                    text(page.tongue("appliance.more"), tag="summary")
                actions(page, twin, later)
