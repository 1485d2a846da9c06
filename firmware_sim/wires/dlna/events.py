"""Whom a renderer tells of changes: each subscriber of each service gets one notice with everything at first, then what changed.

A subscription ends by itself unless it is renewed in time. A subscriber that does not answer is told no more until it subscribes again.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

import structlog

from firmware_sim.network import Network
from firmware_sim.wires.dlna import http

Now = Callable[[str], Mapping[str, str]]
"""From a service to its variables as they are."""
_NAMESPACES = {"AVTransport": "urn:schemas-upnp-org:metadata-1-0/AVT/", "RenderingControl": "urn:schemas-upnp-org:metadata-1-0/RCS/"}
_MOST = 16
log = structlog.get_logger()


@dataclass(eq=False)
class Subscription:
    """`told`: what was said last; `until`: of the system's steady clock."""

    service: str
    host: str
    port: int
    path: str
    until: float
    sid: str = field(default_factory=lambda: f"uuid:{uuid.uuid4()}")
    number: int = 0
    told: dict[str, str] = field(default_factory=dict)


class Events:
    """`seconds`: how long a subscription is good for. `subscribed` counts them, `renewed` their renewals, `told` the notices."""

    def __init__(self, network: Network, now: Now, seconds: int) -> None:
        self.subscribed = self.renewed = self.told = 0
        self._network = network
        self._now = now
        self._seconds = seconds
        self._all: dict[str, Subscription] = {}
        self._news = asyncio.Event()

    def subscribe(self, service: str, request: http.Request) -> http.Response:
        """Take or renew a subscription."""
        sid = request.fields.get("sid")
        if sid is not None:
            known = self._all.get(sid)
            if known is None:
                return http.Response(412)
            known.until = time.monotonic() + self._seconds
            self.renewed += 1
            return self._granted(known)
        where = urlsplit(request.fields.get("callback", "").strip("<>"))
        if request.fields.get("nt") != "upnp:event" or where.hostname is None or len(self._all) >= _MOST:
            return http.Response(412)
        new = Subscription(service, where.hostname, where.port or 80, where.path or "/", time.monotonic() + self._seconds)
        self._all[new.sid] = new
        self.subscribed += 1
        self.changed()
        return self._granted(new)

    def unsubscribe(self, request: http.Request) -> http.Response:
        """Let go of a subscriber."""
        return http.Response(200 if self._all.pop(request.fields.get("sid", ""), None) else 412)

    def forget(self) -> None:
        """Forget all subscribers, as a restart does."""
        self._all.clear()

    def changed(self) -> None:
        """Something may have."""
        self._news.set()

    async def run(self) -> None:
        """Tell what changes until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            await asyncio.sleep(0.01)  # the answer to a subscription goes out first
            for each in tuple(self._all.values()):
                await self._tell(each)

    def _granted(self, each: Subscription) -> http.Response:
        return http.Response(fields={"SID": each.sid, "TIMEOUT": f"Second-{self._seconds}"})

    async def _tell(self, each: Subscription) -> None:
        if each.until < time.monotonic():
            self._all.pop(each.sid, None)
            return
        now = dict(self._now(each.service))
        if (news := {name: value for name, value in now.items() if each.told.get(name) != value}) and await self._network.travels():
            await self._say(each, news)
            each.told = now

    async def _say(self, each: Subscription, news: Mapping[str, str]) -> None:
        body = notice(each.service, news)
        lines = [f"NOTIFY {each.path} HTTP/1.1", f"HOST: {each.host}:{each.port}", 'CONTENT-TYPE: text/xml; charset="utf-8"']
        lines += ["NT: upnp:event", "NTS: upnp:propchange", f"SID: {each.sid}", f"SEQ: {each.number}", f"CONTENT-LENGTH: {len(body)}"]
        each.number += 1
        self.told += 1
        try:
            async with asyncio.timeout(2.0):
                await http.say(self._network.address, each.host, each.port, "\r\n".join([*lines, "", ""]), body)
        except (OSError, ValueError) as gone:
            log.debug("dlna subscriber gone", reason=str(gone))
            self._all.pop(each.sid, None)


def notice(service: str, news: Mapping[str, str]) -> bytes:
    """Return what changed of a service, as XML; of two of them within a text of XML of its own."""
    if service in _NAMESPACES:
        channel = ' channel="Master"' if service == "RenderingControl" else ""
        each = "".join(f"<{name}{channel} val={quoteattr(value)}/>" for name, value in news.items())
        news = {"LastChange": f'<Event xmlns="{_NAMESPACES[service]}"><InstanceID val="0">{each}</InstanceID></Event>'}
    said = "".join(f"<e:property><{name}>{escape(value)}</{name}></e:property>" for name, value in news.items())
    return f'<?xml version="1.0"?><e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0">{said}</e:propertyset>'.encode()
