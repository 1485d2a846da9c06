"""A running gateway, for whoever started it."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any

from gateway.app.describing import Describing
from gateway.app.pages import pages_line
from gateway.app.recording import Recordings
from gateway.app.remotes import speaks_for
from gateway.app.replacing import Replacement
from gateway.app.settings import Settings
from gateway.discovery import Discovery
from gateway.drivers.exposure import in_clear
from gateway.drivers.extras import missing_extras
from gateway.drivers.supervisor import SessionStatus, Supervisor
from gateway.drivers.table import load, names
from gateway.errors import StateConflict
from gateway.faces.mqtt.broker import Broker
from gateway.home.home import Home
from gateway.protocol.coap.server import CoapServer
from gateway.protocol.mqtt import MqttClient
from gateway.scenes.alerts.alerts import Alerts
from gateway.scenes.rehearsal.rehearsals import Rehearsals
from gateway.scenes.rules.watcher import Watcher
from gateway.scenes.scenes import Scenes
from gateway.thing.clock import SystemClock
from gateway.thing.description import Locality
from gateway.thing.internet import Internet, Sign
from gateway.thing.timestamp import iso
from gateway.trust.access import Access
from gateway.trust.appliances import Appliances
from gateway.trust.authority import Authority
from gateway.trust.journal import Journal
from gateway.trust.login import Logins
from gateway.trust.pairing import Pairing
from gateway.trust.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A running gateway and where it can be reached.

    `pairing`: None where its libraries are missing. `erased`: set when it is to end and begin anew (`lifecycle.ownership`).
    """

    home: Home
    scenes: Scenes
    triggers: Watcher
    rehearsals: Rehearsals
    alerts: Alerts
    supervisor: Supervisor
    discovery: Discovery
    mqtt: MqttClient
    broker: Broker
    coap: CoapServer
    coap_lan: tuple[CoapServer, ...]
    clock: SystemClock
    settings: Settings
    access: Access
    vault: Vault
    authority: Authority
    appliances: Appliances
    journal: Journal
    pairing: Pairing | None
    erased: asyncio.Event
    internet: Internet
    recordings: Recordings
    replacement: Replacement
    describing: Describing
    started: float
    logins: Logins
    http: list[str]
    """The URLs of the API and the pages, loopback's first; empty where they are off."""

    def status(self) -> dict[str, Any]:
        """Return what `hulian doctor` shows of the gateway itself."""
        return {
            "gateway": self.home.identifier,
            "version": own_version(),
            "boot": self.home.boot,
            "since": iso(self.started),
            "data": str(self.settings.data),
            "mqtt": self.broker.address.url,
            "mqttVersion": self.mqtt.version,
            "mqttConnected": self.mqtt.connected,
            "mqttTrouble": self.mqtt.trouble,
            "broker": self.broker.kind,
            "mqttPromises": [asdict(line) for line in self.broker.promises(owned=self.access.clients.has_owner)],
            "homeassistant": self.settings.homeassistant.mode,
            "coap": self.coap.url,
            "coapLan": [server.url for server in self.coap_lan],
            "http": list(self.http),
            "pages": pages_line(self.settings, self.http),
            "coapDropped": dict(sum((server.guard.counts for server in self.coap_lan), self.coap.guard.counts)),
            "internet": _internet(self.internet.look()),
            "sessions": [_session(status) for status in self.supervisor.status()],
            "wiresMissing": list(missing_extras(names())),
            "wiresInClear": list(in_clear(self.supervisor.status(), load, self.appliances.knows)),
        }

    async def forget(self, device: str) -> None:
        """Take a device out of the home, its registration and session with it; of one behind a remote only what is known of it."""
        await self.replacement.forget(device)
        if (remote := speaks_for(self.supervisor, device)) is not None:
            await remote.remove(device)
            await self.home.forget(device)
            return
        for session in self.supervisor.status():
            if device in session.devices:
                if device != session.devices[0] and self.home.twin(device).description.locality is Locality.ASSUMED:
                    raise StateConflict(f"{session.devices[0]} speaks for {device} and is away now: without it nothing can be forgotten")
                await self.discovery.forget(f"{session.driver}:{session.key}")
        await self.home.forget(device)


def _internet(sign: Sign) -> dict[str, Any]:
    state = "unknown" if sign.there is None else "there" if sign.there else "gone"
    return {"state": state, "since": iso(sign.since) if state == "gone" else None, "sign": sign.words}


def _session(status: SessionStatus) -> dict[str, Any]:
    return {
        "driver": status.driver,
        "key": status.key,
        "devices": list(status.devices),
        "state": status.state.value,
        "since": iso(status.since),
        "reason": status.reason,
        "attempts": status.attempts,
        "address": status.address,
    }


def own_version() -> str:
    """Return the version of this package."""
    from importlib.metadata import version as package_version  # noqa: PLC0415 - it brings half the standard library along

    return package_version("hulian")
