"""The whole home as a file: taken away, brought to another hub after a look at what that would do; and the sheet that is handed over."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.errors import CommandError, HulianError, SchemaViolation
from gateway.faces.web.asking import confirmed, refused
from gateway.faces.web.findings import SHOWN, mistakes, mistakes_of, more
from gateway.faces.web.parts import box, button, icon, link, say, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.upload import MOST_BYTES, picked
from gateway.faces.web.widgets import told
from gateway.trust.roles import Permission, require

STATES: Final = ("here", "waits", "notFound")
TONES: Final = {"here": "good", "waits": "warn", "notFound": "warn"}


def whole_home(page: Sheet) -> None:
    """Draw the section."""
    tongue = page.tongue
    with box("section", "section", aria_label=tongue("home.file"), id="home"):
        text(tongue("home.file"), tag="h2")
        with box("grid wide-cells"):
            with box("card stack"):
                text(tongue("home.export"), tag="h3")
                text(tongue("home.export.hint"), "soft")
                _download(page, f"{page.whole.api}/home", "home.export")
            with box("card stack"):
                text(tongue("home.sheet"), tag="h3")
                text(tongue("home.sheet.hint"), "soft")
                language = "zh" if tongue.chinese else "en"
                _download(page, f"{page.whole.api}/handover?language={language}", "home.sheet")
        with box("card stack"):
            _Import(page).draw()


def _download(page: Sheet, target: str, phrase: str) -> None:
    with link(target, "button") as way:
        icon("download")
        text(page.tongue("system.download"), tag="span")
    way.props["download"] = ""
    way.props["aria-label"] = f"{page.tongue('system.download')}: {page.tongue(phrase)}"


class _Import:
    """A description that was picked, and what became of it."""

    def __init__(self, page: Sheet) -> None:
        self._page = page
        self._text, self._size = "", 0
        self._busy = False

    def draw(self) -> None:
        """Draw it."""
        tongue = self._page.tongue
        text(tongue("home.import"), tag="h3")
        text(tongue("home.import.hint"), "soft")
        picked(tongue("home.import.file"), ".yaml,.yml", self._take)
        with box("row"):
            button(tongue("home.import.look"), lambda: self._do(dry_run=True), sign="checklist")
            self._doing = button(tongue("home.import.do"), lambda: self._do(dry_run=False), "danger hidden", sign="upload")
        self._notes = box("hidden")
        self._state = text("", "literal hidden")
        self._state.props["role"] = "status"
        self._place = box("tight")

    def _take(self, _name: str, content: str, size: int) -> None:
        self._text, self._size = content, size
        self._doing.classes(add="hidden")
        self._place.clear()
        self._say(self._page.tongue("many.large", n=size // 1000, most=MOST_BYTES // 1000) if size else "")

    def _say(self, words: str) -> None:
        self._state.classes(remove="hidden") if words else self._state.classes(add="hidden")
        say(self._state, words)

    async def _do(self, *, dry_run: bool) -> None:
        page, tongue = self._page, self._page.tongue
        if self._busy:
            return
        if not self._text.strip():
            self._say(tongue("many.empty") if not self._size else tongue("many.large", n=self._size // 1000, most=MOST_BYTES // 1000))
            return
        if not dry_run and not await confirmed(page, tongue("danger.title"), tongue("home.import.sure"), do=tongue("home.import.do")):
            return
        self._busy = True
        self._place.clear()
        told(page, self._notes, None)
        self._say(tongue("many.reading"))
        try:
            who = page.who()
            require(who, Permission.ADMINISTER)
            done = await page.whole.describing.take(self._text, who, dry_run=dry_run)
            if not dry_run:
                await page.whole.journal.record("home imported", actor=who.name, source="page")
            self._end(done, dry_run=dry_run)
        except SchemaViolation as error:
            self._mistakes(error)
        except CommandError as error:
            self._say("")
            told(page, self._notes, refused(page, "", error))
        except HulianError as error:
            self._say(str(error))
        finally:
            self._busy = False

    def _mistakes(self, error: SchemaViolation) -> None:
        findings = mistakes_of(error)
        self._say(self._page.tongue("many.mistakes", n=len(findings)))
        with self._place:
            mistakes(self._page, findings)

    def _end(self, done: Mapping[str, Any], *, dry_run: bool) -> None:
        tongue, devices = self._page.tongue, list(done["devices"])
        counts = {state: sum(device["state"] == state for device in devices) for state in STATES}
        words = [tongue(f"home.import.{state}", n=count) for state, count in counts.items() if count]
        words.append(tongue("home.import.scenes" if dry_run else "home.imported.scenes", n=len(done["scenes"])))
        self._say(tongue("home.import.would" if dry_run else "home.import.did", what=tongue.comma.join(words)))
        self._doing.classes(remove="hidden") if dry_run else self._doing.classes(add="hidden")
        with self._place:
            for scene in done["scenes"]:
                if scene.get("problem"):
                    text(tongue("scene.line", n=scene["line"], text=tongue.said(str(scene["problem"]))), "notice bad literal")
            for problem in done.get("problems", ()):
                text(tongue.said(str(problem)), "notice literal")
            for device in sorted(devices, key=lambda each: STATES.index(each["state"]), reverse=True)[:SHOWN]:
                self._device(device)
            more(self._page, len(devices))

    def _device(self, device: Mapping[str, Any]) -> None:
        tongue = self._page.tongue
        kind = self._page.called(device["kind"]) if device["kind"] else ""
        asks = tongue("home.import.asks", what=tongue.comma.join(device["missing"])) if device["missing"] else ""
        with box("trouble"):
            with box("grow"):
                text(device["name"] or kind or device["id"], "literal")
                text(" · ".join(filter(None, (kind, tongue.room(device["room"]), device["unit"], asks))), "soft small literal")
            text(tongue(f"home.import.state.{device['state']}"), f"badge {TONES[device['state']]}", "span")
