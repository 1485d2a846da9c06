"""Controls made from schemas: each shows what the appliance says, asks for what is chosen, and never shows the one as the other."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from nicegui import background_tasks
from nicegui.element import Element

from gateway.faces.web.asking import write
from gateway.faces.web.control import Control, Form, control_of
from gateway.faces.web.filled import Filled
from gateway.faces.web.parts import box, button, choices, say, set_attribute, show_value, text, typed
from gateway.faces.web.refusal import Refusal, barred
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.stepping import Steps
from gateway.faces.web.value import shown
from gateway.home.twin import Twin
from gateway.thing.value import Value

SHOWS_ITSELF: Final = {Form.SWITCH, Form.SLIDER, Form.CHOICE}
"""Controls on which the present value can be read, as long as nothing else was asked for."""
Take = Callable[[Value], Awaitable[None]]


class Asked:
    """One property of one device on one page: shows it, asks for another value, says that it waits, and why not."""

    def __init__(self, page: Sheet, device: str, name: str) -> None:
        self._page = page
        self._device = device
        self.name = name
        self._asked: Value = None
        self._asks = 0
        self._waits = False
        self._notes: Element | None = None
        self._state: Any = None

    @property
    def twin(self) -> Twin:
        """Return the device as it is now."""
        return self._page.whole.home.twin(self._device)

    @property
    def value(self) -> Value:
        """Return what the device shows, None when it has not said so."""
        return self.twin.values.get(self.name)

    @property
    def wanted(self) -> Value:
        """Return what was asked for last and is still waited for, else what the device shows: the next press counts from there."""
        return self.value if self._asked is None else self._asked

    @property
    def waits(self) -> bool:
        """Return whether a change is under way, from here or from anywhere."""
        return self._waits or self.name in self.twin.pending

    def words(self, value: Value) -> str:
        """Return a value in words."""
        return shown(self._page.tongue, {**self.twin.instance.properties[self.name].schema, "readOnly": False}, value)

    def place(self) -> None:
        """Put the line that says what is waited for, and the place for refusals, here."""
        self._state = text("", "soft small pending hidden", "span")
        self._state.props["role"] = "status"
        self._notes = box("whole hidden")

    async def ask(self, value: Value) -> bool:
        """Ask for a value and show how it went; return whether nothing was in its way."""
        self._asked, self._waits = value, True
        self._asks = mine = self._asks + 1
        self.look()
        try:
            trouble = await write(self._page, self._device, self.name, value)
        finally:
            if self._asks == mine:
                self._asked, self._waits = None, False
        if self._asks == mine:  # else something else was asked for meanwhile, and tells how that went
            self.look()
            self.show(trouble)
        return trouble is None

    def look(self) -> None:
        """Say whether a change is waited for."""
        if self._state is None:
            return
        waits = self.waits
        if waits:
            asked = [] if self._asked is None else [self._page.tongue("control.asked", value=self.words(self._asked))]
            say(self._state, " · ".join([*asked, self._page.tongue("control.pending")]))
        self._state.classes(remove="hidden") if waits else self._state.classes(add="hidden")

    def show(self, trouble: Refusal | None) -> None:
        """Show why not, and what would make it possible; None takes it away."""
        if self._notes is not None:
            told(self._page, self._notes, trouble, self._first)

    async def _first(self, name: str, value: Value) -> None:
        trouble = await write(self._page, self._device, name, value)
        self.show(trouble)


def told(page: Sheet, where: Element, trouble: Refusal | None, first: Callable[[str, Value], Awaitable[None]] | None = None) -> None:
    """Show a refusal in a place of its own."""
    where.clear()
    if trouble is None:
        where.classes(add="hidden")
        return
    where.classes(remove="hidden")
    with where, box("notice tight", role="alert"):
        text(trouble.title, tag="strong")
        for line in trouble.lines:
            text(line, "literal")
        with box("row"):
            if trouble.first is not None and first is not None:
                way = trouble.first
                button(way.words, lambda: first(way.name, way.value), "main-action")
            button(page.tongue("dismiss"), lambda: told(page, where, None), always=True)


def switch(asked: Asked, says: str) -> Callable[[], None]:
    """Draw a switch for a property that is true or false; return what looks again."""
    element = box("switch", "button", type="button", role="switch", aria_label=says)
    element.on("click", lambda: asked.ask(asked.value is not True))

    def look() -> None:
        value = asked.value
        set_attribute(element, "aria-checked", "mixed" if not isinstance(value, bool) else "true" if value else "false")
        set_attribute(element, "aria-busy", "true" if asked.waits else None)
        element.style("opacity: .6" if asked.waits else "opacity: 1")

    look()
    return look


def stepper(page: Sheet, asked: Asked, control: Control, says: str) -> Callable[[], None]:
    """Draw minus, number and plus; presses are gathered before anything is asked."""

    def look() -> None:
        wanted = asked.value if steps.ahead is None else steps.ahead
        say(number, "–" if wanted is None else asked.words(wanted))
        number.classes(add="soft") if steps.ahead is not None or asked.waits else number.classes(remove="soft")

    steps = Steps(page, control, lambda: asked.wanted, asked.ask, look)
    with box("stepper"):
        button("", lambda: steps.press(-1), "round", sign="remove", says=page.tongue("control.less", title=says))
        number = text("", "number", "span")
        button("", lambda: steps.press(1), "round", sign="add", says=page.tongue("control.more", title=says))
    look()
    return look


def setting(page: Sheet, device: str, name: str) -> Callable[[], None]:
    """Draw one row for a property that can be written: title, present value, control, and how asking went."""
    asked = Asked(page, device, name)
    known = asked.twin.instance.properties[name]
    control, title = control_of(name, known.schema), page.tongue.title(known.schema, name)
    with box("control"):
        with box("grow"):
            text(title)
            now = text("", "soft small")
            bar = text("", "soft small literal")
        draw = _DRAWN[control.form]
        looks = draw(page, asked, control, title)
        asked.place()

    def look() -> None:
        doubt = grade(page, asked.twin, name)
        apart = doubt or asked.value is None or control.form not in SHOWS_ITSELF
        say(now, page.tongue("control.now", value=asked.words(asked.value)) + doubt if apart else "")
        say(bar, barred(page.tongue, asked.twin.instance, name, asked.twin.values))
        looks()
        asked.look()

    look()
    return look


def grade(page: Sheet, twin: Twin, name: str) -> str:
    """Return how far a value can be believed, in words after it; "" where it is good."""
    quality = twin.quality.get(name)
    return "" if quality is None or quality.value == "good" else f" ({page.tongue(f'quality.{quality.value}')})"


def _switched(_page: Sheet, asked: Asked, _control: Control, title: str) -> Callable[[], None]:
    return switch(asked, title)


def _slid(page: Sheet, asked: Asked, control: Control, title: str) -> Callable[[], None]:
    looks = stepper(page, asked, control, title)
    slider = box(
        "whole", "input", type="range", aria_label=title, step=f"{control.step:g}", min=f"{control.minimum:g}", max=f"{control.maximum:g}"
    )
    typed(
        slider,
        lambda chosen: background_tasks.create(asked.ask(control.exact(float(chosen))), name="pages: slide", context=page.client),
        "change",
    )
    seen: list[Value] = [None]

    def look() -> None:
        looks()
        if asked.value != seen[0] and isinstance(asked.value, int | float):
            seen[0] = asked.value
            show_value(slider, asked.value)
            set_attribute(slider, "aria-valuetext", asked.words(asked.value))
        elif not asked.waits and isinstance(asked.value, int | float):
            show_value(slider, asked.value)

    return look


def _chosen(page: Sheet, asked: Asked, control: Control, title: str) -> Callable[[], None]:
    select = box("input choose", "select", aria_label=title)
    options = {json.dumps(choice): asked.words(choice) for choice in control.choices}
    begin = json.dumps(asked.value)
    with select:
        if begin not in options:
            option = text("–", tag="option")
            option.props["value"] = ""
    choices(select, options, begin)
    typed(
        select,
        lambda chosen: (
            background_tasks.create(asked.ask(json.loads(chosen)), name="pages: choose", context=page.client) if chosen else None
        ),
        "change",
    )
    seen: list[Any] = [begin, False]

    def look() -> None:
        present = json.dumps(asked.value)
        if present != seen[0] or (seen[1] and not asked.waits):
            show_value(select, present)
        seen[:] = [present, asked.waits]

    return look


def _entered(page: Sheet, asked: Asked, control: Control, title: str) -> Callable[[], None]:
    """Draw what is typed, or several inputs that go together, with a button that sends it."""
    with box("whole entry"):
        open_ = asked.name not in asked.twin.private and not control.schema.get("writeOnly")
        form = Filled(page, control, asked.value, title, alone=True, keep=f"set.{asked.name}", plain=open_)

        async def send() -> None:
            try:
                value = form.value()
            except ValueError as error:
                trouble.classes(remove="hidden")
                say(trouble, page.tongue("control.bad", reason=str(error)))
                return
            trouble.classes(add="hidden")
            if await asked.ask(value):
                page.settled(f"set.{asked.name}")

        button(page.tongue("control.set"), send, says=f"{title}: {page.tongue('control.set')}")
        trouble = text("", "bad small hidden whole")
        trouble.props["role"] = "alert"
    return lambda: None


_DRAWN: Final[dict[Form, Callable[[Sheet, Asked, Control, str], Callable[[], None]]]] = {
    Form.SWITCH: _switched,
    Form.SLIDER: _slid,
    Form.CHOICE: _chosen,
    Form.NUMBER: _entered,
    Form.TEXT: _entered,
    Form.MANY: _entered,
    Form.GROUP: _entered,
    Form.JSON: _entered,
}
