"""What a self-described device says it has, whatever the wire: Zigbee2MQTT's exposes, Home Assistant's discovery, ESPHome's entities.

A wire only turns its own words into these two records and hands them on; which kind that is, and which affordance, is decided once
for all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Category(StrEnum):
    """What a feature is for: the device's purpose, or one of two ways to look after it (Home Assistant's entity categories)."""

    MAIN = ""
    DIAGNOSTIC = "diagnostic"
    CONFIG = "config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One leaf of what a device describes, in its wire's own words.

    `key`: the wire's handle for it, unique in the device. `name`: what it is about, in snake case (`temperature`, `state`, `fan_mode`).
    `group`: the specific thing it is a leaf of (`light`, `switch`, `climate`, `cover`, `lock`, `fan`, `siren`, `valve`, ...), "" for none;
    `instance` tells two of the same group apart. `endpoint`: the part of the device it belongs to (`left`, `l2`), "" for the whole.
    `type`: boolean, integer, number, string, object or array; a wire's two words for yes and no (ON, LOCK) are boolean already.
    `unit` as the wire spells it; `minimum`, `maximum`, `step` in that unit; `words`: what a string may be.
    `readable`: it is told; `settable`: it can be set; `event`: it is told when it happens and has no state (a button).
    `yes`: what true means where a wire means the other thing than most: `closed` of a contact that is true while the door is shut.
    `device_class`, `state_class`: Home Assistant's words, "" where none was said. `schema`: JSON Schema of an object's or array's inside.
    """

    key: str
    name: str
    group: str = ""
    instance: str = ""
    endpoint: str = ""
    type: str = "string"
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    words: tuple[str, ...] = ()
    readable: bool = True
    settable: bool = False
    event: bool = False
    yes: str = ""
    device_class: str = ""
    state_class: str = ""
    title: str = ""
    category: Category = Category.MAIN
    schema: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Everything one device says of itself. `vendor`: a short name of the wire or maker for `x-<vendor>-...`, `[a-z0-9]{1,32}`."""

    vendor: str
    maker: str = ""
    model: str = ""
    title: str = ""
    firmware: str = ""
    features: tuple[Feature, ...] = ()
