"""Hears the announcements of every driver's service types, on all interfaces that are up now.

A hub often boots before its network: the interfaces are looked at again and again, and listening starts anew when they
changed or a person asks.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from gateway.discovery.doctor import Doctor
from gateway.discovery.pace import Pace
from gateway.drivers.spi import Context, Sighting
from gateway.errors import HulianError
from gateway.protocol.mdns import Answer, Browser

_NONE = "no network interface"
_NOTES = 50


class MdnsFinder:
    """Keeps one Browser open; `ask()` starts it anew."""

    def __init__(
        self,
        services: Iterable[str],
        interfaces: Callable[[], tuple[str, ...]],
        see: Callable[[Sighting], None],
        *,
        doctor: Doctor,
        context: Context,
        pace: Pace,
    ) -> None:
        self._services = tuple(services)
        self._interfaces = interfaces
        self._see = see
        self._doctor = doctor
        self._context = context
        self._pace = pace
        self._anew = asyncio.Event()
        self._browser: Browser | None = None

    def ask(self) -> None:
        """Ask everybody once more, now."""
        self._anew.set()

    def notes(self) -> dict[str, Any]:
        """Return what the browser counted and its newest notes, as plain data."""
        if self._browser is None:
            return {"counts": {}, "notes": []}
        notes = [{"at": note.at, "what": note.what, "subject": note.subject} for note in list(self._browser.notes)[-_NOTES:]]
        return {"counts": dict(self._browser.counts), "notes": notes}

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            interfaces = self._interfaces()
            if interfaces:
                await self._listen(interfaces)
            else:
                self._doctor.trouble(_NONE, "no interface with an IPv4 address is up: check cable or Wi-Fi")
                await self._changed(interfaces)
                self._doctor.trouble(_NONE, "")

    async def _listen(self, interfaces: tuple[str, ...]) -> None:
        where = interfaces
        try:
            async with Browser(interfaces, self._services, self._heard, clock=self._context.clock, random=self._context.random) as browser:
                self._browser = browser
                for interface in where:
                    self._doctor.trouble(interface, "")
                    for service in self._services:
                        self._doctor.asked(interface, f"mDNS {service}")
                await self._changed(interfaces)
        except (HulianError, OSError) as error:
            for interface in where:
                self._doctor.trouble(interface, f"mDNS cannot be used here: {error}")
            await self._context.clock.sleep(self._pace.interfaces)
        finally:
            self._browser = None

    async def _changed(self, interfaces: tuple[str, ...]) -> None:
        """Return when the interfaces are other ones, or somebody asks anew."""
        self._anew.clear()
        while self._interfaces() == interfaces and not self._anew.is_set():
            try:
                async with asyncio.timeout(self._pace.interfaces):
                    await self._anew.wait()
            except TimeoutError:
                continue

    def _heard(self, answer: Answer) -> None:
        self._see(
            Sighting(
                source="mdns",
                service=answer.service,
                name=answer.instance,
                address=answer.addresses[0] if answer.addresses else "",
                port=answer.port,
                facts=answer.txt,
                interface=answer.interface,
                at=self._context.clock.now(),
                gone=answer.gone,
            )
        )
