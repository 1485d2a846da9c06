"""One scene: what it would do, run with live outcome, taken back, edited with checks as one types, and its history."""

from collections.abc import Callable
from itertools import count
from typing import Any

from nicegui import ui

from gateway.errors import CommandError
from gateway.faces.web.asking import confirmed, refused
from gateway.faces.web.frame import frame
from gateway.faces.web.parts import box, button, icon, text
from gateway.faces.web.run_report import asked_words, summary
from gateway.faces.web.run_report import told as tell_run
from gateway.faces.web.scene_editor import editor
from gateway.faces.web.scene_run import SceneRun
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.triggers import triggers
from gateway.faces.web.value import moment
from gateway.faces.web.widgets import told
from gateway.scenes.alerts.notice import Notify
from gateway.scenes.plan import Wave
from gateway.trust.roles import Permission, may

Look = Callable[[], None]
HISTORY = 10
TEMPLATE = "scene: {id}\nnames: {{en: My scene}}\nsteps: []\n"


def new_scene_page(page: Sheet) -> None:
    """Draw the page on which a scene is written."""
    there = {record["id"] for record in page.whole.scenes.scenes.listing()}
    free = next(name for number in count(1) if (name := f"my-scene-{number}") not in there)
    with frame(page, page.tongue("scenes.new"), here="/scenes", back="/scenes"), box("card"):
        editor(page, "", TEMPLATE.format(id=free))


async def scene_page(page: Sheet, scene: str) -> None:
    """Draw the page of one scene."""
    record = next((each for each in page.whole.scenes.scenes.listing() if each["id"] == scene), None)
    if record is None:
        with frame(page, page.tongue("scenes.title"), here="/scenes", back="/scenes"):
            text(page.tongue("scene.gone"), "card")
        return
    administers = may(page.who().role, Permission.ADMINISTER)
    with frame(page, page.tongue.either(record["names"]), here="/scenes", back="/scenes"), box("stack") as place:
        looks = [SceneRun(page, record).look, triggers(page, scene), _plan(page, scene), _history(page, scene)]
        if administers:
            _arrange(page, record)

    def look() -> None:
        if looks and not any(each["id"] == scene for each in page.whole.scenes.scenes.listing()):
            looks.clear()
            place.clear()
            with place:
                text(page.tongue("scene.gone"), "card").props["role"] = "status"
        for each in looks:
            each()

    page.hear(page.watch.scenes, look)


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
                text(page.name(page.whole.home.twin(task.device)), "literal")
                text(asked_words(page, task.device, asked), "soft small literal")
                if task.problem:
                    text(page.tongue.said(task.problem), "bad small literal")
            if task.already:
                text(page.tongue("scene.plan.already"), "soft small", "span")


def _history(page: Sheet, scene: str) -> Look:
    with box("section", "section", aria_label=page.tongue("scene.history")):
        text(page.tongue("scene.history"), tag="h2")
        place = box("card tight")
    drawn: list[Any] = [None]

    def look() -> None:
        reports = page.whole.scenes.scenes.runs.reports(scene, HISTORY)
        now = [(report.id, summary(page, report)) for report in reports]
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
            told(page, notes, refused(page, "", error))

    async def remove() -> None:
        if not await confirmed(
            page, tongue("danger.title"), tongue("scene.remove.sure", name=tongue.either(record["names"])), do=tongue("scene.remove")
        ):
            return
        try:
            await scenes.remove(scene, page.who())
            page.client.open("/scenes")  # by the page itself: its button may be gone by now
        except CommandError as error:
            told(page, notes, refused(page, "", error))

    with box("section"):
        with box("card", "details"):
            text(tongue("scene.edit"), tag="summary")
            editor(page, scene, scenes.text(scene).text)
        with box("card", "details"):
            text(tongue("scene.versions"), tag="summary")
            for version in reversed(scenes.versions(scene)):
                with box("row"):
                    text(
                        tongue("scene.version", n=version.number, time=moment(version.at, page.now()), by=page.tongue.who(version.by)),
                        "grow literal",
                    )
                    if version.number != record["version"]:
                        button(tongue("scene.restore"), lambda number=version.number: restore(number))
        button(tongue("scene.remove"), remove, "danger", sign="delete_outline")
        notes = box("hidden")
