"""How a box is found: it announces itself over mDNS; one that a person named, or that no announcement reaches, is asked who it is.

Asking is a handshake at the door where boxes are paired, which is open to everybody: the box shows its certificate, and its name is in
that. Nothing is said, and no code appears on the screen.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import cache
from typing import Final

from gateway.drivers.androidtv.pairing import MISSING, NEED, Pairing, new_pairing
from gateway.drivers.androidtv.secure import tls_of
from gateway.drivers.parts.text import shown
from gateway.drivers.parts.waiting import within
from gateway.drivers.spi import Candidate, SearchContext, Sighting, host_and_port
from gateway.errors import ExtraMissing, TimedOut, WireError

NAME: Final = "androidtv"
SERVICE: Final = "_androidtvremote2._tcp.local."
PORT: Final = 6466
"""Of the remote control; pairing is at the next."""
PATIENCE: Final = 6.0
AT_ONCE: Final = 16
"""Hosts that are asked at the same time."""
_MAC = re.compile(r"([0-9A-F]{2}:){5}[0-9A-F]{2}\Z").match


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the box a sighting is of, None when it is of something else or of one that does not say its identity."""
    bt = sighting.facts.get("bt", "").upper()
    if sighting.service not in {NAME, SERVICE} or sighting.gone or not _MAC(bt):
        return None
    return Candidate(
        driver=NAME,
        key=bt.replace(":", ""),
        title=shown(sighting.name) or "Android TV",
        address=sighting.address,
        port=sighting.port or PORT,
        facts={"bt": bt},
        needs=(NEED,),
    )  # what kind it is it says once it is paired


async def search(where: SearchContext) -> AsyncIterator[Sighting]:
    """Yield each box that answers at an address somebody named; the others are heard over mDNS."""
    hosts = [host_and_port(named) for named in dict.fromkeys(where.unicast)]
    for start in range(0, len(hosts), AT_ONCE):
        asked = [asyncio.ensure_future(_asked(where, host, port or PORT)) for host, port in hosts[start : start + AT_ONCE]]
        try:
            for answer in asyncio.as_completed(asked):
                if (sighting := await answer) is not None:
                    yield sighting
        finally:
            for task in asked:
                task.cancel()


async def _asked(where: SearchContext, host: str, port: int) -> Sighting | None:
    clock = where.context.clock
    where.asked(host, f"Android TV's pairing door, TCP {port + 1}")
    try:
        subject = await within(clock, PATIENCE, _subject(host, port + 1), "the pairing door of an Android TV")
        name, bt = name_and_radio(subject)
    except ConnectionRefusedError:
        return None  # nobody there is the rule, and no news
    except (OSError, TimedOut, WireError, ExtraMissing) as error:
        where.dropped(host, f"{NAME} search: {error}")
        return None
    return Sighting(source="broadcast", service=NAME, name=name, address=host, port=port, facts={"bt": bt}, at=clock.now())


async def _subject(host: str, port: int) -> bytes:
    """Return the certificate that is shown at a door, as DER; raise OSError where there is none."""
    _, plain = await asyncio.open_connection(host, port)
    plain.transport.abort()  # somebody is there: only now is it worth a key
    tls = await asyncio.to_thread(lambda: tls_of(_stranger()))
    _, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()
    return bytes(certificate or b"")


@cache
def _stranger() -> Pairing:
    """Return a certificate to ask with, which no box is ever paired with."""
    return new_pairing()


def name_and_radio(certificate: bytes) -> tuple[str, str]:
    """Return how a box calls its model, and the address of its Bluetooth radio; raise WireError for the certificate of something else."""
    try:
        from cryptography import x509  # noqa: PLC0415 - only with the extra
    except ModuleNotFoundError as error:
        raise ExtraMissing(MISSING) from error
    try:
        subject = x509.load_der_x509_certificate(certificate).subject
        common, qualifier = (_first(subject, oid) for oid in (x509.oid.NameOID.COMMON_NAME, x509.oid.NameOID.DN_QUALIFIER))
    except ValueError as error:
        raise WireError("a certificate that cannot be read") from error
    parts = common.split("/")
    radio = parts[-1].upper()
    if parts[0] != "atvremote" or not _MAC(radio):
        raise WireError("a certificate of something else")
    said = qualifier.split("/") if qualifier else parts[:-1]
    return shown(said[-1]), radio


def _first(subject: object, oid: object) -> str:
    named = subject.get_attributes_for_oid(oid)  # type: ignore[attr-defined]
    return str(named[0].value) if named else ""
