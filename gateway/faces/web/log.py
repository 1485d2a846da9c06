"""What happened in the home and at its door: who was let in or refused, what was added or handed out, scenes, alerts; and a filter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.faces.web.parts import box, button, choices, field, text, typed
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import moment

AT_ONCE: Final = 30
MOST: Final = 1000
"""Entries of the door that are looked at."""
RUNS: Final = 100
SORTS: Final = ("", "door", "home", "scene", "alert")
DOOR: Final = frozenset(
    {"paired", "pairing", "pairing opened", "pairing closed", "refused", "revoked", "login", "logout", "mqtt handshake"}
)
"""What in the journal is about coming in; the rest is about the home."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: when, of which sort, and in words."""

    at: float
    sort: str
    words: str


async def log(page: Sheet) -> None:
    """Draw the section."""
    await _Log(page).draw()


class _Log:
    """The lines of one page, and what of them is wanted."""

    def __init__(self, page: Sheet) -> None:
        self._page = page
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
        found = [line for line in self._lines if self._sort in ("", line.sort) and self._wanted in line.words.lower()]
        self._place.clear()
        with self._place:
            if not found:
                text(self._page.tongue("log.none"), "soft")
            for line in found[: self._most]:
                with box("row small"):
                    text(moment(line.at, self._page.now()), "soft", "span")
                    text(line.words, "grow literal", "span")
        self._more.classes(add="hidden") if len(found) <= self._most else self._more.classes(remove="hidden")

    async def _journal(self) -> list[Line]:
        entries: list[Mapping[str, Any]] = await self._page.whole.ask("journal", {"limit": MOST})
        return [Line(entry["at"], "door" if entry["what"] in DOOR else "home", self._told(entry)) for entry in entries]

    def _told(self, entry: Mapping[str, Any]) -> str:
        tongue, actor = self._page.tongue, entry.get("actor", "")
        result = "" if entry.get("result") in {"", "done"} else str(entry["result"])
        phrase = f"log.what.{entry['what']}"
        what = tongue(phrase) if phrase in tongue.phrases else tongue.word(str(entry["what"]))
        return " · ".join(
            filter(None, (what, tongue.who(actor) if actor else "", self._called(str(entry.get("target", ""))), tongue.said(result)))
        )

    def _called(self, device: str) -> str:
        home = self._page.whole.home
        return self._page.name(home.twin(device)) if device in home.devices() else device

    def _runs(self) -> Iterator[Line]:
        tongue = self._page.tongue
        for report in self._page.whole.scenes.scenes.runs.reports(limit=RUNS):
            words = tongue("log.undone" if report.undoes else "log.ran", scene=report.scene)
            yield Line(report.began, "scene", f"{words} · {tongue.who(report.by.name)}")

    def _alerts(self) -> Iterator[Line]:
        tongue = self._page.tongue
        for alert in self._page.whole.alerts.listing():
            words = tongue.either(alert.notice.text)
            yield Line(alert.raised, "alert", tongue("log.raised", what=words))
            if alert.at is not None:
                yield Line(alert.at, "alert", tongue("log.seen", what=words, who=tongue.who(alert.by)))
