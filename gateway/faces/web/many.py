"""Many appliances at once, from a list that is pasted or picked: looked at first, then taken in, row by row, with what is missing."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nicegui import background_tasks
from nicegui.element import Element

from gateway.errors import CommandError, HulianError, SchemaViolation
from gateway.faces.web.asking import refused
from gateway.faces.web.findings import SHOWN, mistakes, mistakes_of, more
from gateway.faces.web.parts import box, button, choices, field, say, text, typed
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.upload import MOST_BYTES, pasted, picked
from gateway.faces.web.widgets import told
from gateway.trust.roles import Permission, require

WAITS: Final = ("20", "60", "300")
KEYED: Final = "credential"
"""What a list says before any key in it: with that it is kept nowhere."""
EXAMPLE: Final = "unit,name,room,tags,credential.token\nmidea:151732605161920,Bedroom AC,bedroom,guest,0123…"
TONES: Final = {
    "done": "good",
    "waiting": "",
    "notFound": "warn",
    "notHeard": "warn",
    "wrongKind": "bad",
    "needsKey": "warn",
    "failed": "bad",
}


class Many:
    """The section of one page. `_text`: the list as it was pasted or picked; `_name`: of its file."""

    def __init__(self, page: Sheet) -> None:
        self._page = page
        self._text, self._name, self._size = "", "", 0
        self._wait = WAITS[0]
        self._task: asyncio.Task[None] | None = None

    def draw(self) -> None:
        """Draw it."""
        tongue = self._page.tongue
        with box("section", "section", aria_label=tongue("many.title"), id="list"):
            text(tongue("many.title"), tag="h2")
            with box("card stack"):
                text(tongue("many.hint"), "soft")
                area = field(tongue("many.text"), "textarea", keep="list", placeholder=EXAMPLE, spellcheck="false").classes("short")
                area.props["data-unless"] = KEYED
                area.props["placeholder"] = EXAMPLE
                pasted(area, self._given)
                picked(tongue("many.file"), ".csv,.yaml,.yml", self._given, area)
                wait = field(tongue("many.wait"), "select")
                choices(wait, {each: tongue("many.seconds", n=each) for each in WAITS}, self._wait)
                typed(wait, self._waits, "change")
                with box("row"):
                    button(tongue("many.look"), lambda: self._begin(dry_run=True), sign="checklist")
                    button(tongue("many.do"), lambda: self._begin(dry_run=False), "main-action", sign="playlist_add_check")
                    self._stopping = button(tongue("vendor.stop"), self._stop, "hidden", sign="stop")
                self._notes = box("hidden")
                self._state = text("", "soft literal hidden")
                self._state.props["role"] = "status"
                self._place = box("tight")

    def _given(self, name: str, content: str, size: int) -> None:
        self._name, self._text, self._size = name, content, size
        if size:
            self._say(self._page.tongue("many.large", n=size // 1000, most=MOST_BYTES // 1000))

    def _waits(self, seconds: str) -> None:
        self._wait = seconds

    def _begin(self, *, dry_run: bool) -> None:
        if self._task is not None and not self._task.done():
            return
        self._task = background_tasks.create(self._run(dry_run=dry_run), name="pages: list", context=self._page.client)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self, *, dry_run: bool) -> None:
        page, tongue = self._page, self._page.tongue
        self._place.clear()
        told(page, self._notes, None)
        try:
            who = page.who()
            require(who, Permission.ADMINISTER)
            if not self._text.strip():
                self._say(tongue("many.large", n=self._size // 1000, most=MOST_BYTES // 1000) if self._size else tongue("many.empty"))
                return
            self._say(tongue("many.reading"))
            self._stopping.classes(remove="hidden")
            name = self._name or ("list.csv" if _is_csv(self._text) else "list.yaml")
            done = await page.whole.arranging.bulk(self._text, name, dry_run=dry_run, wait=float(self._wait), tell=self._tell)
            if not dry_run:
                await page.whole.journal.record("bulk", actor=who.name, source="page")
                page.settled("list")
            self._end(done, dry_run=dry_run)
        except SchemaViolation as error:
            self._mistakes(error)
        except CommandError as error:
            self._say("")
            told(page, self._notes, refused(page, "", error))
        except HulianError as error:
            self._say(str(error))
        except asyncio.CancelledError:
            self._say(tongue("many.stopped"))
            raise
        finally:
            self._stopping.classes(add="hidden")

    def _say(self, words: str) -> None:
        self._state.classes(remove="hidden") if words else self._state.classes(add="hidden")
        say(self._state, words)

    def _tell(self, done: int, of: int, what: str) -> None:
        """Tell how far it is, and keep what was done under it."""
        self._say(self._page.tongue("many.progress", done=done, all=of))
        with self._place:
            text(what, "small literal")

    def _mistakes(self, error: SchemaViolation) -> None:
        findings = mistakes_of(error)
        self._say(self._page.tongue("many.mistakes", n=len(findings)))
        with self._place:
            mistakes(self._page, findings)

    def _end(self, done: Mapping[str, Any], *, dry_run: bool) -> None:
        tongue, rows = self._page.tongue, list(done["rows"])
        counts = Counter(row["state"] for row in rows)
        ready = counts["done"] + (counts["waiting"] if dry_run else 0)
        summary = tongue("many.would" if dry_run else "many.did", done=ready, all=len(rows))
        others = tongue("many.others", n=len(done["others"])) if done["others"] else ""
        self._say(" ".join(filter(None, (summary, others))))
        self._place.clear()
        with self._place:
            _table(self._page, sorted(rows, key=lambda row: (row["state"] in {"done", "waiting"}, row["line"]))[:SHOWN])
            more(self._page, len(rows))


def _table(page: Sheet, rows: Sequence[Mapping[str, Any]]) -> Element:
    """Draw the rows of a list: the line, who it is, and how it stands; what is missing comes first."""
    tongue = page.tongue
    with box("tight", "ul", role="list") as table:
        for row in rows:
            with box("trouble", "li"):
                text(tongue("many.line", n=row["line"]), "soft small", "span")
                with box("grow"):
                    text(row["name"] or row["unit"] or row["address"], "literal")
                    text(
                        " · ".join(filter(None, (tongue.room(row["room"]), tongue.said(row["why"]), tongue.comma.join(row["changed"])))),
                        "soft small literal",
                    )
                text(tongue(f"many.state.{row['state']}"), f"badge {TONES.get(row['state'], '')}", "span")
    return table


def _is_csv(content: str) -> bool:
    """Return whether a pasted list is CSV: its first line names columns, and YAML's has a colon."""
    first = next((line for line in content.splitlines() if line.strip() and not line.startswith("#")), "")
    return (":" not in first and any(mark in first for mark in ",;\t")) or first.strip() in {"unit", "address", "id"}
