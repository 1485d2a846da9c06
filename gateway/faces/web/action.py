"""The actions of an appliance: their inputs, their runs with phase and progress, and how they ended."""

from collections.abc import Iterable

from nicegui.element import Element

from gateway.errors import CommandError
from gateway.faces.web.asking import ask, refusal, refused
from gateway.faces.web.control import Form, control_of
from gateway.faces.web.filled import Filled
from gateway.faces.web.parts import box, button, say, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import shown
from gateway.faces.web.widgets import told
from gateway.home.twin import Twin
from gateway.profile.affordance import Action
from gateway.thing.ack import Ack, AckState
from gateway.thing.command import Operation
from gateway.thing.value import Value

CONFIRM = 2
"""The danger from which on a person is asked."""


def actions(page: Sheet, twin: Twin, known: Iterable[Action]) -> None:
    """Draw actions: those that ask for nothing are buttons beside each other, each other one is a fold with what it asks for."""
    drawn = [_Action(page, twin, each) for each in known]
    plain = [each for each in drawn if each.asks_nothing]
    if plain:
        with box("row deeds"):
            for each in plain:
                each.press()
        for each in plain:
            each.places()
    for each in drawn:
        if not each.asks_nothing:
            each.fold()


class _Action:
    """One action on one page."""

    def __init__(self, page: Sheet, twin: Twin, known: Action) -> None:
        self._page = page
        self._device = twin.id
        self._known = known
        self._title = page.tongue.title(known.schema, known.name)
        self._tone = "danger" if known.danger >= CONFIRM else ""
        self._form: Filled | None = None
        self._run = ""

    @property
    def asks_nothing(self) -> bool:
        """Return whether one press says all."""
        return self._known.input is None

    def press(self) -> None:
        """Draw it as a button."""
        button(self._title, self._start, self._tone)

    def fold(self) -> None:
        """Draw it as a fold with its inputs in it."""
        say, schema = self._page.tongue, self._known.input
        assert schema is not None  # noqa: S101 - others are buttons
        with box("", "details"):
            text(self._title, tag="summary")
            control = control_of(self._known.name, schema)
            with box("stack"):
                if control.form is not Form.GROUP or control.members:
                    self._form = Filled(self._page, control, None, self._title, keep=f"do.{self._known.name}")
                with box("row"):
                    button(say("action.run"), self._start, f"main-action {self._tone}", says=f"{self._title}: {say('action.run')}")
                self.places()

    def places(self) -> None:
        """Draw where it is told how far it is, and how it ended."""
        with box("whole row told"):
            self._state = text("", "soft", "span")
            self._state.props["role"] = "status"
            self._stop = button(self._page.tongue("action.stop"), self._cancel, "hidden")
        self._bar = box("bar whole hidden")
        with self._bar:
            self._done = box("")
        self._notes: Element = box("whole hidden")

    async def _start(self) -> None:
        told(self._page, self._notes, None)
        try:
            given = self._form.value() if self._form is not None else None
        except ValueError as error:
            say(self._state, self._page.tongue("control.bad", reason=str(error)))
            return
        if given == {} and self._known.input is not None and self._known.input.get("type") == "object":
            given = {}
        try:
            ack = await ask(self._page, self._device, Operation.INVOKE_ACTION, self._known.name, given, step=self._step)
        except CommandError as error:
            told(self._page, self._notes, refused(self._page, self._device, error))
            return
        trouble = refusal(self._page, self._device, ack)
        told(self._page, self._notes, trouble)
        if ack is not None and trouble is None:
            say(self._state, self._end(ack))
            self._page.settled(f"do.{self._known.name}")
        elif trouble is not None:
            say(self._state, "")

    def _step(self, ack: Ack) -> None:
        """Show how far it is."""
        tongue = self._page.tongue
        self._run = ack.id
        open_ = not ack.state.terminal
        phrase = f"action.{ack.state.value}"
        told_ = [tongue(phrase)] if phrase in tongue.phrases else []
        told_ += [tongue.word(ack.phase)] if ack.phase else []
        told_ += [f"{ack.percent:.0f} %"] if ack.percent is not None else []
        told_ += [tongue("action.left", n=max(1, round(ack.remaining / 60)))] if ack.remaining else []
        say(self._state, " · ".join(told_) if open_ else "")
        stoppable = open_ and self._known.cancellable and ack.state is not AckState.ACCEPTED
        self._stop.classes(remove="hidden") if stoppable else self._stop.classes(add="hidden")
        moving = open_ and ack.percent is not None
        self._bar.classes(remove="hidden") if moving else self._bar.classes(add="hidden")
        self._done.style(f"width: {ack.percent or 0:.0f}%")

    def _end(self, ack: Ack) -> str:
        tongue = self._page.tongue
        output: Value = ack.output
        ended = f"{self._title}: " + tongue("action.cancelled" if ack.state is AckState.CANCELLED else "action.done")
        return ended if output is None or self._known.output is None else f"{ended}: {shown(tongue, self._known.output, output)}"

    async def _cancel(self) -> None:
        try:
            ack = await ask(self._page, self._device, Operation.CANCEL_ACTION, self._run, None)
            told(self._page, self._notes, refusal(self._page, self._device, ack))
        except CommandError as error:
            told(self._page, self._notes, refused(self._page, self._device, error))
