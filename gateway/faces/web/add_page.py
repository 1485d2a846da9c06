"""*Add*: what was found and waits for a person, what it asks for, and why nothing appears; and the window for phones and programs."""

from typing import Any, Final

from nicegui import ui

from gateway.discovery.entry import EntryState, InboxEntry
from gateway.errors import CommandError, HulianError
from gateway.faces.web.asking import refused
from gateway.faces.web.frame import frame
from gateway.faces.web.invitation import invitation
from gateway.faces.web.look import icon_of
from gateway.faces.web.parts import box, button, field, icon, text, typed
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.widgets import told
from gateway.trust.roles import Permission, may, require

LOOK_SECONDS: Final = 2.0


def add_page(page: Sheet) -> None:
    """Draw the page."""
    say = page.tongue

    def look_around() -> None:
        page.whole.discovery.ask()
        hint.text = say("add.looking")

    with frame(page, say("add.title"), here="/add"):
        if not may(page.who().role, Permission.ADMINISTER):
            text(say("refused.role"), "notice")
            return
        with box("row"):
            button(say("add.look"), look_around, "main-action", sign="search")
            hint = text("", "soft", "span")
            hint.props["role"] = "status"
        inbox = _Inbox(page)
        _doctor(page)
        invitation(page)

    inbox.look()
    ui.timer(LOOK_SECONDS, lambda: inbox.look() if page.there() else None)


class _Inbox:
    """The units, drawn anew when one comes, goes, or is decided about; what somebody types meanwhile stays."""

    def __init__(self, page: Sheet) -> None:
        self._page = page
        self._drawn: Any = None
        self._busy = False
        self._place = box("stack")

    def look(self) -> None:
        """Draw what there is, unless it is as drawn."""
        entries = self._page.whole.discovery.inbox()
        now = [(entry.name, entry.state, entry.address, entry.title) for entry in entries]
        if now == self._drawn or self._busy:
            return
        self._drawn = now
        self._place.clear()
        with self._place:
            self._waiting([entry for entry in entries if entry.state is EntryState.PENDING])
            self._rest("add.here", [entry for entry in entries if entry.state is EntryState.ACCEPTED])
            self._rest("add.ignored", [entry for entry in entries if entry.state is EntryState.IGNORED])

    def _waiting(self, entries: list[InboxEntry]) -> None:
        say = self._page.tongue
        with box("section", "section", aria_label=say("add.inbox")):
            text(say("add.inbox"), tag="h2")
            if not entries:
                text(say("add.inbox.empty"), "card soft")
            with box("grid wide-cells"):
                for entry in entries:
                    self._card(entry)

    def _card(self, entry: InboxEntry) -> None:
        page, say = self._page, self._page.tongue
        answers: dict[str, str] = {}
        asks = page.whole.discovery.asks().get(entry.driver, {})
        with box("card stack", "article", aria_label=entry.title):
            _heading(page, entry)
            fields = box("tight")
            with fields:
                for need in page.whole.discovery.missing(entry):
                    _asked(answers, need, asks.get(need, ""))
            notes = box("hidden")
            with box("row"):
                button(
                    say("add.accept"),
                    lambda: self._accept(entry, answers, fields, notes),
                    "main-action",
                    says=f"{say('add.accept')}: {entry.title}",
                )
                button(say("add.ignore"), lambda: self._ignore(entry, notes), says=f"{say('add.ignore')}: {entry.title}")

    async def _accept(self, entry: InboxEntry, answers: dict[str, str], fields: Any, notes: Any) -> None:
        page, say = self._page, self._page.tongue
        self._busy = True
        ui.notify(say("add.accepting", name=entry.title), type="ongoing", timeout=4000)
        try:
            require(page.who(), Permission.ADMINISTER)
            await page.whole.discovery.accept(entry.name, answers)
        except CommandError as error:
            told(page, notes, refused(page, "", error))
            if error.property and error.property not in answers:
                with fields:
                    _asked(answers, error.property, error.detail)
            return
        except HulianError as error:
            ui.notify(str(error), type="negative")
            return
        finally:
            self._busy = False
        ui.notify(say("add.accepted", name=entry.title), type="positive")
        self.look()

    async def _ignore(self, entry: InboxEntry, notes: Any) -> None:
        page = self._page
        try:
            require(page.who(), Permission.ADMINISTER)
            await page.whole.discovery.ignore(entry.name)
        except CommandError as error:
            told(page, notes, refused(page, "", error))
        self.look()

    def _rest(self, phrase: str, entries: list[InboxEntry]) -> None:
        if not entries:
            return
        with box("card", "details"):
            text(f"{self._page.tongue(phrase)} ({len(entries)})", tag="summary")
            for entry in entries:
                with box("trouble"):
                    _heading(self._page, entry)


def _heading(page: Sheet, entry: InboxEntry) -> None:
    where = page.tongue("add.wire", wire=page.whole.discovery.title(entry.driver), address=entry.address or "–")
    with box("row grow"):
        icon(icon_of(entry.kind or ""), "soft")
        with box("grow"):
            text(entry.title, "literal", "h3")
            text(where, "soft small literal")
    if entry.doubt:
        text(entry.doubt, "warn small literal")


def _asked(answers: dict[str, str], need: str, looks: str) -> None:
    """Draw an input for what a unit asks for; `looks`: what it looks like, in words."""
    secret = field(need, type="text", autocomplete="off", spellcheck="false")
    text(looks, "soft small literal")

    def take(content: str) -> None:
        answers.pop(need, None)
        if content.strip():
            answers[need] = content.strip()

    typed(secret, take)


def _doctor(page: Sheet) -> None:
    """Draw what was asked where, and why what answered is not here."""
    say = page.tongue
    with box("card", "details"):
        text(say("add.doctor"), tag="summary")
        place = box("tight")

    def look() -> None:
        place.clear()
        with place:
            for where in page.whole.discovery.doctor():
                _where(page, where)

    look()
    page.watch.arrived.subscribe(look)


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
