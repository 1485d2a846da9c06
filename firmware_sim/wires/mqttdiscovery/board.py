"""An appliance in a firmware's words: fields by name, each a property with words, a scale, or a number it is divided out of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.press import press

Field = Mapping[str, Any]


def firmware_of(kind: str) -> Mapping[str, Any]:
    """Return what the firmware has for a kind; SetupMistake where it has nothing."""
    path = Path(__file__).parent / "kinds" / f"{kind}.yaml"
    if not path.is_file():
        raise SetupMistake(f"no simulated firmware announces a {kind} over MQTT")
    found = YAML(typ="safe", pure=True).load(path)
    return found if isinstance(found, dict) else {}


class Board:
    """The fields of one appliance; a field that `needs` a feature the appliance lacks is not there."""

    def __init__(self, appliance: Appliance, fields: Mapping[str, Field]) -> None:
        self._appliance = appliance
        self._fields = {name: field for name, field in fields.items() if present(appliance, field)}

    @property
    def names(self) -> tuple[str, ...]:
        """The fields there are."""
        return tuple(self._fields)

    def shown(self) -> dict[str, Any]:
        """Return what the appliance shows, by field."""
        values = self._appliance.values()
        return {name: said for name, field in self._fields.items() if (said := _said(field, values)) is not None}

    def take(self, asked: Mapping[str, Any]) -> None:
        """Press what is asked; a field or word it does not know is left out."""
        wanted: dict[str, Any] = {}
        for name, raw in asked.items():
            if name in self._fields:
                wanted |= self._meant(self._fields[name], raw)
        press(self._appliance, {name: value for name, value in wanted.items() if name in self._appliance.surface.writable})

    def _meant(self, field: Field, raw: Any) -> dict[str, Any]:
        name = field["property"]
        if "off" in field and raw == "off":
            return {field["off"]: False}
        more = {field["off"]: True} if "off" in field else {}
        if "words" in field:
            return {**more, name: field["words"][raw]} if raw in field["words"] else {}
        try:
            number = float(raw)
        except (TypeError, ValueError):
            return {}
        value = field["per"] / number if "per" in field and number > 0 else number
        whole = self._appliance.schema(name).get("type") == "integer"
        return {name: round(value) if whole else value}


def present(appliance: Appliance, row: Field) -> bool:
    """Return whether an appliance has the feature a row needs, and the property it is about."""
    return row.get("needs") in (None, *appliance.features) and row.get("property") in (None, *appliance.surface.properties)


def _said(field: Field, values: Mapping[str, Any]) -> Any:
    value = values.get(field["property"])
    if value is None or isinstance(value, dict):
        return None
    if "words" in field:
        return next((word for word, meant in field["words"].items() if meant == value and type(meant) is type(value)), None)
    return round(field["per"] / value) if "per" in field and value else value
