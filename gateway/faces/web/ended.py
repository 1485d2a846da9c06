"""A login that has ended while its page is open: the page says so by itself, and lets in again on the spot: nothing typed is lost."""

from typing import Final

from nicegui import Client, ui

from gateway.errors import Unauthenticated
from gateway.faces.web.parts import box, button, field, guard, text
from gateway.faces.web.sheet import Sheet

LOOK_SECONDS: Final = 3.0
"""How long nobody may look at a page that shows nothing new any more and does not say so."""
LARGE: Final = "/simple"
"""The page whose words are large."""
_pages: Final[dict[Client, "_Ended"]] = {}


def ending(page: Sheet) -> None:
    """Have a page say when its login has ended, and go on once somebody has logged in again."""
    ended = _pages[page.client] = _Ended(page)
    guard(page.client, ended.passes)
    box("hidden", id="shut").on("shut", ended.say)
    page.client.on_connect(ended.back)
    page.client.on_delete(lambda: _pages.pop(page.client, None))
    page.client.on_exception(ended.missed)
    ui.timer(LOOK_SECONDS, ended.look)


def say_ended(page: Sheet) -> None:
    """Say that the login has ended, with the way back in; a page that was closed meanwhile says nothing."""
    if (ended := _pages.get(page.client)) is not None:
        ended.say()


class _Ended:
    """One page. `_role`: of whoever it was drawn for."""

    def __init__(self, page: Sheet) -> None:
        self._page = page
        self._role = page.who().role
        self._dialog: ui.dialog | None = None

    def passes(self) -> bool:
        """Return whether what was pressed is done; where nobody is logged in any more it is said instead."""
        if not self._page.there():
            self.say()
            return False
        return True

    def look(self) -> None:
        """Say it once, unasked; who has another role now gets another page."""
        if self._dialog is not None:
            return
        if not self._page.there():
            self.say()
        elif self._page.who().role is not self._role:
            ui.navigate.reload()

    def missed(self, error: Exception) -> None:
        """Say it where a handler did not."""
        if isinstance(error, Unauthenticated):
            self.say()

    def say(self) -> None:
        """Say it."""
        if self._dialog is None:
            with self._page.client.content, ui.dialog() as self._dialog:
                self._draw(self._dialog)
        self._dialog.open()

    def back(self) -> None:
        """Go on where the page was: what has changed meanwhile is shown; another role gets another page."""
        if self._dialog is None or not self._page.there():
            return
        self._dialog.delete()
        self._dialog = None
        if self._page.who().role is not self._role:
            ui.navigate.reload()
            return
        for look in self._page.looks:
            look()

    def _draw(self, dialog: ui.dialog) -> None:
        say, large = self._page.tongue, "large" if self._page.request.url.path == LARGE else ""
        dialog.props["aria-label"] = say("login.again")
        with box(f"card {large}", role="alertdialog", aria_label=say("login.again")), box("stack", "form", id="way-in") as form:
            text(say("login.again"), tag="h2")
            text(say("login.expired"))
            told = {f"data_{why}": say(f"login.{why}") for why in ("wrong", "slow", "away")}
            field(say("login.code"), autocomplete="one-time-code", autocapitalize="characters", spellcheck="false", required="required")
            box("notice bad hidden", "p", role="alert", **told)
            with box("row"):
                button(say("cancel"), dialog.close, always=True)
                button(say("login.do"), None, "main-action").props["type"] = "submit"
            text(say("login.how"), "soft small")
        form.on("submit.prevent", js_handler="(event) => window.hulian.back(event.target)")
