"""What a device behind the bridge shows and takes: its state as one mapping, and settings that arrive over the air."""

import contextlib
from collections.abc import Mapping
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.notice import Raised
from firmware_sim.refusal import Refusal
from firmware_sim.wires.press import press
from firmware_sim.wires.zigbee2mqtt.model import GET, SET, Model
from firmware_sim.wires.zigbee2mqtt.shown import OFF, Shown, Unusable

_TOGGLE = "TOGGLE"


class Board:
    """One device; `kept` are settings of its own, which the appliance knows nothing of."""

    def __init__(self, appliance: Appliance, model: Model) -> None:
        self.model = model
        self.kept: dict[str, Any] = {name: row.instead for name, row in model.rows.items() if row.kept}
        self._appliance = appliance

    def state(self) -> dict[str, Any]:
        """Return everything it shows."""
        values = self._appliance.values()
        told = {name: row.raw(values, self.kept.get(name)) for name, row in self.model.rows.items()}
        return {name: self._within(name, raw) for name, raw in told.items() if raw is not None}

    def _within(self, name: str, raw: Any) -> Any:
        """Return a number as a device with these ends to its range shows it."""
        leaf = self.model.leaves.get(name, {})
        return min(max(raw, leaf["value_min"]), leaf["value_max"]) if {"value_min", "value_max"} <= leaf.keys() else raw

    def echo(self, taken: Mapping[str, Any]) -> dict[str, Any]:
        """Return what an optimistic bridge shows of it at once."""
        rows = self.model.rows
        return {name: raw for name, raw in taken.items() if name in rows and rows[name].action(raw) is None}

    def readable(self, name: str) -> bool:
        """Whether it can be asked for."""
        return bool(self.model.access(name) & GET)

    def taken(self, asked: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Return what of `asked` it can be told, and why not the rest."""
        taken: dict[str, Any] = {}
        refused: list[str] = []
        for name, raw in asked.items():
            if not self.model.access(name) & SET:
                refused.append(f"nothing sets '{name}'")
                continue
            try:
                taken[name] = self._checked(name, raw)
            except Unusable as reason:
                refused.append(f"'{name}': {reason}")
        return taken, refused

    def do(self, taken: Mapping[str, Any]) -> None:
        """Do what it was told."""
        values: dict[str, Any] = {}
        for name, raw in taken.items():
            row = self.model.rows.get(name)
            if row is None:
                continue
            if (action := row.action(raw)) is not None:
                with contextlib.suppress(Refusal):
                    self._appliance.invoke(action, confirmed=True)
            elif row.kept:
                self.kept[name] = self.kept[name] | raw if isinstance(raw, dict) else raw
            elif row.switch and raw == OFF:
                values[row.switch] = False
            elif row.of in self._appliance.surface.writable:
                values |= {row.of: row.value(raw)} | ({row.switch: True} if row.switch else {})
        press(self._appliance, values)

    def said(self, notice: Raised) -> str | None:
        """Return the word of an action, for an event that is one."""
        action = self.model.action
        if action is None or notice.event != action.event:
            return None
        return action.words.get(notice.data.get(action.member))

    def _checked(self, name: str, raw: Any) -> Any:
        leaf, row = self.model.leaves[name], self.model.rows.get(name)
        if raw == leaf.get("value_toggle", ()) and row is not None:
            raw = self._other(name, leaf, row)
        check(leaf, raw)
        if row is not None and not row.kept and row.action(raw) is None and not (row.switch and raw == OFF):
            row.value(raw)
        return raw

    def _other(self, name: str, leaf: Mapping[str, Any], row: Shown) -> Any:
        now = row.raw(self._appliance.values(), self.kept.get(name))
        return leaf["value_off"] if now == leaf["value_on"] else leaf["value_on"]


def check(leaf: Mapping[str, Any], raw: Any) -> None:
    """Raise Unusable unless the value is one of this feature's."""
    match leaf["type"]:
        case "binary":
            fits = any(raw == word and type(raw) is type(word) for word in (leaf["value_on"], leaf["value_off"]))
        case "enum":
            fits = raw in leaf["values"]
        case "numeric":
            number = isinstance(raw, int | float) and not isinstance(raw, bool)
            fits = number and leaf.get("value_min", raw) <= raw <= leaf.get("value_max", raw)
        case "composite":
            fits = isinstance(raw, dict)
        case _:
            fits = True
    if not fits:
        raise Unusable(f"{raw!r} does not fit")
