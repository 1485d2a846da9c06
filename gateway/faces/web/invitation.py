"""The pairing window: a code to scan and a PIN to type for a phone or program that is to come in, and who came."""

import asyncio
from ipaddress import ip_address
from typing import Any, Final

from nicegui import background_tasks, ui

from gateway.errors import CommandError
from gateway.faces.web.asking import refused
from gateway.faces.web.parts import box, button, choices, field, say, text, typed
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.widgets import told
from gateway.trust.pairing import Pairing
from gateway.trust.roles import Permission, require
from gateway.trust.window import Ended, Window

ROLES: Final = ("user", "viewer", "owner", "service")


def invitation(page: Sheet) -> None:
    """Draw the section."""
    tongue = page.tongue
    with box("section", "section", aria_label=tongue("add.client"), id="client"):
        text(tongue("add.client"), tag="h2")
        with box("card stack"):
            pairing = page.whole.pairing
            if pairing is None:
                text(tongue("add.client.missing"), "soft")
                return
            text(tongue("add.client.hint"), "soft")
            if not _reachable(pairing):
                text(tongue("add.client.local"), "notice")
            _Invitation(page, pairing).draw()


class _Invitation:
    """One window, as one page opened it."""

    def __init__(self, page: Sheet, pairing: Pairing) -> None:
        self._page = page
        self._pairing = pairing
        self._role = ROLES[0]

    def draw(self) -> None:
        """Draw the choice of a role, and the place for the code."""
        tongue = self._page.tongue
        role = field(tongue("add.client.role"), "select")
        choices(role, {name: tongue(f"role.{name}") for name in ROLES}, self._role)
        typed(role, self._chosen, "change")
        with box("row"):
            button(tongue("add.client.open"), self._open, "main-action", sign="qr_code_2")
        self._notes = box("hidden")
        self._place = box("stack hidden", aria_live="polite")

    def _chosen(self, role: str) -> None:
        self._role = role

    async def _open(self) -> None:
        page = self._page
        try:
            who = page.who()
            require(who, Permission.ADMINISTER)
            window = await self._pairing.arrange({"role": self._role}, who, source="page")
        except CommandError as error:
            told(page, self._notes, refused(page, "", error))
            return
        told(page, self._notes, None)
        self._show(window, self._pairing.offer(window))
        background_tasks.create(self._follow(window), name="pages: pairing", context=page.client)

    def _show(self, window: Window, offer: dict[str, Any]) -> None:
        tongue = self._page.tongue
        self._place.clear()
        self._place.classes(remove="hidden")
        with self._place:
            if "qr" in offer and (picture := _picture(offer["qr"])):
                ui.html(picture, sanitize=False).classes("qr")
            if "pin" in offer:
                text(tongue("add.client.pin", pin=offer["pin"]), "headline", "strong")
            where = next(iter(offer["addresses"]), "")
            text(tongue("add.client.how", address=where), "literal")
            self._left = text("", "strong")
            self._state = text("", "soft")
            self._state.props["role"] = "status"
            button(tongue("add.client.stop"), lambda: self._close(window))
            ui.timer(1.0, lambda: self._count_down(window))
        self._count_down(window)
        self._page.client.run_javascript(f"document.getElementById('{self._place.html_id}')?.scrollIntoView({{block: 'center'}})")

    def _count_down(self, window: Window) -> None:
        """Say how long the window is still open."""
        left = max(0, int(window.until - self._page.now()))
        say(self._left, self._page.tongue("add.client.left", time=f"{left // 60}:{left % 60:02d}"))

    async def _close(self, window: Window) -> None:
        now = self._pairing.window.now_open
        if now is not None and now.id == window.id:
            await self._pairing.window.close("stopped")

    async def _follow(self, window: Window) -> None:
        """Tell wrong tries as they come, and how it ended; a page that is closed closes its window."""
        tongue = self._page.tongue
        try:
            async for change in self._pairing.window.changes():
                if isinstance(change, Ended):
                    self._ended(change)
                    return
                if change.id != window.id:
                    return
                if change.tries:
                    say(self._state, tongue("add.client.tries", n=change.tries))
        except asyncio.CancelledError:
            await asyncio.shield(self._close(window))
            raise

    def _ended(self, ended: Ended) -> None:
        tongue = self._page.tongue
        came = ended.why == "paired"
        self._place.clear()
        with self._place:
            words = tongue("add.client.paired", name=ended.client) if came else tongue("add.client.ended", why=tongue.word(ended.why))
            text(words, "notice good literal" if came else "notice literal")


def _reachable(pairing: Pairing) -> bool:
    """Return whether anybody beyond this machine can come in at all."""
    return any(not ip_address(host).is_loopback for host, _ in pairing.addresses)


def _picture(code: str) -> str:
    """Return the code as a drawing of our own making; "" where the library for it is missing."""
    try:
        import segno  # noqa: PLC0415 - an extra
    except ImportError:
        return ""
    return str(segno.make(code, error="l", micro=False).svg_inline(scale=4, border=2, omitsize=True))
