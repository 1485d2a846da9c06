"""How the library asks: through our own HTTP, with patience on the injected clock, and only ever the unit itself.

What a renderer says of itself names addresses, and a stranger could name any: whatever is not on the unit's own host is not asked.
"""

import asyncio
from functools import cache
from random import Random
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from gateway.drivers.dlna.web import Page, fetch
from gateway.drivers.parts.waiting import within
from gateway.errors import ExtraMissing, Offline, TimedOut, WireError
from gateway.thing.clock import Clock

MISSING: Final = "DLNA renderers need the 'dlna' extra: pip install 'hulian[dlna]'"
TRIES: Final = 3
PATIENCE: Final = 1.6
"""Seconds for a request the first time; each further time a half longer."""
_GROWTH: Final = 1.5
_PAUSE: Final = 0.2
AT_ONCE: Final = 2
"""Connections with one renderer: they have little memory."""
ONCE: Final = ("#Next", "#Previous", "#Seek")
"""Actions that must not be said twice."""


class Asking:
    """Questions to one renderer at `host`."""

    def __init__(self, host: str, clock: Clock, random: Random) -> None:
        self.host = host
        self._clock = clock
        self._random = Random(random.getrandbits(64))  # noqa: S311 - for pauses
        self._few = asyncio.Semaphore(AT_ONCE)

    async def ask(self, method: str, url: str, fields: dict[str, str], body: bytes = b"", *, tries: int = TRIES) -> Page:
        """Return the answer; raise WireError for an address elsewhere, TimedOut when none comes, Offline when nobody is there."""
        where = own(url, self.host)
        target = (where.path or "/") + (f"?{where.query}" if where.query else "")
        port = where.port or 80
        known = {"HOST": f"{self.host}:{port}", "CONTENT-LENGTH": str(len(body)), "CONNECTION": "close", **fields}
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in known.items()), "", ""]
        if any(not line.isprintable() for line in lines):
            raise WireError("an address with control characters")
        async with self._few:
            return await self._asked(port, "\r\n".join(lines), body, tries)

    async def _asked(self, port: int, head: str, body: bytes, tries: int) -> Page:
        patience = PATIENCE
        for left in reversed(range(tries)):
            try:
                return await within(self._clock, patience, fetch(self.host, port, head, body), "the renderer did not answer")
            except (TimedOut, WireError) as error:
                if not left:
                    raise TimedOut(str(error)) from error
            except OSError as error:
                if not left:
                    raise Offline(f"the renderer cannot be reached: {error}") from error
            await self._clock.sleep(_PAUSE * self._random.uniform(0.7, 1.3))
            patience *= _GROWTH
        raise TimedOut("the renderer did not answer")


def own(url: str, host: str) -> SplitResult:
    """Return the parts of an address on the unit's own host; raise WireError for any other."""
    try:
        where = urlsplit(url)
        port = where.port
    except ValueError as error:
        raise WireError(f"{url[:80]!r} is no address") from error
    if where.scheme != "http" or where.hostname != host or where.username is not None or port == 0:
        raise WireError(f"it names {url[:80]!r}, which is not its own address: that is not asked")
    return where


@cache
def _requester() -> Any:
    """Return the library's way of asking, over ours; raise ExtraMissing when it is not installed."""
    try:
        from async_upnp_client.client import UpnpRequester  # noqa: PLC0415 - only with the extra
        from async_upnp_client.const import HttpRequest, HttpResponse  # noqa: PLC0415 - likewise
        from async_upnp_client.utils import CaseInsensitiveDict  # noqa: PLC0415 - likewise
    except ModuleNotFoundError as error:
        raise ExtraMissing(MISSING) from error

    class Requester(UpnpRequester):
        def __init__(self, asking: Asking) -> None:
            self._asking = asking

        async def async_http_request(self, http_request: HttpRequest) -> HttpResponse:
            fields = {str(name).upper(): str(value) for name, value in http_request.headers.items() if str(name).upper() != "HOST"}
            once = any(action in fields.get("SOAPACTION", "") for action in ONCE)
            body = (http_request.body or "").encode()
            page = await self._asking.ask(http_request.method, http_request.url, fields, body, tries=1 if once else TRIES)
            return HttpResponse(page.status, CaseInsensitiveDict(page.fields), page.body.decode(errors="replace"))

    return Requester


def requester_of(asking: Asking) -> Any:
    """Return what the library asks one renderer with."""
    return _requester()(asking)
