"""The make's own search: one fixed question to two ports."""

from collections.abc import AsyncIterator

from gateway.drivers.midea.refusal import refusal
from gateway.drivers.midea.reply import PORTS, PROBE, Reply, decode_reply
from gateway.drivers.parts import search as by_datagram
from gateway.drivers.spi import SearchContext, Sighting

NAME = "midea"
_QUESTIONS = tuple(by_datagram.Question(PROBE, port) for port in PORTS)


def found(reply: Reply) -> by_datagram.Found:
    """Return who answered, and why it cannot be used if so."""
    facts = {
        "id": str(reply.device),
        "type": f"{reply.appliance:02x}",
        "version": str(reply.version),
        "model": reply.model,
        "serial_hash": reply.serial_hash,
    }
    return by_datagram.Found(key=facts["id"], name=reply.name, port=reply.port, facts=facts, refusal=refusal(facts) or "")


def search(where: SearchContext) -> AsyncIterator[Sighting]:
    """Yield each unit that answers, once for each address it answers from; those that cannot be used are `dropped` with the reason too."""
    return by_datagram.search(where, NAME, _QUESTIONS, lambda data, _: found(decode_reply(data)))
