"""The units that were found: what waits for a person first and the newest of it on top, what each asks for, and the rest in short."""

from typing import Any, Final

from nicegui import ui

from gateway.discovery.entry import EntryState, InboxEntry
from gateway.errors import CommandError, HulianError
from gateway.faces.web.asking import refused
from gateway.faces.web.look import icon_of
from gateway.faces.web.parts import box, button, field, icon, text, typed
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import age
from gateway.faces.web.widgets import told
from gateway.home.twin import Twin
from gateway.trust.roles import Permission, require

NEW_SECONDS: Final = 120.0
"""How long a unit is called new."""
AWAY_SECONDS: Final = 900.0
"""After this long without a word, a unit that waits is probably gone."""
SHOWN: Final = 12
"""Units that wait and are shown at once, and so many more at each press: a network may be full of them."""
MOST_TOLD: Final = 200
"""Units that are decided about and are told one by one."""


class Inbox:
    """Drawn anew when a unit comes, goes, or is decided about; what somebody types meanwhile stays."""

    def __init__(self, page: Sheet) -> None:
        self._page = page
        self._drawn: Any = None
        self._busy = False
        self._most = SHOWN
        self._typed: dict[str, dict[str, str]] = {}
        self._place = box("stack")

    def look(self) -> None:
        """Draw what there is, unless it is as drawn."""
        now = self._page.now()
        entries = sorted(self._page.whole.discovery.inbox(), key=lambda entry: (now - entry.last_seen > AWAY_SECONDS, -entry.first_seen))
        waiting = [entry for entry in entries if entry.state is EntryState.PENDING]
        drawn: list[Any] = [(entry.name, entry.address, entry.title, *self._age(entry)) for entry in waiting[: self._most]]
        drawn += [len(waiting), *((entry.name, entry.state) for entry in entries if entry.state is not EntryState.PENDING)]
        if drawn == self._drawn or self._busy:
            return
        self._drawn = drawn
        self._place.clear()
        with self._place:
            self._waiting(waiting)
            self._rest("add.here", [entry for entry in entries if entry.state is EntryState.ACCEPTED])
            self._rest("add.ignored", [entry for entry in entries if entry.state is EntryState.IGNORED])

    def _age(self, entry: InboxEntry) -> tuple[bool, bool]:
        """Return whether a unit is new, and whether it is probably gone."""
        now = self._page.now()
        return now - entry.first_seen < NEW_SECONDS, now - entry.last_seen > AWAY_SECONDS

    def _waiting(self, entries: list[InboxEntry]) -> None:
        say = self._page.tongue
        with box("section", "section", aria_label=say("add.inbox"), id="waiting"):
            text(f"{say('add.inbox')} ({len(entries)})" if entries else say("add.inbox"), tag="h2")
            if not entries:
                text(say("add.inbox.empty"), "card soft")
            with box("grid wide-cells"):
                for entry in entries[: self._most]:
                    self._card(entry)
            if len(entries) > self._most:
                button(say("add.more", n=len(entries) - self._most), self._show_more, sign="expand_more")

    def _show_more(self) -> None:
        self._most += SHOWN
        self._drawn = None
        self.look()

    def _card(self, entry: InboxEntry) -> None:
        page, say = self._page, self._page.tongue
        answers = self._typed.setdefault(entry.name, {})
        asks = page.whole.discovery.asks().get(entry.driver, {})
        called = title_of(page, entry)
        with box("card stack", "article", aria_label=called):
            _heading(page, entry, *self._age(entry))
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
                    says=f"{say('add.accept')}: {called}",
                )
                button(say("add.ignore"), lambda: self._ignore(entry, notes), says=f"{say('add.ignore')}: {called}")

    async def _accept(self, entry: InboxEntry, answers: dict[str, str], fields: Any, notes: Any) -> None:
        page, say = self._page, self._page.tongue
        called = title_of(page, entry)
        if self._busy:
            return
        self._busy = True
        ui.notify(say("add.accepting", name=called), type="ongoing", timeout=4000, position="top")
        try:
            who = page.who()
            require(who, Permission.ADMINISTER)
            await page.whole.discovery.accept(entry.name, answers)
            await page.whole.journal.record("accepted", actor=who.name, target=entry.name[:128], source="page")
        except CommandError as error:
            told(page, notes, refused(page, "", error))
            if error.property and error.property not in answers:
                with fields:
                    _asked(answers, error.property, error.detail)
            return
        except HulianError as error:
            ui.notify(str(error), type="negative", position="top")
            return
        finally:
            self._busy = False
        self._typed.pop(entry.name, None)
        ui.notify(say("add.accepted", name=called), type="positive", position="top")
        self.look()

    async def _ignore(self, entry: InboxEntry, notes: Any) -> None:
        page = self._page
        try:
            who = page.who()
            require(who, Permission.ADMINISTER)
            await page.whole.discovery.ignore(entry.name)
            await page.whole.journal.record("ignored", actor=who.name, target=entry.name[:128], source="page")
        except CommandError as error:
            told(page, notes, refused(page, "", error))
        self.look()

    def _rest(self, phrase: str, entries: list[InboxEntry]) -> None:
        if not entries:
            return
        with box("card", "details"):
            text(f"{self._page.tongue(phrase)} ({len(entries)})", tag="summary")
            for entry in entries[:MOST_TOLD]:
                with box("trouble"):
                    _heading(self._page, entry, new=False, gone=False)


def title_of(page: Sheet, entry: InboxEntry) -> str:
    """Return what a unit is called: its own title, else what people call its kind; a bare id says nothing to anybody."""
    return page.called(entry.kind) if entry.kind and entry.title in {"", entry.key} else entry.title


def _twin(page: Sheet, entry: InboxEntry) -> Twin | None:
    """Return the device that a unit in the home is, None where it is none, or several."""
    home = page.whole.home
    carried = map(home.names.shown, home.names.carried_by(entry.driver, entry.key))
    devices = [device for device in carried if device in home.devices()]
    return home.twin(devices[0]) if len(devices) == 1 else None


def _wire(page: Sheet, driver: str) -> str:
    """Return what people call what a driver speaks."""
    phrase = f"wire.{driver}"
    return page.tongue(phrase) if phrase in page.tongue.phrases else page.whole.discovery.title(driver)


def _heading(page: Sheet, entry: InboxEntry, new: bool, gone: bool) -> None:
    twin = _twin(page, entry)
    called = title_of(page, entry) if twin is None else page.name(twin)
    of = entry.kind if twin is None else twin.description.kind
    kind, wire = page.called(of) if of else "", _wire(page, entry.driver)
    said = page.tongue("add.wire", wire=wire, address=entry.address) if entry.address else wire
    with box("row grow"):
        icon(icon_of(of or ""), "soft")
        with box("grow"):
            text(called, "literal", "h3")
            text(
                " · ".join(filter(None, (kind if kind != called else "", entry.key if called != entry.key else "", said))),
                "soft small literal",
            )
        if gone:
            text(page.tongue("add.gone", age=age(page.tongue, page.now() - entry.last_seen)), "badge", "span")
        elif new:
            text(page.tongue("add.new"), "badge good", "span")
    if entry.doubt:
        text(entry.doubt, "warn small literal")


def _asked(answers: dict[str, str], need: str, looks: str) -> None:
    """Draw an input for what a unit asks for; `looks`: what it looks like, in words."""
    secret = field(need, type="text", autocomplete="off", spellcheck="false")
    if need in answers:
        secret.props["^value"] = answers[need]
    text(looks, "soft small literal")

    def take(content: str) -> None:
        answers.pop(need, None)
        if content.strip():
            answers[need] = content.strip()

    typed(secret, take)
