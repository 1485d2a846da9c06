"""What makes a scene run by itself: each trigger in words, when it is due, and a switch that lets none of them fire."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.errors import CommandError
from gateway.faces.web.asking import refused
from gateway.faces.web.parts import box, button, icon, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import moment, shown
from gateway.faces.web.widgets import told
from gateway.trust.roles import Permission, may

_TONES: Final = {"armed": "good", "fired": "good", "paused": "warn", "noPlace": "bad", "nobody": "warn"}
_PHRASES: Final = {"fired": "trigger.fired.badge"}
_WHEN: Final = {"format": "date-time"}


def triggers(page: Sheet, scene: str) -> Callable[[], None]:
    """Draw the section, where the scene has triggers; return what looks again."""
    place = box("section", "section", aria_label=page.tongue("scene.triggers"))

    async def turn(on: bool) -> None:
        try:
            await (page.whole.triggers.resume if on else page.whole.triggers.pause)(scene, page.who())
        except CommandError as error:
            with place:
                told(page, box(""), refused(page, "", error))
            return
        look()

    def look() -> None:
        try:
            records = page.whole.triggers.records(scene)
        except CommandError:
            records = []
        place.clear()
        place.classes(remove="hidden") if records else place.classes(add="hidden")
        with place:
            _drawn(page, scene, records, turn)

    look()
    return look


def _drawn(page: Sheet, scene: str, records: list[dict[str, Any]], turn: Callable[[bool], Any]) -> None:
    say = page.tongue
    text(say("scene.triggers"), tag="h2")
    with box("card tight"):
        for record in records:
            _trigger(page, record)
        if may(page.who().role, Permission.ADMINISTER):
            paused = page.whole.triggers.is_paused(scene)
            with box("row"):
                button(say("trigger.resume" if paused else "trigger.pause"), lambda: turn(paused), sign="play_arrow" if paused else "pause")


def _trigger(page: Sheet, record: Mapping[str, Any]) -> None:
    say, state = page.tongue, str(record["state"])
    with box("trouble"):
        icon("schedule", "soft")
        with box("grow"):
            text(say.either(record["text"]), "literal")
            for phrase, name in (("trigger.next", "next"), ("trigger.fired", "fired")):
                if record.get(name):
                    text(say(phrase, time=_time(page, record[name])), "soft small")
        text(_state(page, state), f"badge {_TONES.get(state, '')}", "span")


def _time(page: Sheet, at: Any) -> str:
    return shown(page.tongue, _WHEN, at) if isinstance(at, str) else moment(float(at), page.now())


def _state(page: Sheet, state: str) -> str:
    phrase = _PHRASES.get(state, f"trigger.{state}")
    return page.tongue(phrase) if phrase in page.tongue.phrases else page.tongue.word(state)
