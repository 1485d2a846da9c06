"""What is pressed is done once, or the page says that it is not; and a page that is left says goodbye, so that nobody keeps it."""

from collections.abc import Callable
from copy import copy
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from nicegui import Client, core, ui

from gateway.faces.web.sheet import Sheet

LEFT_SECONDS: Final = 1.0
"""How long a page is kept that has said goodbye: nobody comes back to it, and whoever does gets it drawn anew."""
_SCRIPT: Final = Path(__file__).with_name("static") / "presses.js"
_WORDS: Final = ("unheard", "missed", "doubt", "anew")
_TAG: Final = '<script src="/pages/presses.js?{version:08x}" {words} defer></script>'
_VERSION: Final = crc32(_SCRIPT.read_bytes())


def presses(page: Sheet) -> None:
    """Have a page take care of what is pressed on it (`presses.js`)."""
    words = " ".join(f'data-{name}="{escape(page.tongue(f"press.{name}"))}"' for name in _WORDS)
    ui.add_head_html(_TAG.format(version=_VERSION, words=words))


def listen() -> None:
    """Hear the goodbyes of all pages from now on, and tell each that its presses are heard, or that one is nobody's; once a process."""
    core.sio.on("goodbye", goodbye)
    core.sio.on("heard", heard)
    core.sio.on("event", partial(happened, core.sio.handlers["/"]["event"]))


def heard(_socket: str, *_said: object) -> bool:
    """Say that all that was pressed before has arrived."""
    return True


def happened(hand_on: Callable[[str, Any], object], socket: str, message: Any) -> None:
    """Hand on what happened on a page; the library drops what happened to an element that is gone, so the page is told."""
    element = message.get("id") if isinstance(message, dict) else None
    for client in _pages_of(socket):
        if isinstance(element, int) and element not in client.elements:
            client.run_javascript(f"window.hulian?.gone?.({element:d})")
    hand_on(socket, message)


def goodbye(socket: str, *_said: object) -> None:
    """Let the page of a socket go soon after it closes; a page whose socket closes without a word is kept for those who come back."""
    for client in _pages_of(socket):
        page = copy(client.page)
        page.reconnect_timeout = LEFT_SECONDS
        client.page = page


def _pages_of(socket: str) -> list[Client]:
    """Return the page of a socket: one of its rooms is called after it."""
    found = (Client.instances.get(room) for room in core.sio.rooms(socket))
    return [client for client in found if client is not None]
