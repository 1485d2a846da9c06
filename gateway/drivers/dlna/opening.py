"""A session with a renderer: what it says of itself, and the unit made of that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.drivers.dlna.mapping import kind_of
from gateway.drivers.dlna.models import model_kind
from gateway.drivers.dlna.renderer import renderer_at
from gateway.drivers.dlna.search import refusal
from gateway.drivers.dlna.unit import RendererUnit
from gateway.drivers.parts.known import address_of
from gateway.drivers.parts.session import AskedSession, opened
from gateway.drivers.parts.withholding import honest, together
from gateway.drivers.spi import Context, Registration
from gateway.errors import DeviceFailure, Offline, WireError


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[AskedSession]:
    """Read what the renderer says of itself, and carry it; raise DeviceFailure, Offline, TimedOut or ExtraMissing."""
    if (reason := refusal(registration.facts)) is not None:
        raise DeviceFailure(reason)
    host = address_of(registration)
    url = f"http://{host}:{registration.port or 80}{registration.facts.get('path', '/')}"
    try:
        async with renderer_at(host, url, context.clock, context.random) as renderer:
            card = renderer.card
            if card.udn.lower().removeprefix("uuid:") != registration.key:
                raise renderer.end(Offline("another renderer answers at this address"))
            kind = await asyncio.to_thread(lambda: kind_of(registration.facts.get("kind") or model_kind(f"{card.maker} {card.model}")))
            unit = RendererUnit(renderer, kind, registration.key)
            known = honest(unit.describe, context.library, unit.words, together(kind))
            yield await opened(unit, kind, known, context.clock)
    except WireError as error:
        raise DeviceFailure(str(error)) from error
