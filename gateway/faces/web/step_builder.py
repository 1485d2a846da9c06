"""A step of a scene by choosing: which appliances of this home, what of them, and what it shall be; it is written into the text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from gateway.faces.web.control import control_of
from gateway.faces.web.filled import Filled
from gateway.faces.web.parts import box, button, choices, say, text, typed
from gateway.faces.web.parts import field as entry
from gateway.faces.web.sheet import Sheet
from gateway.home.twin import Twin
from gateway.thing.value import Value

Add = Callable[[dict[str, str], dict[str, Any]], None]
"""Takes the words of a selector, and `set` with its values or `invoke`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Appliances that can be meant: how a scene says so, and one of them that tells what it can do."""

    words: str
    select: dict[str, str]
    example: Twin


def step_builder(page: Sheet, add: Add, *, folded: bool) -> None:
    """Draw the choice; nothing where the home is empty."""
    if not page.whole.home.devices():
        return
    with box("fold", "details") as fold:
        if not folded:
            fold.props["open"] = True
        text(page.tongue("step.title"), tag="summary")
        _Builder(page, add).draw()


class _Builder:
    """What is chosen so far."""

    def __init__(self, page: Sheet, add: Add) -> None:
        self._page = page
        self._add = add
        self._choices = list(_offered(page))
        self._chosen = self._choices[0]
        self._name = ""
        self._form: Filled | None = None

    def draw(self) -> None:
        """Draw the three choices and the button."""
        tongue = self._page.tongue
        with box("stack"):
            who = entry(tongue("step.who"), "select")
            choices(who, {str(at): each.words for at, each in enumerate(self._choices)}, "0")
            typed(who, self._take_who, "change")
            self._place = box("stack")
            self._trouble = text("", "bad small")
            self._trouble.props["role"] = "alert"
            with box("row"):
                button(tongue("step.add"), self._done, sign="add")
        self._show()

    def _take_who(self, at: str) -> None:
        self._chosen = self._choices[int(at)]
        self._show()

    def _show(self) -> None:
        """Offer what the chosen appliances can be asked for."""
        page, instance = self._page, self._chosen.example.instance
        deeds = {
            name: page.tongue.title(known.schema, name)
            for name, known in instance.properties.items()
            if not known.read_only and name not in self._chosen.example.private
        }
        deeds |= {f"!{name}": page.tongue.title(known.schema, name) for name, known in instance.actions.items() if not known.input}
        self._place.clear()
        with self._place:
            what = entry(page.tongue("step.what"), "select")
            choices(what, deeds, next(iter(deeds), ""))
            typed(what, self._take_what, "change")
            self._value = box("")
        self._take_what(next(iter(deeds), ""))

    def _take_what(self, name: str) -> None:
        self._name, self._form = name, None
        self._value.clear()
        if not name or name.startswith("!"):
            return
        schema = self._chosen.example.instance.properties[name].schema
        with self._value:
            present = self._chosen.example.values.get(name)
            self._form = Filled(self._page, control_of(name, schema, required=True), present, self._page.tongue("step.value"))

    def _done(self) -> None:
        say(self._trouble, "")
        if self._form is None:
            if self._name:
                self._put({"invoke": self._name.removeprefix("!")})
            return
        try:
            value: Value = self._form.value()
        except ValueError as error:
            say(self._trouble, self._page.tongue("control.bad", reason=str(error)))
            return
        if value is None:
            say(self._trouble, self._page.tongue("step.novalue"))
            return
        self._put({"set": {self._name: value}})

    def _put(self, deed: dict[str, Any]) -> None:
        self._add(self._chosen.select, deed)
        ui.notify(self._page.tongue("step.added"), type="positive", position="top")


def _offered(page: Sheet) -> Iterator[Choice]:
    """Yield who can be meant: every kind that is here, every kind of a room where there are several rooms with it, every appliance."""
    home, tongue = page.whole.home, page.tongue
    twins = sorted((home.twin(device) for device in home.devices()), key=lambda twin: (page.kind(twin), twin.room, page.name(twin)))
    seen: dict[str, None] = {}
    for twin in twins:
        kind = twin.description.kind
        if kind not in seen:
            yield Choice(tongue("step.kind", kind=page.kind(twin)), {"kind": kind}, twin)
        seen[kind] = None
        if twin.room and (place := f"{kind} {twin.room}") not in seen:
            seen[place] = None
            yield Choice(tongue("step.room", kind=page.kind(twin), room=tongue.room(twin.room)), {"kind": kind, "room": twin.room}, twin)
    for twin in twins:
        phrase = "step.one" if twin.room else "step.one.nowhere"
        yield Choice(tongue(phrase, name=page.name(twin), room=tongue.room(twin.room)), {"id": twin.id}, twin)
