"""A session with a device under its token, and the token's being asked for."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from gateway.drivers.miio.description import describe
from gateway.drivers.miio.finding import TOKEN
from gateway.drivers.miio.line import Line, line, token_of
from gateway.drivers.miio.packet import PORT
from gateway.drivers.miio.refusal import refusal
from gateway.drivers.miio.sheet import ModelSheet, sheet_of
from gateway.drivers.miio.unit import DeviceUnit
from gateway.drivers.parts.known import address_of
from gateway.drivers.parts.session import AskedSession, opened
from gateway.drivers.parts.text import shown
from gateway.drivers.parts.withholding import honest, together
from gateway.drivers.spi import Ask, Candidate, Context, Registration
from gateway.errors import DeviceFailure, Offline, TimedOut, WireError
from gateway.thing.clock import SystemClock


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[AskedSession]:
    """Greet the device, learn what it is, carry it; raise Unauthenticated, DeviceFailure, Offline, TimedOut, OSError, ExtraMissing."""
    token = token_of(registration.credentials.get(TOKEN, ""))
    async with line(address_of(registration), registration.port or PORT, token, context.clock, context.random) as open_line:
        await _met(open_line, registration.key)
        sheet, firmware = await _learnt(open_line)
        device = open_line.device
        unit = DeviceUnit(open_line, sheet)
        known = honest(lambda shown: describe(sheet, device, firmware, shown), context.library, unit.wanted, together(sheet))
        yield await opened(unit, sheet, known, context.clock)


async def pair(candidate: Candidate, ask: Ask) -> Mapping[str, str]:
    """Ask for the token, or take the one that a device nobody has set up tells.

    Raises Unauthenticated when it is none, or not this device's; DeviceFailure when there is no table for the model.
    """
    if TOKEN in candidate.needs:
        told = await ask(TOKEN, f"the token of the Xiaomi device {candidate.key} at {candidate.address}")
        token = token_of(told.strip())
        await _tried(candidate, token)
        return {TOKEN: token.hex()}
    async with line(candidate.address, candidate.port, b"", SystemClock(), Random()) as open_line:  # noqa: S311 - pauses
        said = await open_line.greet()
    if said.token is None:
        raise DeviceFailure("the device does not tell its token any more: give it, as `hulian guide miio` tells")
    return {TOKEN: said.token.hex()}


async def _tried(candidate: Candidate, token: bytes) -> None:
    """Try the token at once, as far as the device is there; one that is away is paired all the same."""
    async with line(candidate.address, candidate.port, token, SystemClock(), Random()) as open_line:  # noqa: S311 - pauses
        try:
            await _met(open_line, candidate.key)
        except (Offline, TimedOut):
            return
        await _learnt(open_line)


async def _met(open_line: Line, key: str) -> None:
    """Greet whoever lives at the address; raise Offline when it is another device."""
    said = await open_line.greet()
    if str(said.device) != key:
        raise Offline(f"another device lives at this address now: {said.device}")


async def _learnt(open_line: Line) -> tuple[ModelSheet, str]:
    """Ask the device for its model; return the model's sheet, and the device's firmware."""
    info: Any = await open_line.call("miIO.info", [])
    if not isinstance(info, dict) or not isinstance(model := info.get("model"), str):
        raise WireError("the device does not tell its model")
    sheet = await asyncio.to_thread(sheet_of, model)  # it may have to be read from the disk
    if sheet is None:
        raise DeviceFailure(refusal(shown(model)) or "a Xiaomi device that does not tell its model")
    return sheet, shown(info.get("fw_ver"))
