"""The small parts pages are made of: plain HTML elements with the right roles, so that keyboards and screen readers know them.

Every text goes through `text`: it is set as text, never as markup, so a name with a tag in it is shown as it was written.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from nicegui import Client, ui
from nicegui.element import Element

_guards: Final[dict[Client, Callable[[], bool]]] = {}


def guard(client: Client, passes: Callable[[], bool]) -> None:
    """Have `passes` asked before a page does what any of its buttons is for."""
    _guards[client] = passes
    client.on_delete(lambda: _guards.pop(client, None))


def text(content: str, classes: str = "", tag: str = "div") -> ui.label:
    """Return an element with a text in it."""
    label = ui.label(content).classes(classes)
    label.tag = tag
    return label


def box(classes: str = "", tag: str = "div", **attributes: str) -> Element:
    """Return an element to put others in; `attributes` are HTML's, with `_` for `-`."""
    element = ui.element(tag).classes(classes)
    for name, value in attributes.items():
        element.props[name.rstrip("_").replace("_", "-")] = value
    return element


def icon(name: str, classes: str = "") -> ui.label:
    """Return an icon that says nothing to a screen reader: a text beside it, or a label on its button, does."""
    label = text(name, f"icon {classes}", "i")
    label.props["aria-hidden"] = "true"
    return label


def link(target: str, classes: str = "") -> Element:
    """Return a link to put things in."""
    return box(classes, "a", href=target)


def button(
    label: str, pressed: Callable[..., Any] | None, classes: str = "", *, sign: str = "", says: str = "", always: bool = False
) -> Element:
    """Return a button; `sign`: an icon, `says`: what a screen reader says where there is no text; `always`: for whoever looks."""
    with box(f"button {classes}", "button", type="button") as element:
        if sign:
            icon(sign)
        if label:
            text(label, tag="span")
    if says:
        element.props["aria-label"] = says
        element.props["title"] = says
    if pressed is not None:
        element.on("click", pressed if always else lambda: pressed() if _guards.get(element.client, _open)() else None)
    return element


def _open() -> bool:
    return True


def field(label: str, tag: str = "input", *, says: str = "", keep: str = "", **attributes: str) -> Element:
    """Return an input with its label above it; put it where it belongs with `with`. `says`: what a screen reader calls it instead.

    `keep`: under which name what is typed outlives the page (`drafts.js`): never for what asks for a key, nor for what acts at once.
    """
    with box("field"):
        name = text(label, "" if label else "hidden", tag="label")
        made = text(attributes.pop("content", ""), "input", tag) if tag == "textarea" else box("input", tag, **attributes)
        name.props["for"] = made.html_id
        if says:
            made.props["aria-label"] = says
        if keep:
            made.props["data-keep"] = keep
    return made


def typed(element: Element, take: Callable[[str], Any], event: str = "input") -> None:
    """Have `take` called with what stands in an input, a text area or a select."""
    element.on(event, lambda happened: take(str(happened.args)), js_handler="(event) => emit(event.target.value)")


def choices(element: Element, options: Mapping[str, str], chosen: str) -> None:
    """Fill a select: value to what is shown."""
    with element:
        for value, shown in options.items():
            option = text(shown, tag="option")
            option.props["value"] = value
            if value == chosen:
                option.props["selected"] = True


def set_attribute(element: Element, name: str, value: str | bool | float | None) -> None:
    """Change an attribute where it is another one now; None takes it away."""
    if value is None:
        if name in element.props:
            del element.props[name]
            element.update()
    elif element.props.get(name) != value:
        element.props[name] = value
        element.update()


def show_value(element: Element, value: str | float) -> None:
    """Have an input or a select show a value that did not come from whoever looks at it.

    The attribute is only what it begins with: Vue would set a property anew at every change of the page, over what is being typed.
    """
    if element.client.has_socket_connection:
        element.client.run_javascript(
            f"{{ const it = document.getElementById('{element.html_id}'); if (it) it.value = {json.dumps(str(value))}; }}"
        )
    else:
        element.props["^value"] = str(value)


def say(element: ui.label, content: str) -> None:
    """Change a text where it is another one now."""
    if element.text != content:
        element.text = content
