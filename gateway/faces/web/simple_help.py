"""The call for help of simple mode: asked once more in large letters, kept and told until somebody answers, and that is shown here."""

from collections.abc import Callable
from secrets import token_hex
from typing import Final

from gateway.errors import CommandError
from gateway.faces.web.asking import confirmed, refused
from gateway.faces.web.parts import button, say
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.simple_key import aloud, key
from gateway.faces.web.value import moment
from gateway.scenes.alerts.alert import Alert
from gateway.scenes.alerts.notice import Notify
from gateway.trust.roles import Permission, require

SOS: Final = "sos"
"""What an alert of this page is called where alerts name their scene."""
_AGAIN, _TIMES = 300.0, 12
_TOLD_SECONDS: Final = 3600.0
"""How long it is told that somebody has seen a call."""
_CALL: Final = {"en": "Somebody at home calls for help", "zh-Hans": "家中有人求助"}


def help_key(page: Sheet) -> Callable[[], None]:
    """Draw the button, and the one that takes a call back; return what looks again."""
    tongue = page.tongue

    async def press() -> None:
        if not await confirmed(page, tongue("simple.sos.sure"), tongue("simple.sos.who"), do=tongue("simple.sos"), large=True):
            return
        try:
            require(page.who(), Permission.CONTROL)
            notice = Notify(line=0, text=_CALL, acknowledged=True, again=_AGAIN, times=_TIMES)
            await page.whole.alerts.notify(f"alert-{token_hex(4)}", SOS, "", notice)
        except CommandError as error:
            say(state, refused(page, "", error).title)

    async def take_back() -> None:
        for alert in _waiting(page):
            page.watch.taken_back.add(alert.id)
            try:
                await page.whole.alerts.acknowledge(alert.id, page.who())
            except CommandError as error:
                say(state, refused(page, "", error).title)

    fine = button(tongue("simple.sos.fine"), take_back, "hidden")
    _, state = key("sos", tongue("simple.sos"), press, "sos")
    state.props["role"] = "status"

    def look() -> None:
        newest = next((alert for alert in page.whole.alerts.listing() if alert.scene == SOS), None)
        words = "" if newest is None else _standing(page, newest)
        fine.classes(remove="hidden") if _waiting(page) else fine.classes(add="hidden")
        if words != state.text:
            say(state, words)
            aloud(page, words)

    look()
    return look


def _waiting(page: Sheet) -> list[Alert]:
    return [alert for alert in page.whole.alerts.listing(waiting=True) if alert.scene == SOS]


def _standing(page: Sheet, alert: Alert) -> str:
    if alert.id in page.watch.taken_back:
        return page.tongue("simple.sos.over") if alert.at is None or page.now() - alert.at < _TOLD_SECONDS else ""
    if alert.at is not None:
        seen = page.tongue("simple.sos.acknowledged", who=page.tongue.who(alert.by), time=moment(alert.at, page.now()))
        return seen if page.now() - alert.at < _TOLD_SECONDS else ""
    return page.tongue("simple.sos.sent", time=moment(alert.raised, page.now()))
