"""*Simple mode*: at most six large buttons that say what they do, and a call for help that somebody answers."""

import json
from collections.abc import Callable
from secrets import token_hex
from typing import Final

from nicegui import ui
from nicegui.element import Element

from gateway.errors import CommandError
from gateway.faces.web.asking import confirmed, refused, write
from gateway.faces.web.frame import bare
from gateway.faces.web.look import icon_of, main_of, table
from gateway.faces.web.parts import box, button, icon, link, say, set_attribute, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import moment
from gateway.home.twin import Twin
from gateway.scenes.alerts.alert import Alert, AlertState
from gateway.scenes.alerts.notice import Notify
from gateway.trust.roles import Permission, require

MOST: Final = 6
SOS: Final = "sos"
"""What an alert of this page is called where alerts name their scene."""
_AGAIN, _TIMES = 300.0, 12
_CALL: Final = {"en": "Somebody at home calls for help", "zh-Hans": "家中有人求助"}


def simple_page(page: Sheet) -> None:
    """Draw the page."""
    tongue = page.tongue
    with bare(page, tongue("simple.title")):
        with box("row", "header"):
            text(tongue("simple.title"), "grow", "h1")
            button(tongue("simple.say"), lambda: aloud(page, tongue.comma.join(labels)), "plain", sign="volume_up")
            with link("/", "button plain"):
                text(tongue("simple.leave"), tag="span")
        spoken = text("", "read-out")
        spoken.props["aria-live"] = "assertive"
        labels: list[str] = []
        looks: list[Callable[[], None]] = []
        with box("keys"):
            for twin in _chosen(page):
                labels.append(page.name(twin))
                looks.append(_device(page, twin, spoken))
            for record in page.whole.scenes.scenes.listing()[: MOST - 1 - len(labels)]:
                labels.append(tongue.either(record["names"]))
                _scene(page, record["id"], labels[-1], spoken)
            labels.append(tongue("simple.sos"))
            looks.append(_sos(page, spoken))
    page.watch.any.subscribe(lambda _device: [look() for look in looks] if page.there() else None)
    page.watch.alerts.subscribe(lambda: [look() for look in looks])


def aloud(page: Sheet, words: str) -> None:
    """Have the browser speak, where it can."""
    voice = "zh-CN" if page.tongue.chinese else "en-US"
    page.client.run_javascript(
        f"if (window.speechSynthesis) {{ const said = new SpeechSynthesisUtterance({json.dumps(words)}); said.lang = '{voice}'; "
        "speechSynthesis.cancel(); speechSynthesis.speak(said); }"
    )


def _chosen(page: Sheet) -> list[Twin]:
    """Return the appliances people use most, one a kind first; those marked with the tag `simple` before all others."""
    twins = [page.whole.home.twin(device) for device in page.whole.home.devices()]
    able = [twin for twin in twins if main_of(twin) is not None]
    order = {kind: number for number, kind in enumerate(table()["simple"])}
    able = [twin for twin in able if "simple" in twin.tags or twin.description.kind in order]
    able.sort(key=lambda twin: ("simple" not in twin.tags, order.get(twin.description.kind, len(order)), twin.id))
    kinds: set[str] = set()
    first = [twin for twin in able if "simple" in twin.tags or not (twin.description.kind in kinds or kinds.add(twin.description.kind))]  # type: ignore[func-returns-value]
    return first[: MOST - 2]


def _key(sign: str, label: str, press: Callable[[], object], classes: str = "") -> tuple[Element, ui.label]:
    with box(f"key {classes}", "button", type="button") as key:
        icon(sign)
        with box("grow", "span"):
            text(label, "literal", "span")
            state = text("", "state literal", "span")
    key.on("click", press)
    return key, state


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

    key, state = _key(icon_of(twin.description.kind), page.name(twin), press)

    def look() -> None:
        if device not in page.whole.home.devices():
            return
        now = page.whole.home.twin(device)
        on = now.values.get(name)
        set_attribute(key, "aria-pressed", "true" if on is True else "false")
        words = tongue("state.offline") if not now.online else tongue("value.on") if on is True else tongue("value.off")
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

    _, state = _key("auto_awesome", name, press)


def _sos(page: Sheet, spoken: ui.label) -> Callable[[], None]:
    """Draw the call for help: asked once more, kept and told until somebody acknowledges it, and that is shown here."""
    tongue = page.tongue

    async def press() -> None:
        if not await confirmed(page, tongue("simple.sos"), tongue("simple.sos.sure"), do=tongue("simple.sos")):
            return
        try:
            require(page.who(), Permission.CONTROL)
            notice = Notify(line=0, text=_CALL, acknowledged=True, again=_AGAIN, times=_TIMES)
            await page.whole.alerts.notify(f"alert-{token_hex(4)}", SOS, "", notice)
        except CommandError as error:
            say(state, refused(page, "", error).title)

    _, state = _key("sos", tongue("simple.sos"), press, "sos")

    def look() -> None:
        newest = next((alert for alert in page.whole.alerts.listing() if alert.scene == SOS), None)
        words = "" if newest is None else _standing(page, newest)
        if words != state.text:
            say(state, words)
            say(spoken, words)

    look()
    return look


def _standing(page: Sheet, alert: Alert) -> str:
    if alert.state is AlertState.ACKNOWLEDGED:
        return page.tongue("simple.sos.acknowledged", who=alert.by)
    return page.tongue("simple.sos.sent", time=moment(alert.raised, page.now()))
