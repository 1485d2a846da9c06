"""*Simple mode*: at most six large buttons that say what they do, and a call for help that somebody answers."""

from collections.abc import Callable
from typing import Final

from nicegui import ui

from gateway.errors import CommandError
from gateway.faces.web.asking import confirmed, refused, write
from gateway.faces.web.frame import bare
from gateway.faces.web.look import SIMPLE, icon_of, main_of, setting_of, table
from gateway.faces.web.parts import box, button, say, set_attribute, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.simple_help import help_key
from gateway.faces.web.simple_key import aloud, key
from gateway.faces.web.value import shown
from gateway.home.twin import Twin

MOST: Final = 6


def simple_page(page: Sheet) -> None:
    """Draw the page."""
    tongue = page.tongue
    with bare(page, tongue("simple.title")):
        _header(page)
        spoken = text("", "read-out")
        spoken.props["aria-live"] = "assertive"
        looks: list[Callable[[], None]] = []
        with box("keys"):
            chosen = _chosen(page)
            looks += [_device(page, twin, spoken) for twin in chosen]
            for record in page.whole.scenes.scenes.listing()[: MOST - 1 - len(chosen)]:
                _scene(page, record["id"], tongue.either(record["names"]), spoken)
        _footer(page)
        with box("help"):
            looks.append(help_key(page))
    page.watch.any.subscribe(lambda: [look() for look in looks] if page.there() else None)
    page.watch.alerts.subscribe(lambda: [look() for look in looks])


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


def _chosen(page: Sheet) -> list[Twin]:
    """Return the appliances people use most, one a kind first; those marked with the tag `simple` before all others."""
    twins = [page.whole.home.twin(device) for device in page.whole.home.devices()]
    able = [twin for twin in twins if main_of(twin) is not None]
    order = {kind: number for number, kind in enumerate(table()["simple"])}
    able = [twin for twin in able if SIMPLE in twin.tags or twin.description.kind in order]
    able.sort(key=lambda twin: (SIMPLE not in twin.tags, order.get(twin.description.kind, len(order)), twin.id))
    kinds: set[str] = set()
    first = [twin for twin in able if SIMPLE in twin.tags or not (twin.description.kind in kinds or kinds.add(twin.description.kind))]  # type: ignore[func-returns-value]
    return first[: MOST - 2]


def _device(page: Sheet, twin: Twin, spoken: ui.label) -> Callable[[], None]:
    tongue, device, name = page.tongue, twin.id, main_of(twin)
    assert name is not None  # noqa: S101 - only such devices are chosen

    async def press() -> None:
        wanted = page.whole.home.twin(device).values.get(name) is not True
        say(state, tongue("simple.wait"))
        trouble = await write(page, device, name, wanted)
        look()
        called = page.name(page.whole.home.twin(device))
        words = tongue("simple.failed", name=called) if trouble else tongue("simple.on" if wanted else "simple.off", name=called)
        if trouble:
            say(state, trouble.title)
        say(spoken, words)
        aloud(page, words)

    made, state = key(icon_of(twin.description.kind), page.name(twin), press)

    def look() -> None:
        if device not in page.whole.home.devices():
            return
        now = page.whole.home.twin(device)
        on = now.values.get(name)
        set_attribute(made, "aria-pressed", "true" if on is True else "false")
        number, words = setting_of(now), tongue("value.on" if on is True else "value.off")
        if on is True and number in now.values:
            words += f" · {shown(tongue, now.instance.properties[number].schema, now.values[number])}"
        words = words if now.online else tongue("state.offline")
        say(state, tongue("simple.wait") if name in now.pending else words)

    look()
    return look


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
