"""Twins that take values which are none, and read what cannot be read otherwise than others do."""

from collections.abc import Callable, Mapping
from typing import Any

from firmware_sim.refusal import Refusal
from firmware_sim.twins.seams import around
from firmware_sim.twins.unit import Defect, TwinUnit
from firmware_sim.wires.order import Run

Schema = Mapping[str, Any]
Mend = Callable[[Schema, Any], Any]

# Values that are taken although they are none


def takes(mend: Mend) -> Defect:
    """Make something sound of what is written before it is judged."""

    def defect(unit: TwinUnit) -> None:
        properties = unit.appliance.surface.properties

        def mended(name: str, value: Any) -> Any:
            return mend(properties[name], value) if name in properties else value

        def writing(whole: Callable[..., None]) -> Callable[..., None]:
            return lambda run, values: whole(run, {name: mended(name, value) for name, value in values.items()})

        around(unit.desk, "_write", writing)

    return defect


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def clamped(body: Schema, value: Any) -> Any:
    """Return the nearest value in range."""
    return min(max(value, body.get("minimum", value)), body.get("maximum", value)) if _is_number(value) else value


def _on_step(body: Schema, value: Any) -> Any:
    step = body.get("multipleOf") or (1 if body.get("type") == "integer" else 0)
    return round(value / step) * step if step and _is_number(value) and clamped(body, value) == value else value


def _from_text(body: Schema, value: Any) -> Any:
    if body.get("type") in ("integer", "number") and isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        return int(number) if body["type"] == "integer" and number.is_integer() else number
    return value


def _truthy(body: Schema, value: Any) -> Any:
    return bool(value) if body.get("type") == "boolean" and isinstance(value, int | str) else value


def _known_word(body: Schema, value: Any) -> Any:
    return body["enum"][0] if "enum" in body and isinstance(value, str) and value not in body["enum"] else value


def _any_case(body: Schema, value: Any) -> Any:
    words = {word.lower(): word for word in body.get("enum", ()) if isinstance(word, str)}
    return words.get(value.lower(), value) if isinstance(value, str) else value


def takes_one_beyond(unit: TwinUnit) -> None:
    """Take the value one step above the maximum: `<=` where `<` was meant."""
    appliance = unit.appliance

    def writing(whole: Callable[..., None]) -> Callable[..., None]:
        def write(values: Schema, *, confirmed: bool = False) -> None:
            beyond = {name: value for name, value in values.items() if _is_one_beyond(appliance.surface.properties.get(name, {}), value)}
            if rest := {name: value for name, value in values.items() if name not in beyond}:
                whole(rest, confirmed=confirmed)
            appliance.model.settings.update(beyond)
            appliance._settle()  # noqa: SLF001 - a defect is inside

        return write

    around(appliance, "write", writing)


def _is_one_beyond(body: Schema, value: Any) -> bool:
    if not _is_number(value) or "maximum" not in body or body.get("readOnly"):
        return False
    return bool(body["maximum"] < value <= body["maximum"] + (body.get("multipleOf") or 1))


def takes_unknown_names(unit: TwinUnit) -> None:
    """Pass over properties it does not have in a write of several, and call it done."""
    properties = unit.appliance.surface.properties

    def writing(whole: Callable[..., None]) -> Callable[..., None]:
        return lambda run, values: whole(run, {name: value for name, value in values.items() if name in properties} or values)

    around(unit.desk, "_write", writing)


def read_only(change: Callable[[TwinUnit, Run], None]) -> Defect:
    """Meet writes of what can only be read in another way."""

    def defect(unit: TwinUnit) -> None:
        surface = unit.appliance.surface

        def writing(whole: Callable[..., None]) -> Callable[..., None]:
            def write(run: Run, values: Schema) -> None:
                if values and all(name in surface.properties and name not in surface.writable for name in values):
                    change(unit, run)
                else:
                    whole(run, values)

            return write

        around(unit.desk, "_write", writing)

    return defect


def _done(unit: TwinUnit, run: Run) -> None:
    unit.desk.ledger.tell(run, "accepted")
    unit.desk.ledger.end(run, "completed", seq=unit.appliance.seq, boot=unit.appliance.boot)


def _forbidden(unit: TwinUnit, run: Run) -> None:
    raise Refusal("forbidden", f"{run.order.name or unit.appliance.identifier} is not for you", property=run.order.name or None)


DEFECTS: dict[str, Defect] = {
    "clamps-to-range": takes(clamped),
    "takes-one-beyond": takes_one_beyond,
    "rounds-to-step": takes(_on_step),
    "takes-text-for-numbers": takes(_from_text),
    "takes-numbers-for-booleans": takes(_truthy),
    "takes-unknown-words": takes(_known_word),
    "takes-any-case": takes(_any_case),
    "takes-unknown-names": takes_unknown_names,
    "read-only-accepted": read_only(_done),
    "read-only-is-forbidden": read_only(_forbidden),
}
"""Name of a twin to what is wrong with it."""
