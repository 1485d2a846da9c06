"""Inputs made from a schema, and the value they say once they are filled in."""

import json
from functools import partial

from gateway.faces.web.control import Control, Form
from gateway.faces.web.parts import box, choices, field, show_value, text, typed
from gateway.faces.web.phrases import Tongue
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import shown, unit_of, with_unit
from gateway.thing.value import Value


class Filled:
    """Inputs for one value of any schema, as they are filled in; `value` is what they say.

    `keep`: under which name it outlives the page, "": not at all; `plain`: nothing that is typed here can be a key.
    """

    def __init__(
        self, page: Sheet, control: Control, present: Value, title: str, *, alone: bool = False, keep: str = "", plain: bool = False
    ) -> None:
        self._control = control
        self._keep = keep if plain or control.no_key else ""
        self._alone = alone
        self._text: str | None = None
        self._members: dict[str, Filled] = {}
        self._chosen: dict[Value, bool] = {}
        if control.form is Form.GROUP:
            known = present if isinstance(present, dict) else {}
            with box("tight"):
                for member in control.members:
                    label = page.tongue.title(member.schema, member.name)
                    below = f"{keep}.{member.name}" if keep else ""
                    self._members[member.name] = Filled(page, member, known.get(member.name), label, keep=below, plain=plain)
            return
        if control.form is Form.MANY:
            self._ticked(page, present, title)
        else:
            self._draw(page, present, title)

    def _ticked(self, page: Sheet, present: Value, title: str) -> None:
        """Draw a box to tick for each word there is."""
        self._chosen = {choice: isinstance(present, list) and choice in present for choice in self._control.choices}
        with box("ticks", "fieldset"):
            text(title, "soft small", "legend")
            for choice, begin in self._chosen.items():
                with box("tick", "label"):
                    tick = box("", "input", type="checkbox", **({"checked": "checked"} if begin else {}))
                    if self._keep:
                        tick.props["data-keep"] = f"{self._keep}.{choice}"
                    text(shown(page.tongue, self._control.schema["items"], choice), tag="span")
                take = partial(self._tick, choice)
                tick.on("change", lambda happened, take=take: take(happened.args), js_handler="(event) => emit(event.target.checked)")

    def _tick(self, choice: Value, chosen: object) -> None:
        self._chosen[choice] = chosen is True

    def _draw(self, page: Sheet, present: Value, title: str) -> None:
        control, tongue = self._control, page.tongue
        if control.form in {Form.CHOICE, Form.SWITCH}:
            offered = control.choices if control.form is Form.CHOICE else (True, False)
            select = field(title, "select", keep=self._keep)
            options = {} if control.required else {"": "–"}
            options |= {json.dumps(choice): shown(tongue, {**control.schema, "readOnly": False}, choice) for choice in offered}
            begin = json.dumps(present) if present is not None else next(iter(options))
            choices(select, options, begin)
            self._text = begin
            typed(select, self._take, "change")
            return
        numeric = control.form in {Form.SLIDER, Form.NUMBER}
        kind = {"type": "number", "inputmode": "decimal"} if numeric else {"type": "text"}
        limits = (
            {"min": control.minimum, "max": control.maximum, "step": control.step or "any"} if numeric else {"maxlength": control.longest}
        )
        hints = [tongue("control.json") if control.form is Form.JSON else "", _range(tongue, control)]
        hint = tongue.comma.join(filter(None, hints))
        label = f"{title} ({hint})" if hint else title
        entry = field(
            hint if self._alone else label,
            says=label if self._alone else "",
            keep=self._keep,
            **kind,
            **{name: f"{limit}" for name, limit in limits.items() if limit is not None},
        )
        if present is not None:
            self._text = present if isinstance(present, str) and control.form is Form.TEXT else json.dumps(present, ensure_ascii=False)
            show_value(entry, self._text)
        typed(entry, self._take)

    def _take(self, content: str) -> None:
        self._text = content

    def value(self) -> Value:
        """Return what was filled in, None for nothing; raise ValueError for what is no number or no JSON."""
        if self._control.form is Form.GROUP:
            members = {name: each.value() for name, each in self._members.items()}
            return {name: value for name, value in members.items() if value is not None}
        if self._control.form is Form.MANY:
            return [choice for choice, chosen in self._chosen.items() if chosen] or ([] if self._control.required else None)
        if self._text is None or not self._text.strip():
            return None
        if self._control.form is Form.TEXT:
            return self._text
        if self._control.form in {Form.SLIDER, Form.NUMBER}:
            number = float(self._text)
            return self._control.exact(number)
        return json.loads(self._text)


def _range(tongue: Tongue, control: Control) -> str:
    if control.minimum is None or control.maximum is None:
        return ""
    return with_unit(tongue, f"{control.minimum:g}–{control.maximum:g}", unit_of(control.schema))
