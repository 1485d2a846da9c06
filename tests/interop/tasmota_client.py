"""What HATasmota, Home Assistant's own library for Tasmota, makes of a unit's announcement: JSON {config, sensors} in, its entities out."""

import json
import sys
from typing import Any

from hatasmota.discovery import (  # type: ignore[import-not-found]
    TASMOTA_SENSOR_DISCOVERY_SCHEMA,
    TasmotaDiscoveryMsg,
    get_entities_for_platform,
    get_sensor_entities,
)


def told(config: Any) -> dict[str, Any]:
    """Return what an entity's configuration says, as plain words."""
    return {name: str(value) for name, value in vars(config).items()}


said = json.load(sys.stdin)
message = TasmotaDiscoveryMsg(said["config"])
found = {
    platform: [told(config) for config, _ in get_entities_for_platform(message, platform) if config is not None]
    for platform in ("switch", "light")
}
sensors = TASMOTA_SENSOR_DISCOVERY_SCHEMA(said["sensors"])
found["sensor"] = [told(config) for config, _ in get_sensor_entities(sensors, message)]
print(json.dumps(found))
