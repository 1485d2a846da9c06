"""One conformance run on the page: how far it is, what was found by whom it is about, each failure whole, its files, its certificate."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from nicegui import ui

from gateway.errors import CommandError, HulianError
from gateway.faces.web.asking import refused
from gateway.faces.web.parts import box, button, icon, link, say, set_attribute, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.widgets import told
from gateway.lifecycle.lent import Trial
from gateway.trust.roles import Permission, require

REPORTS: Final = ("html", "junit", "jsonl", "zip")
CERTIFICATE: Final = ("cose", "jws", "png")
OUTCOMES: Final = ("passed", "failed", "skipped", "errored")
LONGEST: Final = 600
"""Characters of a value that are shown; its capsule has all of it."""
TONES: Final = {"conformant": "good", "not-conformant": "bad", "incomplete": "warn", "no-verdict": "warn"}


def standing_of(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return the phrase for how a run stands, and its tone."""
    if document["state"] != "ended":
        return f"vendor.state.{document['state']}", {"running": "warn", "failed": "bad"}.get(document["state"], "")
    standing = document["standing"] or "no-verdict"
    return f"vendor.standing.{standing}", TONES.get(standing, "")


class RunView:
    """Draws a run once, and afterwards only what is new: what somebody has opened stays open."""

    def __init__(self, page: Sheet, trial: Trial, name: str) -> None:
        self.trial = trial
        self._page = page
        self._failures = 0
        self._ended: Any = None
        tongue = page.tongue
        with box("card stack"):
            with box("row"):
                text(name, "grow literal", "h2")
                self._badge = text("", "badge", "span")
            self._bar = box("bar", role="progressbar", aria_label=tongue("vendor.progress.label"), aria_valuemin="0")
            with self._bar:
                self._filled = box("")
            self._far = text("", "soft literal")
            self._now = text("", "small literal")
            self._state = text("", "hidden")
            self._state.props["role"] = "status"
            self._counts = box("hidden")
            self._counted: Any = None
            self._failed = box("tight")
            self._files = box("stack hidden")

    def look(self, document: Mapping[str, Any]) -> None:
        """Show how it stands now."""
        phrase, tone = standing_of(document)
        say(self._badge, self._page.tongue(phrase))
        self._badge.classes(replace=f"badge {tone}")
        self._progress(document)
        self._subjects(document["subjects"])
        verdicts = [line for line in document["said"] if line.get("event") == "verdict"]
        failed = [verdict for verdict in verdicts if verdict["outcome"] in {"failed", "errored"}]
        with self._failed:
            if failed and not self._failures:
                text(self._page.tongue("vendor.failures"), tag="h3")
            for number, verdict in enumerate(failed[self._failures :], self._failures):
                _failure(self._page, verdict, opened=number == 0)
        self._failures = len(failed)
        ending = (document["state"], document["certificate"], tuple(document["reports"]))
        if document["state"] != "running" and ending != self._ended:
            self._ended = ending
            self._end(document)

    def _progress(self, document: Mapping[str, Any]) -> None:
        tongue, checks, done = self._page.tongue, document["checks"], document["done"]
        share = 100 * done / checks if checks else 0
        self._filled.style(f"width: {share:.1f}%")
        set_attribute(self._bar, "aria-valuemax", checks or 1)
        set_attribute(self._bar, "aria-valuenow", done)
        time = _clock(document["seconds"])
        say(self._far, tongue("vendor.progress", done=done, all=checks, time=time) if checks else tongue("vendor.progress.none", time=time))
        current, running = document["current"], document["state"] == "running"
        phase = "writing" if document["phase"] == "judging" and done == checks else document["phase"]
        words = tongue(f"vendor.phase.{phase}") if running else ""
        if running and current and document["phase"] == "judging":
            words = tongue("vendor.current", what=current["id"], why=current["because"])
        say(self._now, words)
        self._now.classes(replace="small literal" if words else "hidden")

    def _subjects(self, subjects: Mapping[str, Mapping[str, int]]) -> None:
        if subjects == self._counted:
            return
        self._counted, tongue = subjects, self._page.tongue
        self._counts.clear()
        self._counts.classes(replace="facts" if subjects else "hidden")
        with self._counts:
            for subject, outcomes in subjects.items():
                told = [tongue(f"vendor.{outcome}", n=outcomes.get(outcome, 0)) for outcome in OUTCOMES if outcomes.get(outcome)]
                with box(""):
                    text(tongue(f"vendor.subject.{subject}"), "soft")
                    text(tongue.comma.join(told), "")

    def _end(self, document: Mapping[str, Any]) -> None:
        tongue = self._page.tongue
        self._state.classes(replace="notice literal " + {"conformant": "good", "not-conformant": "bad"}.get(document["standing"], ""))
        say(self._state, self._told(document))
        self._files.clear()
        self._files.classes(remove="hidden")
        with self._files:
            with box("row"):
                for form in REPORTS:
                    if form in document["reports"]:
                        self._download("report", form, tongue("vendor.report") if form != "zip" else tongue("vendor.capsules"))
            _Certificate(self._page, self.trial, self._download).draw(document)

    def _told(self, document: Mapping[str, Any]) -> str:
        tongue = self._page.tongue
        if document["trouble"]:
            return tongue("vendor.ended", reason=document["trouble"])
        if document["state"] == "stopped":
            return tongue("vendor.was.stopped")
        standing = document["standing"] or "no-verdict"
        if standing == "conformant":
            return tongue("vendor.good")
        missing = document["missing"]
        shown = tongue.comma.join(map(str, missing[:12])) + (f" … ({len(missing)})" if len(missing) > 12 else "")  # noqa: PLR2004 - ids
        return tongue(f"vendor.why.{standing}", missing=shown)

    def _download(self, what: str, form: str, words: str) -> None:
        with link(f"{self._page.whole.api}/conformance/{self.trial.id}/{what}.{form}", "button") as way:
            icon("download")
            text(f"{words} ({self._page.tongue(f'vendor.form.{form}')})", tag="span")
        way.props["download"] = ""


class _Certificate:
    """The certificate of a run that can have one, and why another has none."""

    def __init__(self, page: Sheet, trial: Trial, download: Any) -> None:
        self._page = page
        self._trial = trial
        self._download = download

    def draw(self, document: Mapping[str, Any]) -> None:
        """Draw it as far as it is."""
        tongue, made = self._page.tongue, document["certificate"]
        text(tongue("vendor.certificate"), tag="h3")
        if made is not None:
            self._made(made)
        elif document["unsigned"]:
            text(tongue(f"vendor.unsigned.{document['unsigned']}"), "soft")
        else:
            text(tongue("vendor.certificate.hint"), "soft")
            notes = box("hidden")
            button(tongue("vendor.certificate.sign"), lambda: self._sign(notes), "main-action", sign="workspace_premium")

    def _made(self, made: Mapping[str, Any]) -> None:
        tongue = self._page.tongue
        text(tongue("vendor.certificate.hint"), "soft")
        with box("facts", "dl"):
            for phrase, value in (("number", made["number"]), ("key", made["key"])):
                with box(""):
                    text(tongue(f"vendor.certificate.{phrase}"), tag="dt")
                    text(str(value), "literal", "dd")
        with box("row"):
            for form in CERTIFICATE:
                self._download("certificate", form, tongue("vendor.certificate"))

    async def _sign(self, notes: Any) -> None:
        page = self._page
        try:
            who = page.who()
            require(who, Permission.ADMINISTER)
            await self._trial.sign()
            await page.whole.journal.record("certificate signed", actor=who.name, target=self._trial.id, source="page")
        except CommandError as error:
            told(page, notes, refused(page, "", error))
        except HulianError as error:
            ui.notify(str(error), type="negative")


def _failure(page: Sheet, verdict: Mapping[str, Any], *, opened: bool) -> None:
    """Draw one failure: what was asked, sent, came and was expected, why it matters, what to do; the first is open."""
    tongue = page.tongue
    titles = verdict.get("titles") or {"en": str(verdict.get("title", ""))}
    with box("notice bad", "details") as folded:
        if opened:
            folded.props["open"] = True
        with box("", "summary"):
            text(f"{verdict['id']} · {tongue.either(titles)}", "grow literal", "span")
        told_in_both = {"why", "todo", *(("expected",) if verdict.get("expectedTexts") else ())}
        with box("failure", "dl"):
            for phrase in ("sent", "expected", "came", "why", "todo"):
                value = verdict.get(f"{phrase}Texts") or verdict.get(phrase)
                if value in (None, "", {}, []):
                    continue
                text(tongue(f"vendor.part.{phrase}"), "soft small", "dt")
                text(_plain(tongue.either(value)) if phrase in told_in_both else _value(value), "literal", "dd")


def _plain(words: str) -> str:
    """Return words without the marks that set a name apart in Markdown."""
    return words.replace("`", "")


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
