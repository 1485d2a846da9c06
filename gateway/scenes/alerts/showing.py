"""How an alert is shown outside the hub, whatever the wire."""

from typing import Any

from gateway.scenes.alerts.alert import Alert
from gateway.thing.timestamp import iso


def shown(alert: Alert) -> dict[str, Any]:
    """Return an alert as JSON for whoever may read; moments as ISO 8601."""
    told: dict[str, Any] = {"id": alert.id, "state": alert.state.value, "text": dict(alert.text), "scene": alert.scene, "run": alert.run}
    told |= {"level": alert.level, "tellings": alert.tellings, "raised": iso(alert.raised)}
    moments = (("last", alert.last), ("next", alert.next), ("acknowledged", alert.at))
    told |= {name: iso(moment) for name, moment in moments if moment is not None}
    return told | ({"by": alert.by} if alert.by else {})
