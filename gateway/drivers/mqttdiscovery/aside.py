"""What is announced and left aside: what a hub like this one says of its own devices, and what another driver knows from the source."""

from typing import Final

from gateway.drivers.mqttdiscovery.announcement import Entity

OWN: Final = "hulian"
_ZIGBEE: Final = "zigbee2mqtt"
SILENT: Final = "a hub of this make announces it: it is in that hub already"
"""Not told to the doctor: a hub hears all of its own announcements."""
_BY_ITSELF: Final = "Zigbee2MQTT tells of its devices itself, and more of them: the driver zigbee2mqtt takes them"


def reason_to_leave(entity: Entity) -> str:
    """Return why this is left aside, "" for what is taken.

    A hub's own announcements are known by their origin, whatever the hub is called now, and by the topics, which are none but a hub's.
    """
    topics = (value for name, value in entity.options.items() if name.endswith("topic") and isinstance(value, str))
    if entity.origin.lower() == OWN or any(topic.startswith(f"{OWN}/1/") for topic in topics):
        return SILENT
    told = entity.device.get("identifiers")
    names = told if isinstance(told, list) else [told]
    if entity.origin.lower() == _ZIGBEE or any(isinstance(name, str) and name.startswith(f"{_ZIGBEE}_") for name in names):
        return _BY_ITSELF
    return ""
