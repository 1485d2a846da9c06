"""An appliance of simple mode: a large key that switches it and says how it is, and for one of them a wide one that changes its number."""

from functools import partial

from nicegui import ui

from gateway.faces.web.asking import confirmed, write
from gateway.faces.web.control import control_of
from gateway.faces.web.look import icon_of, main_of, setting_of
from gateway.faces.web.parts import box, say, set_attribute
from gateway.faces.web.refusal import Refusal
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.simple_key import aloud, key
from gateway.faces.web.stepping import Steps
from gateway.faces.web.value import shown
from gateway.home.twin import Twin
from gateway.thing.value import Value

LESS, MORE = -1, 1


class Appliance:
    """`spoken`: where a screen reader hears how it went; `stepped`: its number can be changed."""

    def __init__(self, page: Sheet, twin: Twin, spoken: ui.label, *, stepped: bool) -> None:
        self._page = page
        self._device = twin.id
        self._main = main_of(twin)
        self._number = setting_of(twin)
        self._spoken = spoken
        self._asked: Value = None
        self._refused = ("", "")
        self._steps = self._stepping(twin) if stepped and self._number else None
        self._draw(twin)
        self.look()

    @property
    def _twin(self) -> Twin:
        return self._page.whole.home.twin(self._device)

    @property
    def _name(self) -> str:
        return self._page.name(self._twin)

    def _stepping(self, twin: Twin) -> Steps:
        assert self._number is not None  # noqa: S101 - only such are stepped
        control = control_of(self._number, twin.instance.properties[self._number].schema)
        return Steps(self._page, control, lambda: self._value() if self._asked is None else self._asked, self._set, self.look)

    def _draw(self, twin: Twin) -> None:
        sign, name = icon_of(twin.description.kind), self._page.name(twin)
        if self._steps is None:
            self._key, self._state = key(sign, name, self._switch)
            return
        with box("stepped", role="group", aria_label=name):
            self._key, self._state = key(sign, name, self._switch)
            with box("halves"):
                for way, word, icon in ((LESS, "less", "remove"), (MORE, "more", "add")):
                    label = self._label(word)
                    made, _ = key(icon, label, partial(self._step, way), "half")
                    made.props["aria-label"] = f"{name}: {label}"

    def _label(self, word: str) -> str:
        """Return what a press does, as people say it; the profile's own title where nobody has said it so."""
        tongue, phrase = self._page.tongue, f"simple.{word}.{self._number}"
        assert self._number is not None  # noqa: S101 - only such are stepped
        title = tongue.brief(self._twin.instance.properties[self._number].schema, self._number)
        return tongue(phrase) if phrase in tongue.phrases else tongue(f"control.{word}", title=title)

    def look(self) -> None:
        """Show how it is, what was asked, or why not."""
        if self._device not in self._page.whole.home.devices():
            return
        on = self._main is not None and self._twin.values.get(self._main) is True
        set_attribute(self._key, "aria-pressed", "true" if on else "false")
        standing, refusal = self._standing(), self._refused
        say(self._state, refusal[1] if refusal[1] and refusal[0] == standing else standing)

    def _standing(self) -> str:
        tongue, now = self._page.tongue, self._twin
        if self._steps is not None and self._steps.ahead is not None:
            return tongue("control.asked", value=self._words(self._steps.ahead))
        if self._asked is not None or {self._main, self._number} & now.pending.keys():
            return " ".join(filter(None, (tongue("simple.wait"), self._words(self._asked))))
        if not now.online:
            return tongue("state.offline")
        on = self._main is not None and now.values.get(self._main) is True
        number = self._value() if on or self._steps is not None else None
        return " · ".join(filter(None, (tongue("value.on" if on else "value.off"), self._words(number))))

    def _value(self) -> Value:
        return None if self._number is None else self._twin.values.get(self._number)

    def _words(self, value: Value) -> str:
        if value is None or self._number is None:
            return ""
        return shown(self._page.tongue, self._twin.instance.properties[self._number].schema, value)

    async def _switch(self) -> None:
        assert self._main is not None  # noqa: S101 - only such devices are chosen
        wanted = self._twin.values.get(self._main) is not True
        self._refused = ("", "")
        say(self._state, self._page.tongue("simple.wait"))
        trouble = await write(self._page, self._device, self._main, wanted)
        self._tell(trouble, self._page.tongue("simple.on" if wanted else "simple.off", name=self._name))

    def _step(self, way: int) -> None:
        assert self._steps is not None  # noqa: S101 - only where it is drawn
        self._refused = ("", "")
        if self._value() is None:
            self._hear(self._page.tongue("simple.failed", name=self._name))
        elif not self._steps.press(way):
            end = self._steps.ahead if self._steps.ahead is not None else self._value()
            self._hear(self._page.tongue("simple.least" if way == LESS else "simple.most", value=self._words(end)))

    async def _set(self, value: Value) -> None:
        """Set the number; where one thing is to be done before, ask whether that is wanted, and do both."""
        assert self._number is not None  # noqa: S101 - only such are stepped
        self._asked = value
        self.look()
        try:
            trouble = await write(self._page, self._device, self._number, value)
            if trouble is not None and trouble.first is not None and await self._agreed(trouble):
                first = await write(self._page, self._device, trouble.first.name, trouble.first.value)
                trouble = first or await write(self._page, self._device, self._number, value)
        finally:
            later = self._asked != value
            self._asked = self._asked if later else None
        if not later:  # else other presses have come meanwhile, and tell how that went
            self._tell(trouble, f"{self._name}: {self._words(value)}")

    async def _agreed(self, trouble: Refusal) -> bool:
        assert trouble.first is not None  # noqa: S101 - asked only then
        why = (trouble.lines or (trouble.title,))[0]
        aloud(self._page, why)
        return await confirmed(self._page, self._name, why, do=trouble.first.words, large=True)

    def _tell(self, trouble: Refusal | None, words: str) -> None:
        """Show and say how it went; a refusal stays until the appliance is otherwise, or something is pressed."""
        if trouble is not None:
            words = (trouble.lines or (trouble.title,))[0]
            self._refused = (self._standing(), words)
            words = f"{self._name}: {words}"
        self._hear(words)

    def _hear(self, words: str) -> None:
        self.look()
        say(self._spoken, words)
        aloud(self._page, words)
