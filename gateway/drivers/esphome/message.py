"""One message of the native API in clear: what kind it is, in the words of ESPHome's public description, and its fields.

An entity's number is called `key` there; here it is `entity`, for it opens nothing. A number that is none (a sensor without a reading) is
None, and a float is told to the seven digits it has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

KEY, ENTITY = "key", "entity"
DIGITS: Final = 7


@dataclass(frozen=True, slots=True)
class Message:
    """`kind`, for example SwitchStateResponse; `fields`: numbers, texts, lists and mappings by their names."""

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> tuple[int, int]:
        """Return which entity it is about: its number, and that of the part of the node it belongs to."""
        return self.fields.get(ENTITY, 0), self.fields.get("device_id", 0)
