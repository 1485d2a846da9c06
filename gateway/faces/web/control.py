"""What a control for a property or an input looks like, made from its schema alone: a kind nobody has heard of gets its controls, too."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gateway.thing.value import Value

MOST_STEPS: Final = 400
"""More steps than that no finger can choose from on a slider: the number is typed."""


class Form(StrEnum):
    """How a value is chosen."""

    SWITCH = "switch"
    SLIDER = "slider"
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    MANY = "many"
    """Any number of words of a list."""
    GROUP = "group"
    """Several values that go together."""
    JSON = "json"
    """What has no better form: a list, or an object without stated members."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control. `minimum`, `maximum`, `step` are in the property's unit, None where nothing limits it."""

    name: str
    form: Form
    schema: Mapping[str, Any]
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[Value, ...] = ()
    longest: int | None = None
    members: tuple["Control", ...] = ()
    required: bool = False

    @property
    def whole(self) -> bool:
        """Return whether only whole numbers are meant."""
        return self.schema.get("type") == "integer"

    @property
    def no_key(self) -> bool:
        """Return whether nobody's key can be given with it: it is chosen among a few, or is a quantity."""
        few = self.form in {Form.CHOICE, Form.SWITCH, Form.SLIDER, Form.MANY}
        return few or (self.form is Form.NUMBER and "unit" in self.schema)

    def exact(self, chosen: float) -> int | float:
        """Return a number as it is sent: on a step, without the dust of binary fractions."""
        if self.step:
            low = self.minimum or 0
            chosen = round(low + round((chosen - low) / self.step) * self.step, 6)
        return int(chosen) if self.whole or chosen == int(chosen) else chosen


def control_of(name: str, schema: Mapping[str, Any], *, required: bool = False) -> Control:
    """Return the control of one schema."""
    kind = schema.get("type")
    if kind in {"number", "integer"} and "enum" not in schema:
        return _number(name, schema, required)
    if "enum" in schema:
        return Control(name=name, form=Form.CHOICE, schema=schema, choices=tuple(schema["enum"]), required=required)
    if kind == "array" and (choices := schema.get("items", {}).get("enum")):
        return Control(name=name, form=Form.MANY, schema=schema, choices=tuple(choices), required=required)
    if kind == "object" and schema.get("properties"):
        return Control(name=name, form=Form.GROUP, schema=schema, members=members_of(schema), required=required)
    form = {"boolean": Form.SWITCH, "string": Form.TEXT}.get(str(kind), Form.JSON)
    return Control(name=name, form=form, schema=schema, longest=schema.get("maxLength"), required=required)


def members_of(schema: Mapping[str, Any]) -> tuple[Control, ...]:
    """Return a control for each member of an object; what is required comes first."""
    required = set(schema.get("required", ()))
    made = [control_of(name, member, required=name in required) for name, member in schema.get("properties", {}).items()]
    return tuple(sorted(made, key=lambda control: not control.required))


def _number(name: str, schema: Mapping[str, Any], required: bool) -> Control:
    low, high = schema.get("minimum"), schema.get("maximum")
    step = schema.get("multipleOf") or schema.get("hl:resolution") or (1 if schema.get("type") == "integer" else None)
    fits = low is not None and high is not None and step is not None and (high - low) / step <= MOST_STEPS
    form = Form.SLIDER if fits else Form.NUMBER
    return Control(name=name, form=form, schema=schema, minimum=low, maximum=high, step=step, required=required)
