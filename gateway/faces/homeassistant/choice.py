"""What the user chose of Home Assistant's discovery: all of this face that a hub needs on which it is off."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Mode: TypeAlias = Literal["off", "device", "entity"]
"""`device`: one message a device (Home Assistant 2024.12 and newer); `entity`: one an entity (older ones, openHAB)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What the user chose: `mode`, `prefix` of the topics, `language` of the names; `version` is the gateway's."""

    mode: Mode = "off"
    prefix: str = "homeassistant"
    language: str = "en"
    version: str = ""
