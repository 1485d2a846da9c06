"""One scene: what it would do, run with live outcome, taken back, edited with checks as one types, and its history."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from gateway.errors import CommandError, SetupError
from gateway.faces.web.asking import confirmed, refused
from gateway.faces.web.control import Control, Form, members_of
from gateway.faces.web.filled import Filled
from gateway.faces.web.parts import box, button, icon, say, text
from gateway.faces.web.run_report import asked_words, rehearsed_line, summary
from gateway.faces.web.run_report import told as tell_run
from gateway.faces.web.scene_editor import editor
from gateway.faces.web.sheet import Sheet, frame
from gateway.faces.web.triggers import triggers
from gateway.faces.web.value import moment
from gateway.faces.web.widgets import told
from gateway.scenes.alerts.notice import Notify
from gateway.scenes.plan import Wave
from gateway.scenes.rehearsal.order import Wanted
from gateway.scenes.report import Report
from gateway.trust.roles import Permission, may

Look = Callable[[], None]
HISTORY = 10
TEMPLATE = """scene: my-scene
names: {en: My scene, zh-Hans: 我的场景}
steps:
  - set: {power: false}
    select: {kind: light}
"""


def new_scene_page(page: Sheet) -> None:
    """Draw the page on which a scene is written."""
    with frame(page, page.tongue("scenes.new"), here="/scenes", back="/scenes"), box("card"):
        editor(page, "", TEMPLATE)


async def scene_page(page: Sheet, scene: str) -> None:
    """Draw the page of one scene."""
    record = next((each for each in page.whole.scenes.scenes.listing() if each["id"] == scene), None)
    if record is None:
        with frame(page, page.tongue("scenes.title"), here="/scenes", back="/scenes"):
            text(page.tongue("error.unknown"), "card")
        return
    administers = may(page.who().role, Permission.ADMINISTER)
    with frame(page, page.tongue.either(record["names"]), here="/scenes", back="/scenes"):
        looks = [_run(page, record), triggers(page, scene), _plan(page, scene), _history(page, scene)]
        if administers:
            _arrange(page, record)

    def look() -> None:
        for each in looks:
            each()

    page.watch.scenes.subscribe(look)


def _run(page: Sheet, record: dict[str, Any]) -> Look:
    """Draw the buttons, the parameters, and the newest run as it goes."""
    tongue, scene, scenes = page.tongue, record["id"], page.whole.scenes
    parameters = {"properties": record["parameters"]}
    with box("card stack"):
        form = None
        if record["parameters"]:
            group = Control(name=scene, form=Form.GROUP, schema=parameters, members=members_of(parameters))
            form = Filled(page, group, {name: each.get("default") for name, each in record["parameters"].items()}, "")
        notes = box("hidden")

        async def begin() -> None:
            try:
                await scenes.run(scene, form.value() if form is not None else None, page.who())
                told(page, notes, None)
            except CommandError as error:
                told(page, notes, refused(page, "", error))
            except ValueError as error:
                ui.notify(tongue("control.bad", reason=str(error)), type="negative")

        async def undo() -> None:
            try:
                await scenes.scenes.begin_undo(newest().id, page.who())
                told(page, notes, None)
            except CommandError as error:
                told(page, notes, refused(page, "", error))

        with box("row"):
            run = button(tongue("scene.run"), begin, "main-action", sign="play_arrow")
            back = button(tongue("scene.undo"), undo, sign="undo")
            button(
                tongue("scene.rehearse"),
                lambda: _rehearse(page, Wanted(scene=scene, arguments=form.value() if form is not None else {}), rehearsed),
                sign="science",
            )
        rehearsed = box("hidden")
        place = box("tight", aria_live="polite")

    def newest() -> Report:
        return scenes.scenes.runs.reports(scene, 1)[0]

    def look() -> None:
        reports = scenes.scenes.runs.reports(scene, 1)
        running = bool(reports) and reports[0].ended is None
        run.props["disabled"] = running
        back.classes(remove="hidden") if reports and not running and not reports[0].undoes else back.classes(add="hidden")
        place.clear()
        with place:
            if reports:
                tell_run(page, reports[0])
            else:
                text(tongue("scene.norun"), "soft")

    look()
    return look


async def _rehearse(page: Sheet, wanted: Wanted, place: Any) -> None:
    """Play the scene on a simulated copy of the home, and tell what came of it."""
    tongue = page.tongue
    place.classes(remove="hidden")
    place.clear()
    with place:
        state = text(tongue("scene.rehearsing"), "notice")
        state.props["role"] = "status"

    async def tell(progress: Any) -> None:
        if progress.get("seconds"):
            say(state, tongue("scene.rehearsing.at", minutes=round(progress["seconds"] / 60)))

    try:
        played = await page.whole.rehearsals.rehearse(wanted, page.who(), tell)
    except CommandError as error:
        told(page, place, refused(page, "", error))
        return
    except SetupError as error:
        place.clear()
        with place:
            text(str(error), "notice bad literal")
        return
    place.clear()
    with place, box("notice good tight" if played["report"]["good"] else "notice tight"):
        text(tongue("scene.rehearsed", minutes=max(1, round(played["seconds"] / 60))), tag="strong")
        for line in played["report"]["lines"]:
            rehearsed_line(page, line)


def _plan(page: Sheet, scene: str) -> Look:
    """Draw what it would do now."""
    with box("section", "section", aria_label=page.tongue("scene.plan")):
        text(page.tongue("scene.plan"), tag="h2")
        place = box("card tight")

    def look() -> None:
        place.clear()
        with place:
            _planned(page, scene)

    look()
    return look


def _planned(page: Sheet, scene: str) -> None:
    try:
        plan = page.whole.scenes.scenes.plan(scene, {})
    except CommandError as error:
        text(str(error), "bad literal")
        return
    for note in plan.notes:
        text(page.tongue("scene.line", n=note.line, text=note.text), "bad small literal" if note.error else "soft small literal")
    tasks = [task for part in plan.parts if isinstance(part, Wave) for task in part.tasks]
    tellings = [part for part in plan.parts if isinstance(part, Notify)]
    for telling in tellings:
        with box("trouble"):
            icon("notifications", "soft")
            text(page.tongue.either(telling.text), "grow literal")
    if not (tasks or tellings):
        text(page.tongue("scene.plan.nothing"), "soft")
    for task in tasks:
        hidden = page.whole.home.twin(task.device).private
        asked = (
            {"invoke": task.action} if task.action else {"set": {name: value for name, value in task.values.items() if name not in hidden}}
        )
        with box("trouble"):
            icon(
                "check" if task.already else "error_outline" if task.problem else "arrow_forward",
                "good" if task.already else "bad" if task.problem else "soft",
            )
            with box("grow"):
                text(page.whole.home.twin(task.device).name, "literal")
                text(asked_words(page, task.device, asked), "soft small literal")
                if task.problem:
                    text(task.problem, "bad small literal")
            if task.already:
                text(page.tongue("outcome.already"), "soft small", "span")


def _history(page: Sheet, scene: str) -> Look:
    with box("section", "section", aria_label=page.tongue("scene.history")):
        text(page.tongue("scene.history"), tag="h2")
        place = box("card tight")
    drawn: list[Any] = [None]

    def look() -> None:
        reports = page.whole.scenes.scenes.runs.reports(scene, HISTORY)
        now = [(report.id, report.ended) for report in reports]
        if now == drawn[0]:
            return
        drawn[0] = now
        place.clear()
        with place:
            if not reports:
                text(page.tongue("scene.norun"), "soft")
            for report in reports:
                words, tone = summary(page, report)
                with box("", "details"):
                    with box("", "summary"):
                        text(moment(report.began, page.now()), "", "span")
                        text(words, f"literal small {tone}", "span")
                    tell_run(page, report)

    look()
    return look


def _arrange(page: Sheet, record: dict[str, Any]) -> None:
    """Draw what only owners get: the text, its versions, and the end of it."""
    tongue, scene, scenes = page.tongue, record["id"], page.whole.scenes.scenes

    async def restore(number: int) -> None:
        try:
            await scenes.restore(scene, number, page.who())
            ui.navigate.reload()
        except CommandError as error:
            say(state, str(error))

    async def remove() -> None:
        if not await confirmed(
            page, tongue("danger.title"), tongue("scene.remove.sure", name=tongue.either(record["names"])), do=tongue("scene.remove")
        ):
            return
        try:
            await scenes.remove(scene, page.who())
            ui.navigate.to("/scenes")
        except CommandError as error:
            say(state, str(error))

    with box("section"):
        with box("card", "details"):
            text(tongue("scene.edit"), tag="summary")
            editor(page, scene, scenes.text(scene).text)
        with box("card", "details"):
            text(tongue("scene.versions"), tag="summary")
            for version in reversed(scenes.versions(scene)):
                with box("row"):
                    text(tongue("scene.version", n=version.number, time=moment(version.at, page.now()), by=version.by), "grow literal")
                    if version.number != record["version"]:
                        button(tongue("scene.restore"), lambda number=version.number: restore(number))
        button(tongue("scene.remove"), remove, "danger", sign="delete_outline")
        state = text("", "bad literal")
