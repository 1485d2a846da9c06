"""How the plug is found: `_wot._udp` over mDNS, with the subtype of its kind. Hints only; the Thing Description decides.

Never in it: a serial number, a room, an owner.
"""

import hashlib
import socket

from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from plug.appliance import Appliance

SERVICE = "_wot._udp.local."


def records(appliance: Appliance, td: bytes, *, address: str, port: int, mqtt: bool) -> list[ServiceInfo]:
    """Return the service, and the same under its kind's subtype."""
    model = appliance.model
    text = {
        "txtvers": "1",
        "id": appliance.identifier,
        "k": model.kind,
        "pv": ".".join(model.version.split(".")[:2]),
        "f": _whole(appliance.features, 80),
        "mq": "1" if mqtt else "0",
        "lv": "1",
        "h": hashlib.sha256(td).hexdigest()[:8],
        "pr": "0",
        "b": str(appliance.boot % 256),
        "td": "/d/self/td",
        "type": "Thing",
        "scheme": "coap",
    }
    name, addresses = f"{appliance.identifier}.{SERVICE}", [socket.inet_aton(address)]
    server = f"{appliance.identifier}.local."
    kinds = (SERVICE, f"_{model.kind}._sub.{SERVICE}")
    return [ServiceInfo(kind, name, port=port, addresses=addresses, properties=text, server=server) for kind in kinds]


class Announcement:
    """Heard while it stands; `silence()` is a power cut, `goodbye()` good order."""

    def __init__(self, interface: str, services: list[ServiceInfo]) -> None:
        self._interface, self._services = interface, services
        self._zeroconf: AsyncZeroconf | None = None

    async def show(self) -> None:
        """Announce; whoever looks for us finds us from now on."""
        self._zeroconf = AsyncZeroconf(interfaces=[self._interface], ip_version=IPVersion.V4Only)
        await (await self._zeroconf.async_register_service(self._services[0], allow_name_change=False))

    async def goodbye(self) -> None:
        """Say with a time to live of nought that we go."""
        if self._zeroconf is not None:
            await (await self._zeroconf.async_unregister_service(self._services[0]))
            await self.silence()

    async def silence(self) -> None:
        """Fall silent without a word."""
        if self._zeroconf is not None:
            self._zeroconf.zeroconf.registry.async_remove(self._services)
            await self._zeroconf.async_close()
            self._zeroconf = None


def _whole(features: tuple[str, ...], limit: int) -> str:
    """Return as many whole names as fit."""
    text = ",".join(features)
    return text if len(text) <= limit else text[: limit + 1].rpartition(",")[0]
