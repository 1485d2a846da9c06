"""What happened in the home and at its door: who was let in or refused, what was added or handed out, scenes, alerts; and a filter.

What an entry is about is called as people call it; the ids stay behind the name, for whoever points at it or looks for one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from gateway.faces.web.called import Called
from gateway.faces.web.parts import box, button, choices, field, text, typed
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import day_of, hour_of

AT_ONCE: Final = 30
MOST: Final = 1000
"""Entries of the door that are looked at."""
RUNS: Final = 100
SORTS: Final = ("", "door", "home", "scene", "alert")
DOOR: Final = frozenset(
    {"paired", "pairing", "pairing opened", "pairing closed", "refused", "revoked", "lowered", "login", "logout", "mqtt handshake"}
)
"""What in the journal is about coming in; the rest is about the home."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: when, of which sort, in words, and the ids of what is called by a name there."""

    at: float
    sort: str
    words: str
    ids: str = ""

    def holds(self, wanted: str) -> bool:
        """Return whether somebody who looks for `wanted` means this one."""
        return wanted in f"{self.words} {self.ids}".lower()


async def log(page: Sheet) -> None:
    """Draw the section."""
    await _Log(page, Called(page, await page.whole.ask("clients", {}))).draw()


class _Log:
    """The lines of one page, and what of them is wanted."""

    def __init__(self, page: Sheet, called: Called) -> None:
        self._page = page
        self._called = called
        self._sort, self._wanted, self._most = "", "", AT_ONCE
        self._lines: list[Line] = []

    async def draw(self) -> None:
        """Draw the filter and the newest lines."""
        tongue = self._page.tongue
        with box("section", "section", aria_label=tongue("log.title"), id="log"):
            text(tongue("log.title"), tag="h2")
            with box("card stack"):
                with box("grid wide-cells"):
                    sort = field(tongue("log.sort"), "select")
                    choices(sort, {each: tongue(f"log.sort.{each or 'all'}") for each in SORTS}, "")
                    typed(sort, self._sorted, "change")
                    wanted = field(tongue("log.find"), type="search", maxlength="100")
                    typed(wanted, self._find)
                self._place = box("tight")
                self._more = button(tongue("log.more"), self._older, sign="expand_more")
        self._lines = sorted([*await self._journal(), *self._runs(), *self._alerts()], key=lambda line: -line.at)
        self._show()

    def _sorted(self, sort: str) -> None:
        self._sort, self._most = sort, AT_ONCE
        self._show()

    def _find(self, wanted: str) -> None:
        self._wanted, self._most = wanted.strip().lower(), AT_ONCE
        self._show()

    def _older(self) -> None:
        self._most += AT_ONCE
        self._show()

    def _show(self) -> None:
        found = [line for line in self._lines if self._sort in ("", line.sort) and line.holds(self._wanted)]
        self._place.clear()
        with self._place:
            if not found:
                text(self._page.tongue("log.none"), "soft")
            for day, lines in groupby(found[: self._most], lambda line: day_of(self._page.tongue, line.at, self._page.now())):
                text(day, "day", "h3")
                for line in lines:
                    _row(line)
        self._more.classes(add="hidden") if len(found) <= self._most else self._more.classes(remove="hidden")

    async def _journal(self) -> list[Line]:
        entries: list[Mapping[str, Any]] = await self._page.whole.ask("journal", {"limit": MOST})
        return [
            Line(entry["at"], "door" if entry["what"] in DOOR else "home", self._told(entry), self._called.ids(*_named(entry)))
            for entry in entries
        ]

    def _told(self, entry: Mapping[str, Any]) -> str:
        tongue, (actor, target) = self._page.tongue, _named(entry)
        result = "" if entry.get("result") in {"", "done"} else str(entry["result"])
        phrase = f"log.what.{entry['what']}"
        what = tongue(phrase) if phrase in tongue.phrases else tongue.word(str(entry["what"]))
        return " · ".join(filter(None, (what, self._called.somebody(actor), self._called.something(target), tongue.said(result))))

    def _runs(self) -> Iterator[Line]:
        tongue = self._page.tongue
        for report in self._page.whole.scenes.scenes.runs.reports(limit=RUNS):
            words = tongue("log.undone" if report.undoes else "log.ran", scene=self._called.something(report.scene))
            ids = self._called.ids(report.by.name, report.scene)
            yield Line(report.began, "scene", f"{words} · {self._called.somebody(report.by.name)}", ids)

    def _alerts(self) -> Iterator[Line]:
        tongue = self._page.tongue
        for alert in self._page.whole.alerts.listing():
            words = tongue.either(alert.notice.text)
            yield Line(alert.raised, "alert", tongue("log.raised", what=words))
            if alert.at is not None:
                yield Line(alert.at, "alert", tongue("log.seen", what=words, who=self._called.somebody(alert.by)))


def _named(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Return by whom it was, and about what, as the journal has them."""
    return str(entry.get("actor", "")), str(entry.get("target", ""))


def _row(line: Line) -> None:
    with box("row small"):
        text(hour_of(line.at), "soft", "span")
        told = text(line.words, "grow literal", "span")
    if line.ids:
        told.props["title"] = line.ids
