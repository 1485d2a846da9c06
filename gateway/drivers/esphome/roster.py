"""What a node says of itself when it is asked: who it is, and everything it has; and the claim made of that.

A list may be endless, of nonsense, or name two things alike: so many entities of so many bytes are read, of two with one number or one name
the first counts, and what we have no words for (cameras, voice, Bluetooth) is left aside with its name in the log.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.drivers.esphome.entity import Entity, entity_of, lists, object_id, slug
from gateway.drivers.esphome.link import Link
from gateway.drivers.esphome.message import Message
from gateway.drivers.esphome.service import Service, service_of
from gateway.drivers.parts.selfdescribed.feature import Claim
from gateway.drivers.parts.text import shown as printable
from gateway.drivers.parts.waiting import within
from gateway.errors import DeviceFailure, Offline
from gateway.thing.clock import Clock
from gateway.thing.log import Log

MOST: Final = 512
"""Entities and services; most nodes have some dozens, one that reads several batteries some hundreds."""
LARGEST: Final = 4096
"""Members of one list in an entry (options, effects) and characters of all of them."""
PATIENCE: Final = 12.0
INFO, DONE, SERVICES = "DeviceInfoResponse", "ListEntitiesDoneResponse", "ListEntitiesServicesResponse"
_PREFIX: Final = "ListEntities"
log = Log()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """`info`: the node's own words about itself; `entities`, `services`: what it has, by where they stand."""

    info: Mapping[str, Any]
    entities: Mapping[tuple[int, int], Entity]
    services: Mapping[str, Service]

    @property
    def mac(self) -> str:
        """Return who it is: its MAC, twelve small hexadecimal digits."""
        return compact(self.info.get("mac_address", ""))

    @property
    def title(self) -> str:
        """Return what its owner calls it."""
        return printable(self.info.get("friendly_name")) or printable(self.info.get("name"))

    @property
    def sleeps(self) -> bool:
        """Whether it is away most of the time, on purpose."""
        return bool(self.info.get("has_deep_sleep"))

    def identity(self) -> dict[str, str]:
        """Return maker, model and firmware: those of the project where it is one, else the board's."""
        author, _, project = printable(self.info.get("project_name")).partition(".")
        firmware = printable(self.info.get("project_version")) if project else ""
        version = printable(self.info.get("esphome_version"))
        return {
            "maker": author if project else printable(self.info.get("manufacturer")),
            "model": project or printable(self.info.get("model")),
            "sw": f"{firmware} (ESPHome {version})" if firmware and version else firmware or version,
        }

    def claim(self) -> Claim:
        """Return everything it says it has."""
        identity = self.identity()
        features = [leaf.feature for entity in self.entities.values() for leaf in entity.leaves.values()]
        return Claim(
            vendor="esphome",
            maker=identity["maker"],
            model=identity["model"],
            title=self.title,
            firmware=identity["sw"],
            features=(*features, *(service.feature for service in self.services.values())),
        )


async def roster_of(link: Link, clock: Clock) -> Roster:
    """Ask a node for everything it is; raise DeviceFailure when that is more than can be read, Offline or TimedOut."""
    reading = _Reading()
    link.heard = reading.take
    link.closed.add_done_callback(lambda _: reading.end(Offline(str(link.closed.exception()))))
    link.say(Message("DeviceInfoRequest"), Message("ListEntitiesRequest"))
    await within(clock, PATIENCE, reading.done, "the node did not tell what it has")
    return reading.roster()


class _Reading:
    """Collects what comes until both answers are whole."""

    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._info: Mapping[str, Any] | None = None
        self._listed: list[tuple[str, Mapping[str, Any]]] = []
        self._services: list[Mapping[str, Any]] = []
        self._whole = False
        self._size = 0
        self._kinds = lists()

    def take(self, message: Message) -> None:
        if self.done.done():
            return
        if message.kind == INFO:
            self._info = message.fields
        elif message.kind == DONE:
            self._whole = True
        elif message.kind.startswith(_PREFIX):
            self._enter(message)
        if self._whole and self._info is not None and not self.done.done():
            self.done.set_result(None)

    def end(self, reason: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(reason)
            self.done.exception()

    def _enter(self, message: Message) -> None:
        self._size += 1
        if self._size > MOST:
            self.end(DeviceFailure(f"the node has more than {MOST} entities: no home needs so many of one"))
        elif any(_too_large(value) for value in message.fields.values()):
            log.info("esphome.entity_too_large", entity=object_id(message.fields))
        elif message.kind == SERVICES:
            self._services.append(message.fields)
        elif (kind := self._kinds.get(message.kind)) is not None:
            self._listed.append((kind, message.fields))
        else:
            log.info("esphome.entity_unknown", list=message.kind, entity=object_id(message.fields))

    def roster(self) -> Roster:
        info = self._info or {}
        parts = {each.get("device_id", 0): slug(str(each.get("name", ""))) for each in info.get("devices", ())}
        several = Counter((kind, fields.get("device_id", 0)) for kind, fields in self._listed if not fields.get("entity_category"))
        entities: dict[tuple[int, int], Entity] = {}
        keys: set[str] = set()
        for kind, fields in self._listed:
            setting = kind in _SETTINGS and _is_setting(fields, several)
            entity = entity_of(kind, fields, "" if setting else _endpoint(kind, fields, parts, several), plain=setting)
            if entity.place in entities or not keys.isdisjoint(entity.leaves):
                log.info("esphome.entity_twice", entity=object_id(fields), kind=kind)
                continue
            entities[entity.place] = entity
            keys |= entity.leaves.keys()
        services = {service.feature.key: service for service in map(service_of, self._services)}
        return Roster(info=info, entities=entities, services=services)


_PURPOSES: Final = frozenset({"climate", "light", "cover", "fan", "lock", "valve", "media_player", "water_heater", "siren"})
"""Entities that are what their part of the node is for."""
_SETTINGS: Final = frozenset({"switch"})
"""Entities that are a purpose, or beside one of those a setting of it."""


def _is_setting(fields: Mapping[str, Any], several: Mapping[tuple[str, int], int]) -> bool:
    return bool(fields.get("entity_category")) or any(several[kind, fields.get("device_id", 0)] for kind in _PURPOSES)


def _endpoint(kind: str, fields: Mapping[str, Any], parts: Mapping[int, str], several: Mapping[tuple[str, int], int]) -> str:
    """Return the part of the node an entity belongs to: its own device where the node says so; where several are alike, each is one."""
    part = fields.get("device_id", 0)
    named = parts.get(part, "") or (f"part_{part}" if part else "")
    if kind in _PURPOSES | _SETTINGS and several[kind, part] > 1 and not fields.get("entity_category"):
        return f"{named}_{object_id(fields)}".strip("_")
    return named


def _too_large(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) > LARGEST or sum(len(each) for each in value if isinstance(each, str)) > LARGEST
    return isinstance(value, str) and len(value) > LARGEST


def compact(mac: object) -> str:
    """Return a MAC as twelve small hexadecimal digits, "" for what is none."""
    bare = str(mac).replace(":", "").replace("-", "").lower()
    return bare if len(bare) == 12 and all(letter in "0123456789abcdef" for letter in bare) else ""  # noqa: PLR2004 - 48 bits
