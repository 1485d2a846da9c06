"""*Home*: what is wrong first, then the rooms with their appliances."""

from nicegui import ui

from gateway.faces.web.card import Look, card
from gateway.faces.web.frame import frame
from gateway.faces.web.look import icon_of
from gateway.faces.web.parts import box, icon, link, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.trouble import Trouble, troubles

AGES_SECONDS = 30.0
MOST_ABREAST = 3
"""Cards of a room beside each other on a wide screen."""
FIRST = 4
"""Troubles that are shown before a person asks for all of them."""


def home_page(page: Sheet) -> None:
    """Draw the page."""
    with frame(page, page.tongue("home.title"), here="/"):
        wrong = _wrong(page)
        rooms = _Rooms(page)
    ui.timer(AGES_SECONDS, lambda: rooms.look() if page.there() else None)

    def arrived() -> None:
        rooms.refresh()
        wrong()

    page.watch.arrived.subscribe(arrived)
    page.watch.any.subscribe(lambda: wrong() if page.there() else None)
    page.watch.alerts.subscribe(wrong)


class _Rooms:
    """The cards, drawn anew when an appliance comes, goes, or is put elsewhere."""

    def __init__(self, page: Sheet) -> None:
        self._page = page
        self._looks: list[Look] = []
        self._drawn: list[tuple[str, str]] = []
        self._place = box("rooms")
        self.refresh()

    def look(self) -> None:
        """Tell ages anew."""
        for look in self._looks:
            look()

    def refresh(self) -> None:
        """Draw the rooms, where they are not as drawn."""
        home = self._page.whole.home
        arranged = sorted((home.twin(device).room, home.twin(device).name.casefold(), device) for device in home.devices())
        now = [(room, device) for room, _, device in arranged]
        if now == self._drawn and now:
            self.look()
            return
        self._drawn = now
        self._looks.clear()
        self._place.clear()
        with self._place:
            if not now:
                self._nothing()
            for room in sorted({room for room, _ in now}, key=lambda room: (not room, room)):
                self._room(room, [device for where, device in now if where == room])

    def _room(self, room: str, devices: list[str]) -> None:
        title = self._page.tongue.room(room) if room else self._page.tongue("home.elsewhere")
        with box("section", "section", aria_label=title):
            text(title, "literal", "h2")
            with box("grid").style(f"--cells: {min(MOST_ABREAST, len(devices))}"):
                self._looks += [card(self._page, device) for device in devices]

    def _nothing(self) -> None:
        with box("card stack"):
            text(self._page.tongue("home.empty"), tag="h2")
            text(self._page.tongue("home.empty.hint"), "soft")
            with link("/add", "button main-action"):
                text(self._page.tongue("nav.add"), tag="span")


def _wrong(page: Sheet) -> Look:
    """Draw what is wrong; return what looks again."""
    place = box("card tight", "section", aria_label=page.tongue("home.wrong"))
    seen: list[list[Trouble] | None] = [None]
    counted: list[tuple[int, int, int]] = [(-1, -1, -1)]

    def look() -> None:
        found = troubles(page.whole.home, page.whole.library, page.tongue)
        count = (*_count(page), len(page.whole.alerts.listing(waiting=True)))
        if (found, count) == (seen[0], counted[0]):
            return
        seen[0], counted[0] = found, count
        place.clear()
        place.classes(remove="hidden") if count[1] else place.classes(add="hidden")
        with place:
            _told(page, found, count)

    look()
    return look


def _count(page: Sheet) -> tuple[int, int]:
    devices = page.whole.home.devices()
    return sum(page.whole.home.twin(device).online for device in devices), len(devices)


def _told(page: Sheet, found: list[Trouble], count: tuple[int, int, int]) -> None:
    say, wrong = page.tongue, bool(found or count[2])
    with box("row"):
        icon("error_outline" if wrong else "check_circle", "bad" if wrong else "good")
        with box("grow"):
            text(say("home.wrong" if wrong else "home.well"), tag="h2")
            text(say("home.count", online=count[0], all=count[1]), "soft small")
    if found:
        with box(""):
            for trouble in found[:FIRST]:
                _row(page, trouble)
    if len(found) > FIRST:
        with box("", "details"):
            text(say("home.more", n=len(found) - FIRST), tag="summary")
            for trouble in found[FIRST:]:
                _row(page, trouble)


def _row(page: Sheet, trouble: Trouble) -> None:
    devices = page.whole.home.devices()
    twin = page.whole.home.twin(trouble.device) if trouble.device in devices else None
    with link(f"/device/{trouble.device}", "trouble"):
        icon(icon_of(twin.description.kind) if twin is not None else "help_outline", "bad" if trouble.severity != "warning" else "warn")
        with box("grow"):
            text(
                (page.name(twin) if twin is not None else trouble.device)
                + (f" · {page.tongue.room(twin.room)}" if twin is not None and twin.room else ""),
                "literal",
            )
            text(trouble.text, "soft small literal")
        icon("chevron_right", "soft")
