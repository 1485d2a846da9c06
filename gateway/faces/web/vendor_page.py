"""*Vendor desk*: the conformance suite on one appliance, verdict by verdict as they come, what failed in words, and the report."""

from typing import Any, Final

from nicegui import ui

from gateway.errors import CommandError, HulianError
from gateway.faces.web.asking import refused
from gateway.faces.web.parts import box, button, choices, field, icon, link, say, text, typed
from gateway.faces.web.sheet import Sheet, frame
from gateway.faces.web.widgets import told
from gateway.lifecycle.lent import Trial
from gateway.trust.roles import Permission, may, require

LOOK_SECONDS: Final = 1.0
BUDGETS: Final = {"60": "1 min", "180": "3 min", "600": "10 min"}
REPORTS: Final = {"html": "HTML", "junit": "JUnit", "jsonl": "JSON lines"}


def vendor_page(page: Sheet) -> None:
    """Draw the page."""
    tongue = page.tongue
    with frame(page, tongue("vendor.title"), here="/vendor"):
        text(tongue("vendor.hint"), "soft")
        if not may(page.who().role, Permission.ADMINISTER):
            text(tongue("refused.role"), "notice")
            return
        _Desk(page).draw()


class _Desk:
    """One page's view of the newest run."""

    def __init__(self, page: Sheet) -> None:
        self._page = page
        self._wish = {"device": "", "budget": "180", "tests": ""}
        self._drawn: Any = None

    def draw(self) -> None:
        """Draw the choice of an appliance, and the newest run."""
        page, tongue = self._page, self._page.tongue
        home = page.whole.home
        devices = {
            device: f"{home.twin(device).name} ({device})" for device in sorted(home.devices(), key=lambda each: home.twin(each).name)
        }
        self._wish["device"] = next(iter(devices), "")
        with box("card stack"):
            picked = field(tongue("vendor.pick"), "select")
            choices(picked, devices, self._wish["device"])
            typed(picked, lambda device: self._wish.update(device=device), "change")
            longest = field(tongue("vendor.budget"), "select")
            choices(longest, BUDGETS, self._wish["budget"])
            typed(longest, lambda seconds: self._wish.update(budget=seconds), "change")
            tests = field(tongue("vendor.tests"), placeholder="T,C1,C2", spellcheck="false")
            typed(tests, lambda words: self._wish.update(tests=words.replace(" ", "")))
            with box("row"):
                self._run = button(tongue("vendor.run"), self._start, "main-action", sign="play_arrow")
                self._stop = button(tongue("vendor.stop"), self._end, "hidden")
            self._notes = box("hidden")
        with box("card stack"):
            self._state = text(tongue("vendor.norun"), "soft literal")
            self._state.props["role"] = "status"
            self._place = box("tight")
        self.look()
        ui.timer(LOOK_SECONDS, lambda: self.look() if page.there() else None)

    async def _start(self) -> None:
        page = self._page
        try:
            require(page.who(), Permission.ADMINISTER)
            await page.whole.trials.start({**self._wish, "budget": int(self._wish["budget"])})
            told(page, self._notes, None)
        except CommandError as error:
            told(page, self._notes, refused(page, "", error))
        except HulianError as error:
            ui.notify(str(error), type="negative")
        self.look()

    async def _end(self) -> None:
        if (trial := self._newest()) is not None:
            await trial.stop()

    def _newest(self) -> Trial | None:
        return next(reversed(self._page.whole.trials.all()), None)

    def look(self) -> None:
        """Show how the newest run stands."""
        trial = self._newest()
        if trial is None:
            return
        document = trial.document()
        running = document["state"] == "running"
        self._run.props["disabled"] = running
        self._stop.classes(remove="hidden") if running else self._stop.classes(add="hidden")
        now = (trial.id, document["state"], len(document["said"]))
        if now == self._drawn:
            return
        self._drawn = now
        verdicts = [said for said in document["said"] if said.get("event") == "verdict"]
        say(self._state, self._told(document, verdicts))
        self._place.clear()
        with self._place:
            self._ended(trial.id, document, verdicts)

    def _told(self, document: dict[str, Any], verdicts: list[dict[str, Any]]) -> str:
        tongue, home = self._page.tongue, self._page.whole.home
        device = document["device"]
        name = home.twin(device).name if device in home.devices() else device
        if document["state"] == "running":
            what = str(verdicts[-1]["title"]) if verdicts else "…"
            return f"{name} · " + tongue("vendor.running", n=len(verdicts), what=what)
        if document["trouble"]:
            return f"{name} · " + tongue("vendor.ended", reason=document["trouble"])
        counted = {outcome: sum(verdict["outcome"] == outcome for verdict in verdicts) for outcome in ("passed", "failed")}
        rest = len(verdicts) - sum(counted.values())
        words = (
            tongue("vendor.passed", n=counted["passed"]),
            tongue("vendor.failed", n=counted["failed"]),
            tongue("vendor.skipped", n=rest),
        )
        return f"{name} · " + tongue.comma.join(words)

    def _ended(self, trial: str, document: dict[str, Any], verdicts: list[dict[str, Any]]) -> None:
        tongue = self._page.tongue
        failed = [verdict for verdict in verdicts if verdict["outcome"] == "failed"]
        if failed:
            text(tongue("vendor.failures"), tag="h2")
        for verdict in failed:
            with box("trouble"):
                icon("error_outline", "bad")
                with box("grow"):
                    text(f"{verdict['id']} · {verdict['title']}", "literal")
                    for phrase in ("expected", "came"):
                        if verdict.get(phrase):
                            text(tongue(f"vendor.{phrase}", what=str(verdict[phrase])), "soft small literal")
        if document["conformant"]:
            text(tongue("vendor.good"), "notice good")
        with box("row"):
            for form in document["reports"]:
                with link(f"{self._page.whole.api}/conformance/{trial}/report.{form}", "button") as way:
                    icon("download")
                    text(f"{tongue('vendor.report')} ({REPORTS.get(form, form)})", tag="span")
                way.props["download"] = f"{document['device']}-report.{form}"
