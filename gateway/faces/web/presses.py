"""What is pressed is done once, or the page says that it is not; and a page that is left says goodbye, so that nobody keeps it."""

from copy import copy
from html import escape
from pathlib import Path
from typing import Final
from zlib import crc32

from nicegui import Client, core, ui

from gateway.faces.web.sheet import Sheet

LEFT_SECONDS: Final = 1.0
"""How long a page is kept that has said goodbye: nobody comes back to it, and whoever does gets it drawn anew."""
_SCRIPT: Final = Path(__file__).with_name("static") / "presses.js"
_TAG: Final = '<script src="/pages/presses.js?{version:08x}" data-unheard="{unheard}" data-missed="{missed}" defer></script>'
_VERSION: Final = crc32(_SCRIPT.read_bytes())


def presses(page: Sheet) -> None:
    """Have a page take care of what is pressed on it (`presses.js`)."""
    words = {name: escape(page.tongue(f"press.{name}")) for name in ("unheard", "missed")}
    ui.add_head_html(_TAG.format(version=_VERSION, **words))


def listen() -> None:
    """Hear the goodbyes of all pages, from now on."""
    core.sio.on("goodbye", goodbye)


def goodbye(socket: str, *_said: object) -> None:
    """Let the page of a socket go soon after it closes; a page whose socket closes without a word is kept for those who come back."""
    for room in core.sio.rooms(socket):  # one of them is called after the page
        client = Client.instances.get(room)
        if client is not None:
            page = copy(client.page)
            page.reconnect_timeout = LEFT_SECONDS
            client.page = page
