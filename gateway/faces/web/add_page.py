"""*Add*: what was found and waits for a person, the window for phones and programs, a list of many, and why nothing appears."""

from typing import Any, Final

from nicegui import ui

from gateway.errors import CommandError
from gateway.faces.web.asking import refused
from gateway.faces.web.frame import frame
from gateway.faces.web.inbox import Inbox
from gateway.faces.web.invitation import invitation
from gateway.faces.web.many import Many
from gateway.faces.web.parts import box, button, icon, link, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.widgets import told
from gateway.trust.roles import Permission, may, require

LOOK_SECONDS: Final = 2.0
PLACES: Final = (
    ("client", "add.client", "smartphone"),
    ("list", "many.title", "playlist_add"),
    ("doctor", "add.doctor.short", "help_outline"),
)
"""What stands further down the page: where, what it is called, its icon."""


def add_page(page: Sheet) -> None:
    """Draw the page."""
    say = page.tongue

    def look_around() -> None:
        try:
            require(page.who(), Permission.ADMINISTER)
        except CommandError as error:
            told(page, notes, refused(page, "", error))
            return
        page.whole.discovery.ask()
        hint.text = say("add.looking")

    with frame(page, say("add.title"), here="/add"):
        if not may(page.who().role, Permission.ADMINISTER):
            text(say("add.owner"), "notice")
            return
        with box("row"):
            button(say("add.look"), look_around, "main-action", sign="search")
            for place, phrase, sign in PLACES:
                with link(f"#{place}", "button"):
                    icon(sign)
                    text(say(phrase), tag="span")
        hint = text("", "soft")
        hint.props["role"] = "status"
        notes = box("hidden")
        inbox = Inbox(page)
        invitation(page)
        Many(page).draw()
        _doctor(page)

    inbox.look()
    ui.timer(LOOK_SECONDS, lambda: inbox.look() if page.there() else None)


def _doctor(page: Sheet) -> None:
    """Draw what was asked where, and why what answered is not here."""
    say = page.tongue
    with box("section", "section", aria_label=say("add.doctor.short"), id="doctor"):
        text(say("add.doctor.short"), tag="h2")
        text(say("add.doctor.hint"), "soft")
        with box("card", "details"):
            text(say("add.doctor"), tag="summary")
            place = box("tight")

    def look() -> None:
        place.clear()
        with place:
            for where in page.whole.discovery.doctor():
                _where(page, where)

    look()
    page.hear(page.watch.arrived, look)


def _where(page: Sheet, where: dict[str, Any]) -> None:
    with box("trouble"), box("grow"):
        text(str(where.get("where", "")), "literal", "h3")
        asked, answered = where.get("asked") or [], where.get("answered") or []
        if isinstance(asked, list) and isinstance(answered, list):
            text(page.tongue("add.doctor.asked", n=_count(asked), m=_count(answered)), "soft small")
        for line in (where.get("trouble"), where.get("advice")):
            if line:
                text(str(line), "small literal warn")
        for dropped in where.get("dropped") or ():
            text(f"{dropped['who']}: {dropped['why']}", "small literal")
        for asking in where.get("asking") or ():
            text(page.tongue("add.doctor.key", unit=asking["unit"], missing=page.tongue.comma.join(asking["missing"])), "small literal")
        for doubt in where.get("doubts") or ():
            text(str(doubt), "small literal warn")


def _count(lines: list[Any]) -> int:
    return sum(int(line.get("times", 1)) if isinstance(line, dict) else 1 for line in lines)
