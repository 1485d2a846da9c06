"""A scene as it is run from its page: its settings, the buttons, the newest run as it goes, and a rehearsal of it."""

from typing import Any

from nicegui import ui
from nicegui.element import Element

from gateway.errors import CommandError, SchemaViolation, SetupError
from gateway.faces.web.asking import refused
from gateway.faces.web.control import Control, Form, members_of
from gateway.faces.web.filled import Filled
from gateway.faces.web.parts import box, button, say, text
from gateway.faces.web.refusal import Refusal
from gateway.faces.web.run_report import rehearsed_line
from gateway.faces.web.run_report import told as tell_run
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import number
from gateway.faces.web.widgets import told
from gateway.scenes.rehearsal.order import Wanted
from gateway.scenes.report import Report

SECONDS = {"unit": "s"}


class SceneRun:
    """One scene on one page; `look` shows how its newest run stands."""

    def __init__(self, page: Sheet, record: dict[str, Any]) -> None:
        self._page = page
        self._scene = str(record["id"])
        tongue, parameters = page.tongue, {"properties": record["parameters"]}
        with box("card stack"):
            self._form: Filled | None = None
            if record["parameters"]:
                group = Control(name=self._scene, form=Form.GROUP, schema=parameters, members=members_of(parameters))
                self._form = Filled(
                    page, group, {name: each.get("default") for name, each in record["parameters"].items()}, "", keep="given", plain=True
                )
            self._notes = box("hidden")
            with box("row"):
                self._run = button(tongue("scene.run"), self._begin, "main-action", sign="play_arrow")
                self._back = button(tongue("scene.undo"), self._undo, sign="undo")
                button(tongue("scene.rehearse"), self._rehearse, sign="science")
            self._rehearsed = box("hidden")
            self._place = box("tight", aria_live="polite")
        self.look()

    def look(self) -> None:
        """Show the newest run, and what can be done now."""
        newest = self._newest()
        running = newest is not None and newest.ended is None
        self._run.props["disabled"] = running
        undoable = newest is not None and not running and not newest.undoes
        self._back.classes(remove="hidden") if undoable else self._back.classes(add="hidden")
        self._place.clear()
        with self._place:
            if newest is not None:
                tell_run(self._page, newest)
            else:
                text(self._page.tongue("scene.norun"), "soft")

    def _newest(self) -> Report | None:
        return next(iter(self._page.whole.scenes.scenes.runs.reports(self._scene, 1)), None)

    def _given(self) -> Any:
        return {} if self._form is None else self._form.value()

    async def _begin(self) -> None:
        page = self._page
        try:
            await page.whole.scenes.run(self._scene, self._given(), page.who())
            told(page, self._notes, None)
            page.settled("given")
        except SchemaViolation as error:
            told(page, self._notes, Refusal(page.tongue("scene.given"), (page.tongue.said(error.detail),)))
        except CommandError as error:
            told(page, self._notes, refused(page, "", error))
        except ValueError as error:
            ui.notify(page.tongue("control.bad", reason=str(error)), type="negative")

    async def _undo(self) -> None:
        page, newest = self._page, self._newest()
        if newest is None:
            return
        try:
            await page.whole.scenes.scenes.begin_undo(newest.id, page.who())
            told(page, self._notes, None)
        except CommandError as error:
            told(page, self._notes, refused(page, "", error))

    async def _rehearse(self) -> None:
        """Play the scene on a simulated copy of the home, and tell what came of it."""
        page, place = self._page, self._rehearsed
        place.classes(remove="hidden")
        place.clear()
        with place:
            state = text(page.tongue("scene.rehearsing"), "notice")
            state.props["role"] = "status"

        async def tell(progress: Any) -> None:
            if progress.get("seconds"):
                say(state, page.tongue("scene.rehearsing.at", minutes=round(progress["seconds"] / 60)))

        try:
            played = await page.whole.rehearsals.rehearse(Wanted(scene=self._scene, arguments=self._given()), page.who(), tell)
        except CommandError as error:
            told(page, place, refused(page, "", error))
        except (SetupError, ValueError) as error:
            place.clear()
            with place:
                text(str(error), "notice bad literal")
        else:
            _tell_rehearsed(page, place, played)


def _tell_rehearsed(page: Sheet, place: Element, played: dict[str, Any]) -> None:
    report, tongue = played["report"], page.tongue
    took = number(tongue, round(played["seconds"]), SECONDS)
    place.clear()
    with place, box(f"notice {'good' if report['good'] else 'bad'} tight"):
        text(tongue("scene.rehearsed" if report["good"] else "scene.rehearsed.bad", time=took), tag="strong")
        if why := report.get("why"):
            text(tongue.said(why), "small literal")
        if peak := (played.get("power") or {}).get("peak"):
            text(tongue("scene.peak", n=f"{peak:.0f}"), "soft small")
        for line in report["lines"]:
            rehearsed_line(page, line)
