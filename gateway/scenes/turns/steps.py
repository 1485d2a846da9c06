"""The two steps that take their time: one device after the other, and going without while the mains are weak.

steps:
    - inTurn:
        select: {kind: "*", not: {kind: [oven, space-heater]}}
        set: {power: {before: mains cut}}      # what each showed before the mains were last cut; or any value
        first: [refrigerator]                  # kinds or ids, before the classes of priority.yaml; `last`: behind them
        spacing: PT10S                         # from one to the next, at least
        each: PT20S                            # that one device may take, once it is its turn
        limit: 3000                            # watts; where nothing is said: the home's own
      deadline: PT10M                          # until when there may be room for it

    - shed:
        select: {kind: [air-conditioner, electric-water-heater]}
        below: 190                             # volts under which the mains are weak, once that has lasted `for`
        back: 205                              # volts from which they are well, once that has lasted `well`
        for: PT10S
        well: PT2M
        spacing: PT10S
        first: [electric-water-heater]         # the dearest, off last and back first; `last`: off first
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from gateway.profile.findings import joined
from gateway.scenes.document import Doing
from gateway.scenes.words import Before, Given, Words
from gateway.thing.value import Value

PATIENCE: Final = 600.0
"""Seconds until which there may be room for everybody, where nothing is said."""
EACH: Final = 20.0
SPACING: Final = 10.0
STEADY, WELL = 10.0, 120.0
"""Seconds a weak, or a well, supply has to last before it counts."""
BELOW, BACK = 190.0, 205.0
RULE: Final = "scene-turns"
_TURN: Final = frozenset({"select", "set", "invoke", "input", "first", "last", "spacing", "each", "limit"})
_SHED: Final = frozenset({"select", "below", "back", "for", "well", "spacing", "first", "last"})


@dataclass(frozen=True, slots=True, kw_only=True)
class InTurn(Doing):
    """A step that is done by one device after the other, dearest first, as far as the line bears it. `spacing`, `each` in seconds."""

    alone: ClassVar[bool] = True
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    spacing: float = SPACING
    each: float = EACH
    limit: Value | Given = None

    @property
    def patience(self) -> float:
        """Return the seconds until when there may be room for everybody."""
        return self.deadline or PATIENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Shed(Doing):
    """A step that switches off what can be gone without while the mains are weak, and gives back what it took. Volts, seconds."""

    alone: ClassVar[bool] = True
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    below: Value | Given = BELOW
    back: Value | Given = BACK
    steady: float = STEADY
    well: float = WELL
    spacing: float = SPACING


def read_turn(given: Any, at: str, ends: Mapping[str, Any], words: Words) -> InTurn | None:
    """Return the step that `inTurn:` says; report what is wrong."""
    if not _is_block(given, at, _TURN, words):
        return None
    select = words.selector(given.get("select"), f"{at}/select")
    if ("set" in given) == ("invoke" in given):
        words.report(at, "says what is done in turn: `set:` or `invoke:`, one of them", RULE)
        return None
    values = words.wanted(given["set"], f"{at}/set") if "set" in given else {}
    if select is None or not (values or isinstance(given.get("invoke"), str)):
        return None
    return InTurn(
        line=words.line(at),
        at=at,
        select=select,
        values=values,
        action=given.get("invoke", ""),
        input=words.value(given.get("input"), f"{at}/input"),
        limit=_watts(given.get("limit"), f"{at}/limit", words),
        **_order(given, at, words),
        **_seconds(given, at, {"spacing": SPACING, "each": EACH}, words),
        **ends,
    )


def read_shed(given: Any, at: str, words: Words) -> Shed | None:
    """Return the step that `shed:` says; report what is wrong."""
    if not _is_block(given, at, _SHED, words):
        return None
    select = words.selector(given.get("select"), f"{at}/select")
    below, back = (_watts(given.get(name, usual), f"{at}/{name}", words) for name, usual in (("below", BELOW), ("back", BACK)))
    if isinstance(below, int | float) and isinstance(back, int | float) and below >= back:
        words.report(f"{at}/back", f"is above `below`, or it would switch on and off for ever: {below:g} and {back:g} V", RULE)
    if select is None:
        return None
    seconds = _seconds(given, at, {"for": STEADY, "well": WELL, "spacing": SPACING}, words)
    return Shed(
        line=words.line(at),
        at=at,
        select=select,
        values={"power": False},
        below=below,
        back=back,
        steady=seconds["for"],
        well=seconds["well"],
        spacing=seconds["spacing"],
        **_order(given, at, words),
    )


def _is_block(given: Any, at: str, known: frozenset[str], words: Words) -> bool:
    if not isinstance(given, dict):
        words.report(at, f"is a mapping of {joined(sorted(known))}", RULE)
        return False
    words.only(given, at, known)
    return True


def _order(given: Mapping[str, Any], at: str, words: Words) -> dict[str, Any]:
    return {name: words.words(given[name], f"{at}/{name}") for name in ("first", "last") if name in given}


def _seconds(given: Mapping[str, Any], at: str, usual: Mapping[str, float], words: Words) -> dict[str, Any]:
    return {name: (words.duration(given[name], f"{at}/{name}") or seconds) if name in given else seconds for name, seconds in usual.items()}


def _watts(given: Any, at: str, words: Words) -> Value | Given:
    """Return a number above nothing, or the parameter that gives it."""
    value = words.value(given, at)
    if isinstance(value, Before) or (
        value is not None and not isinstance(value, Given) and (isinstance(value, bool) or not isinstance(value, int | float) or value <= 0)
    ):
        words.report(at, "is a number above 0, or {parameter: NAME}", RULE)
        return None
    return value
