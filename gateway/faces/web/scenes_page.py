"""*Scenes*: what there is, how each stands, and one press to run or to take back."""

from typing import Any

from nicegui import ui

from gateway.errors import CommandError
from gateway.faces.web.asking import refused
from gateway.faces.web.builtins import Ready, ready_scenes
from gateway.faces.web.frame import frame
from gateway.faces.web.parts import box, button, icon, link, text
from gateway.faces.web.run_report import summary
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.widgets import told
from gateway.trust.roles import Permission, may

_TONES = {"on": "good", "partly": "warn", "unreadable": "bad"}


def scenes_page(page: Sheet) -> None:
    """Draw the page."""
    say = page.tongue
    with frame(page, say("scenes.title"), here="/scenes"):
        notes = box("hidden")
        place = box("stack")
        if may(page.who().role, Permission.ADMINISTER):
            with link("/scenes/new", "button"):
                text(say("scenes.new"), tag="span")
            _ready(page, notes)

    def look() -> None:
        place.clear()
        with place:
            _list(page, notes)

    look()
    page.hear(page.watch.scenes, look)


def _list(page: Sheet, notes: Any) -> None:
    records = page.whole.scenes.scenes.listing()
    if not records:
        text(page.tongue("scenes.none"), "card soft")
    with box("grid wide-cells"):
        for record in records:
            _card(page, record, notes)


def _card(page: Sheet, record: dict[str, Any], notes: Any) -> None:
    say, scene, scenes = page.tongue, record["id"], page.whole.scenes.scenes
    name = say.either(record["names"])
    newest = next(iter(scenes.runs.reports(scene, 1)), None)
    running = newest is not None and newest.ended is None
    with box("card device", "article", aria_label=name):
        with link(f"/scene/{scene}", "row"):
            text(name, "grow literal", "h2")
            if newest is not None:
                text(say(f"scenes.state.{record['state']}"), f"badge {_TONES.get(record['state'], '')}", "span")
            icon("chevron_right", "soft")
        words, tone = summary(page, newest) if newest is not None else (say("scene.norun"), "soft")
        text(words, f"{'bad' if tone == 'bad' else 'soft'} small literal")
        with box("foot"):
            run = button(
                say("scene.run"), lambda: _begin(page, scene, notes), "main-action", sign="play_arrow", says=f"{say('scene.run')}: {name}"
            )
            run.props["disabled"] = running
            if newest is not None and not running and not newest.undoes:
                button(say("scene.undo"), lambda: _undo(page, newest.id, notes), sign="undo", says=f"{say('scene.undo')}: {name}")


async def _begin(page: Sheet, scene: str, notes: Any) -> None:
    try:
        await page.whole.scenes.run(scene, None, page.who())
    except CommandError as error:
        told(page, notes, refused(page, "", error))


async def _undo(page: Sheet, run: str, notes: Any) -> None:
    try:
        await page.whole.scenes.scenes.begin_undo(run, page.who())
    except CommandError as error:
        told(page, notes, refused(page, "", error))


def _ready(page: Sheet, notes: Any) -> None:
    """Draw the scenes that come along and are not in the home yet."""
    say = page.tongue
    place = box("section", "section", aria_label=say("scenes.builtin"))

    async def take(ready: Ready) -> None:
        try:
            await page.whole.scenes.put(ready.text, page.who())
        except CommandError as error:
            told(page, notes, refused(page, "", error))
            return
        with page.client:  # the offer that was pressed is gone from the page by now
            ui.navigate.to(f"/scene/{ready.scene}")

    def look() -> None:
        there = {record["id"] for record in page.whole.scenes.scenes.listing()}
        offered = [ready for ready in ready_scenes() if ready.scene not in there]
        place.clear()
        place.classes(remove="hidden") if offered else place.classes(add="hidden")
        with place:
            text(say("scenes.builtin"), tag="h2")
            with box("grid wide-cells"):
                for ready in offered:
                    name = say.either(ready.names)
                    with box("card offer"):
                        text(name, "literal", "h3")
                        text(say.either(ready.says), "soft small literal")
                        button(say("scenes.take"), lambda ready=ready: take(ready), says=f"{say('scenes.take')}: {name}")

    look()
    page.hear(page.watch.scenes, look)
