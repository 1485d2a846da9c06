"""One simulated unit after the other of each make: what a home file says of it, and what a hub has to be told to talk with it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

BROADCAST = {"broadcast": True}


def _digits(what: str, number: int, count: int) -> str:
    return hashlib.sha512(f"{what} {number}".encode()).hexdigest()[:count]


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """`wire` as the simulator calls it; `facts`: what the number-th unit says of itself; `known`: its key, and the secrets it asks for."""

    wire: str
    driver: str
    facts: Callable[[int], Mapping[str, Any]]
    known: Callable[[Mapping[str, Any]], tuple[str, Mapping[str, str]]] | None = None

    def unit(self, identifier: str, kind: str, address: str, number: int, **more: Any) -> dict[str, Any]:
        """Return a unit as a home file has it; `more` facts go before the make's own."""
        facts = {**self.facts(number), **more}
        return {"id": identifier, "kind": kind, "wire": self.wire, "address": address, "facts": facts}

    def secret(self, facts: Mapping[str, Any]) -> tuple[str, Mapping[str, str]] | None:
        """Return the key a hub knows the unit by and what the unit asks for; None where it asks for nothing."""
        return None if self.known is None else self.known(facts)


def _midea(number: int) -> dict[str, Any]:
    return {**BROADCAST, "device": 270_000_000_000_000 + number}


def _midea_keyed(number: int) -> dict[str, Any]:
    return {**_midea(10_000 + number), "token": _digits("token", number, 128), "key": _digits("key", number, 64)}


def _miio(number: int) -> dict[str, Any]:
    return {**BROADCAST, "did": 300_000_000 + number, "token": _digits("miio", number, 32)}


MAKES: Mapping[str, Make] = {
    make.wire: make
    for make in (
        Make(wire="midea-v2", driver="midea", facts=_midea),
        Make(
            wire="midea-v3",
            driver="midea",
            facts=_midea_keyed,
            known=lambda facts: (str(facts["device"]), {"token": facts["token"], "key": facts["key"]}),
        ),
        Make(wire="gree", driver="gree", facts=lambda number: {**BROADCAST, "mac": f"f4911e{number:06x}", "version": 1 + number % 2}),
        Make(wire="miio", driver="miio", facts=_miio, known=lambda facts: (str(facts["did"]), {"token": facts["token"]})),
        Make(wire="echonet", driver="echonet", facts=lambda number: BROADCAST),  # noqa: ARG005 - it needs no number
        Make(wire="native", driver="native", facts=lambda number: {}),  # noqa: ARG005 - likewise
    )
}
