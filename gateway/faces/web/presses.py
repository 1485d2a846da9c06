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
_WORDS: Final = ("unheard", "missed", "doubt")
_TAG: Final = '<script src="/pages/presses.js?{version:08x}" {words} defer></script>'
_VERSION: Final = crc32(_SCRIPT.read_bytes())


def presses(page: Sheet) -> None:
    """Have a page take care of what is pressed on it (`presses.js`)."""
    words = " ".join(f'data-{name}="{escape(page.tongue(f"press.{name}"))}"' for name in _WORDS)
    ui.add_head_html(_TAG.format(version=_VERSION, words=words))


def listen() -> None:
    """Hear the goodbyes of all pages from now on, and tell each that its presses are heard."""
    core.sio.on("goodbye", goodbye)
    core.sio.on("heard", heard)


def heard(_socket: str, *_said: object) -> bool:
    """Say that all that was pressed before has arrived."""
    return True


def goodbye(socket: str, *_said: object) -> None:
    """Let the page of a socket go soon after it closes; a page whose socket closes without a word is kept for those who come back."""
    for room in core.sio.rooms(socket):  # one of them is called after the page
        client = Client.instances.get(room)
        if client is not None:
            page = copy(client.page)
            page.reconnect_timeout = LEFT_SECONDS
            client.page = page
