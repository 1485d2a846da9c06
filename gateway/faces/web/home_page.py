"""*Home*: what is wrong first, then the rooms with their appliances."""

from functools import partial

from nicegui import ui
from nicegui.element import Element

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

    page.hear(page.watch.arrived, arrived)
    page.hear(page.watch.any, wrong)
    page.hear(page.watch.alerts, wrong)


class _Rooms:
    """The cards by room; a room is drawn anew when an appliance comes, goes, or is put elsewhere, and the others stay as they are."""

    def __init__(self, page: Sheet) -> None:
        self._page = page
        self._looks: dict[str, Look] = {}
        self._followed: set[str] = set()
        self._drawn: dict[str, list[str]] = {}
        self._sections: dict[str, Element] = {}
        self._place = box("rooms")
        self._empty = box("hidden")
        with self._empty:
            self._nothing()
        self.refresh()

    def look(self) -> None:
        """Tell ages anew."""
        for look in self._looks.values():
            look()

    def refresh(self) -> None:
        """Draw the rooms, where they are not as drawn."""
        wanted = self._wanted()
        for room in self._drawn.keys() - wanted.keys():
            self._drawn.pop(room)
            self._sections.pop(room).delete()
        for index, (room, devices) in enumerate(wanted.items()):
            if self._drawn.get(room) != devices:
                self._room(room, devices, index)
        self._drawn = wanted
        self._looks = {device: look for device, look in self._looks.items() if any(device in devices for devices in wanted.values())}
        self._empty.classes(add="hidden") if wanted else self._empty.classes(remove="hidden")

    def _wanted(self) -> dict[str, list[str]]:
        """Return the appliances of each room by their names, those in no room last."""
        home = self._page.whole.home
        twins = [home.twin(device) for device in home.devices()]
        rooms: dict[str, list[str]] = {}
        for twin in sorted(twins, key=lambda twin: (not twin.room, twin.room, twin.name.casefold(), twin.id)):
            rooms.setdefault(twin.room, []).append(twin.id)
        return rooms

    def _room(self, room: str, devices: list[str], index: int) -> None:
        title = self._page.tongue.room(room) if room else self._page.tongue("home.elsewhere")
        if room not in self._sections:
            with self._place:
                self._sections[room] = box("section", "section", aria_label=title)
            self._sections[room].move(target_index=index)
        self._sections[room].clear()
        with self._sections[room]:
            text(title, "literal", "h2")
            with box("grid").style(f"--cells: {min(MOST_ABREAST, len(devices))}"):
                for device in devices:
                    self._looks[device] = card(self._page, device)
                    self._follow(device)

    def _follow(self, device: str) -> None:
        """Look at a card again whenever its appliance changed: once a page, however often the card is drawn."""
        if device not in self._followed:
            self._followed.add(device)
            self._page.follow(device, partial(self._look, device))

    def _look(self, device: str) -> None:
        if (look := self._looks.get(device)) is not None:
            look()

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
