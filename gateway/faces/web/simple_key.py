"""One large button of simple mode: what it is, how it is, and both spoken where the browser has a voice."""

import json
from collections.abc import Callable

from nicegui import ui
from nicegui.element import Element

from gateway.faces.web.parts import box, icon, text
from gateway.faces.web.sheet import Sheet


def key(sign: str, label: str, press: Callable[[], object], classes: str = "") -> tuple[Element, ui.label]:
    """Draw one; return it, and the line that says how it stands."""
    with box(f"key {classes}", "button", type="button", data_says="") as made:
        icon(sign)
        with box("grow", "span"):
            text(label, "literal", "span")
            state = text("", "state literal", "span")
    made.on("click", press)
    return made, state


def aloud(page: Sheet, words: str) -> None:
    """Have the browser speak, where it can and somebody wants it to."""
    if page.client.has_socket_connection:
        page.client.run_javascript(f"window.hulian?.say({json.dumps(words)})")
