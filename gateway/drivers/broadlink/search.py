"""The search: everybody is asked for a hello over UDP 80, and answers with model, MAC, name, and whether it is locked.

A unit that is locked lets nobody in, and one that is no infrared transmitter is of no use here: the doctor is told why.
Units of the make use port 80; one that stands in for one, and has another, says so in two bytes that are zero on real ones.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

from gateway.drivers.broadlink.models import model_of
from gateway.drivers.broadlink.packet import checksum
from gateway.drivers.parts.search import Found, Question
from gateway.drivers.parts.search import search as search_by_datagram
from gateway.drivers.spi import SearchContext, Sighting
from gateway.errors import DeviceFailure, WireError

NAME = "broadlink"
PORT = 80
_HELLO, _ANSWER = 6, 7
_ASKED, _ANSWERED = 0x30, 0x80
LOCKED = "it is locked: switch the lock off in the maker's app (settings of the unit, «Lock device»), and look again"


def question(now: float) -> bytes:
    """Return what is asked of everybody; `now`: seconds since the epoch, which it tells as a clock would show it."""
    when = datetime.fromtimestamp(now, UTC)
    data = bytearray(_ASKED)
    data[0x0C:0x0E] = when.year.to_bytes(2, "little")
    data[0x0E:0x14] = bytes([when.minute, when.hour, when.year % 100, when.isoweekday(), when.day, when.month])
    data[0x26] = _HELLO
    data[0x20:0x22] = checksum(bytes(data)).to_bytes(2, "little")
    return bytes(data)


def read(data: bytes, address: str) -> Found:  # noqa: ARG001 - who it is stands in what it says
    """Return who answered; raise WireError when it is no unit of the make."""
    if len(data) < _ANSWERED or data[0x26] != _ANSWER:
        raise WireError("no hello of this make")
    if checksum(data[:0x20] + bytes(2) + data[0x22:]) != int.from_bytes(data[0x20:0x22], "little"):
        raise WireError("a hello whose sum is wrong")
    mac = data[0x3A:0x40][::-1].hex()
    if mac == "0" * 12:
        raise WireError("a hello that says no MAC")
    facts = {"mac": mac, "model": f"{int.from_bytes(data[0x34:0x36], 'little'):#06x}", "locked": "1" if data[0x7F] else ""}
    port = int.from_bytes(data[0x28:0x2A], "little") or PORT
    return Found(key=mac, name=_name(data[0x40:0x7F]), port=port, facts=facts, refusal=refusal(facts) or "")


def refusal(facts: Mapping[str, str]) -> str | None:
    """Return why a unit cannot be used, None when it can."""
    try:
        model_of(number_of(facts))
    except DeviceFailure as error:
        return error.detail
    return LOCKED if facts.get("locked") else None


def number_of(facts: Mapping[str, str]) -> int:
    """Return the number of the model; raise DeviceFailure when none was told."""
    try:
        return int(facts.get("model", ""), 16)
    except ValueError:
        raise DeviceFailure("it has not said which model it is: it has to be found by the search first") from None


async def search(where: SearchContext) -> AsyncIterator[Sighting]:
    """Yield each unit that answers; those that cannot be used are `dropped` with the reason too."""
    asked = Question(question(where.context.clock.now()), PORT)
    async for sighting in search_by_datagram(where, NAME, [asked], read):
        yield sighting


def _name(data: bytes) -> str:
    text = data.partition(b"\0")[0].decode(errors="replace")
    return "".join(letter for letter in text if letter.isprintable())
