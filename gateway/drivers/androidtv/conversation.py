"""Pairing with a box: it shows a code, somebody types it, and both certificates are good for each other from then on.

The box keeps the code on its screen as long as the connection is open, so the connection stays open while the person looks. A code that
does not fit is seen at once, without telling the box: its first two characters are a check of the rest.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

from gateway.drivers.androidtv.line import line_to
from gateway.drivers.androidtv.mapping import FOLDER, model_kind
from gateway.drivers.androidtv.pairing import CLIENT, MISSING, NEED, Pairing, new_pairing, pairing_of
from gateway.drivers.androidtv.search import PORT
from gateway.drivers.androidtv.secure import pem_file
from gateway.drivers.parts.sheet import kind_names
from gateway.drivers.spi import Ask, Candidate
from gateway.errors import DeviceFailure, ExtraMissing, Offline, SchemaViolation, Unauthenticated
from gateway.thing.clock import SystemClock

TRIES: Final = 3
KIND: Final = "kind"


async def paired(candidate: Candidate, ask: Ask) -> Pairing:
    """Return what is to be kept; raise Offline when the box is away, DeviceFailure or Unauthenticated when it comes to nothing."""
    pairing = await asyncio.to_thread(new_pairing)
    async with _box(candidate, pairing) as box:
        kept = await _proven(candidate, ask, box)
    return await _met(candidate, ask, kept or pairing)


async def _proven(candidate: Candidate, ask: Ask, box: Any) -> Pairing | None:
    """Ask for the code until it fits; return what another hub kept, where that was given instead of a code."""
    from androidtvremote2 import ConnectionClosed, InvalidAuth  # noqa: PLC0415 - only with the extra

    question = f"{candidate.title} at {candidate.address} shows six characters on its screen now"
    for _ in range(TRIES):
        said = (await ask(NEED, question)).strip()
        if said.startswith("{"):
            return pairing_of(said)
        try:
            await box.async_finish_pairing(said.upper())
        except InvalidAuth:
            question = f"that is not what {candidate.title} shows: look again"
        except ConnectionClosed as error:
            raise DeviceFailure(
                f"{candidate.title} refused the code, or took it off its screen: `hulian accept` it again, and it shows another"
            ) from error
        else:
            return None
    raise Unauthenticated(f"{TRIES} codes, and none was what {candidate.title} shows: begin again")


async def _met(candidate: Candidate, ask: Ask, pairing: Pairing) -> Pairing:
    """Meet the box under the new pairing: remember by what it is known, and what kind it is."""
    async with line_to(candidate.address, candidate.port or PORT, pairing, SystemClock()) as line:
        maker, model = str(line.shown.get("manufacturer", "")), str(line.shown.get("model", ""))
        known = replace(pairing, box=line.box)
    kind = pairing.kind or await asyncio.to_thread(_kind_of, f"{maker} {model}")
    return replace(known, kind=kind or await _chosen(ask, f"{maker} {model}".strip()))


def _kind_of(text: str) -> str:
    return model_kind(text) or ""


async def _chosen(ask: Ask, model: str) -> str:
    kinds = kind_names(FOLDER)
    said = (await ask(KIND, f"it calls itself {model or 'nothing'}, which does not tell what it is: {' or '.join(kinds)}?")).strip()
    if said not in kinds:
        raise SchemaViolation(f"{KIND} is {' or '.join(kinds)}", property=KIND)
    return said


@asynccontextmanager
async def _box(candidate: Candidate, pairing: Pairing) -> AsyncIterator[Any]:
    """Have the box show its code for the length of the block."""
    try:
        from androidtvremote2 import AndroidTVRemote, CannotConnect, ConnectionClosed  # noqa: PLC0415 - only with the extra
    except ModuleNotFoundError as error:
        raise ExtraMissing(MISSING) from error
    port = candidate.port or PORT
    with pem_file(pairing) as path:
        box = AndroidTVRemote(CLIENT, path, path, candidate.address, api_port=port, pair_port=port + 1)
        try:
            await box.async_start_pairing()
            yield box
        except CannotConnect as error:
            raise Offline(f"{candidate.title} does not answer at {candidate.address}: is it on?") from error
        except ConnectionClosed as error:
            raise DeviceFailure(
                f"{candidate.title} does not want to be paired now: switch it on, and leave any pairing open there"
            ) from error
        finally:
            box.disconnect()
