"""What a helper needs to understand a hub from afar, and nothing that tells whose it is."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from gateway.app.gateway import Gateway

_PLAIN: Final = (
    "version",
    "boot",
    "since",
    "mqttVersion",
    "mqttConnected",
    "broker",
    "homeassistant",
    "coapDropped",
    "wiresMissing",
    "wiresInClear",
)


def support(gateway: Gateway, numbers: Mapping[str, float]) -> dict[str, Any]:
    """Return a support bundle: chosen members only, so that no name, address, id or secret can slip in with what is added later."""
    home, status = gateway.home, gateway.status()
    twins = [home.twin(device) for device in home.devices()]
    return {
        "hub": {name: status[name] for name in _PLAIN if name in status} | {"internet": status["internet"]["state"]},
        "numbers": dict(numbers),
        "appliances": [
            {
                "kind": twin.description.kind,
                "major": twin.description.major,
                "features": list(twin.description.features),
                "availability": twin.availability.state.value,
                "locality": twin.description.locality.value,
                "quality": Counter(grade.value for grade in twin.quality.values()),
                "faults": [fault.get("code") for fault in twin.values.get("faults") or []],
            }
            for twin in twins
        ],
        "sessions": [{name: session[name] for name in ("driver", "state", "since", "attempts")} for session in status["sessions"]],
        "scenes": Counter(record["state"] for record in gateway.scenes.listing()),
        "inbox": Counter(f"{entry.driver}:{entry.state.value}" for entry in gateway.discovery.inbox()),
    }
