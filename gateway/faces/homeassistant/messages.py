"""The discovery messages of one device: topic to payload, one for the device or one for each entity."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any

from gateway.faces.homeassistant.choice import Mode
from gateway.faces.homeassistant.entity import Config, Entity
from gateway.protocol.payload import json_bytes
from gateway.protocol.topics import GatewayTopics, Topics

_QOS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a message is about: its id, and the record Home Assistant keeps of a device."""

    id: str
    record: Mapping[str, Any]
    availability: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Messages:
    """Topic to payload, and topic to what stands in it: key of an entity to its platform."""

    payloads: Mapping[str, bytes]
    contents: Mapping[str, Mapping[str, str]]


def of_device(gateway: GatewayTopics, topics: Topics, *, name: str, model: str, room: str) -> Subject:
    """Return the subject of an appliance. Maker and model are private, so its model is what kind of appliance it is."""
    record = {
        "identifiers": [f"{topics.gateway}_{topics.device}"],
        "name": name,
        "model": model,
        "via_device": topics.gateway,
    }
    if room:
        record["suggested_area"] = room
    reach = {"topic": topics.avail, "value_template": "{{ 'online' if value_json.state in ['online', 'sleeping'] else 'offline' }}"}
    return Subject(id=topics.device, record=record, availability=(_gateway_up(gateway), reach))


def of_gateway(gateway: GatewayTopics) -> Subject:
    """Return the subject of the gateway itself."""
    record = {"identifiers": [gateway.gateway], "name": "Hulian", "model": "Hulian gateway"}
    return Subject(id=gateway.gateway, record=record)


def gateway_entity(gateway: GatewayTopics) -> Entity:
    """Return the one entity of the gateway: whether it is connected."""
    config = {
        "name": "Connected",
        "state_topic": gateway.avail,
        "value_template": "{{ 'ON' if value_json.state == 'online' else 'OFF' }}",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
    }
    return Entity("binary_sensor_connected", "binary_sensor", config)


def messages(
    subject: Subject, entities: Iterable[Entity], *, mode: Mode, prefix: str, version: str, gone: Mapping[str, str] | None = None
) -> Messages:
    """Return the messages; `gone`: entities of the last message that are no more, which a device message must name once."""
    shared: Config = {"device": dict(subject.record), "origin": {"name": "hulian", "sw_version": version}}
    if subject.availability:
        shared |= {"availability": [dict(entry) for entry in subject.availability], "availability_mode": "all"}
    if mode == "device":
        return _device(subject, entities, shared, prefix, gone or {})
    topics = {f"{prefix}/{entity.platform}/{subject.id}/{entity.key}/config": entity for entity in entities}
    return Messages(
        {topic: json_bytes(_config(subject, entity) | shared) for topic, entity in topics.items()},
        {topic: {intern(entity.key): entity.platform} for topic, entity in topics.items()},
    )


def _device(subject: Subject, entities: Iterable[Entity], shared: Config, prefix: str, gone: Mapping[str, str]) -> Messages:
    topic = f"{prefix}/device/{subject.id}/config"
    components: dict[str, Config] = {key: {"platform": platform} for key, platform in gone.items()}
    present: dict[str, str] = {}
    for entity in entities:
        components[entity.key] = {"platform": entity.platform, **_config(subject, entity)}
        present[intern(entity.key)] = entity.platform  # two hundred devices share their keys
    return Messages({topic: json_bytes({**shared, "components": components})}, {topic: present})


def _config(subject: Subject, entity: Entity) -> Config:
    return {"unique_id": f"{subject.record['identifiers'][0]}_{entity.key}", "qos": _QOS, **entity.config}


def _gateway_up(gateway: GatewayTopics) -> Mapping[str, str]:
    return {"topic": gateway.avail, "value_template": "{{ value_json.state }}"}
