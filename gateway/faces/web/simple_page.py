"""*Simple mode*: at most six large keys that say what they do, and a call for help that somebody answers."""

from collections.abc import Callable

from nicegui import ui

from gateway.errors import CommandError
from gateway.faces.web.asking import confirmed, refused
from gateway.faces.web.frame import bare
from gateway.faces.web.parts import box, button, say, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.simple_appliance import Appliance
from gateway.faces.web.simple_choice import Shown
from gateway.faces.web.simple_help import help_key
from gateway.faces.web.simple_key import aloud, key


def simple_page(page: Sheet) -> None:
    """Draw the page."""
    tongue = page.tongue
    with bare(page, tongue("simple.title")):
        _header(page)
        spoken = text("", "read-out")
        spoken.props["aria-live"] = "assertive"
        looks: list[Callable[[], None]] = []
        with box("keys"):
            scenes = page.whole.scenes.scenes.listing()
            shown = Shown.of(page.whole.home, len(scenes))
            looks += [Appliance(page, twin, spoken, stepped=twin is shown.stepped).look for twin in shown.twins]
            for record in scenes[: shown.scenes]:
                _scene(page, record["id"], tongue.either(record["names"]), spoken)
        _footer(page)
        with box("help"):
            looks.append(help_key(page))
    page.hear(page.watch.any, lambda: [look() for look in looks])
    page.hear(page.watch.alerts, lambda: [look() for look in looks])


def _header(page: Sheet) -> None:
    """Draw what stands above the buttons: what this is, and whether it speaks."""
    with box("row", "header"):
        text(page.tongue("simple.title"), "grow", "h1")
        _choice(page, "speak", "simple.say")


def _footer(page: Sheet) -> None:
    """Draw what stands below them: whether this browser begins here, and the way out, asked for twice."""
    tongue = page.tongue

    async def leave() -> None:
        if await confirmed(page, tongue("simple.leave"), tongue("simple.leave.sure"), do=tongue("simple.leave"), large=True):
            page.client.run_javascript("document.cookie = 'hulian-simple=0; path=/; max-age=0; samesite=lax'; location.assign('/')")

    with box("row", "footer"):
        _choice(page, "start", "simple.stay")
        box("grow")
        button(tongue("simple.leave"), leave, "plain")


def _choice(page: Sheet, name: str, phrase: str) -> None:
    """Draw a switch whose state is the browser's own (`page.js`)."""
    with box("row choice"):
        text(page.tongue(phrase), tag="span")
        box("switch", "button", type="button", role="switch", aria_label=page.tongue(phrase), aria_checked="false", data_switch=name)


def _scene(page: Sheet, scene: str, name: str, spoken: ui.label) -> None:
    tongue = page.tongue

    async def press() -> None:
        say(state, tongue("simple.wait"))
        try:
            report = await page.whole.scenes.scenes.run(scene, {}, page.who())
            words = (
                tongue("outcome.done")
                if report.good
                else tongue("scene.bad", n=sum(not line.outcome.good for line in report.lines), all=len(report.lines))
            )
        except CommandError as error:
            words = refused(page, "", error).title
        say(state, words)
        say(spoken, f"{name}: {words}")
        aloud(page, f"{name}: {words}")

    _, state = key("auto_awesome", name, press)
