"""Tokens for what a person must confirm: good once a minute at most, and only for the very same request of the same client."""

import secrets
from collections.abc import Callable

import orjson

from firmware_sim.wires.order import Order

_LIFETIME = 60.0
_MOST = 64


class Confirmations:
    """Tokens given out and not used yet."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._given: dict[str, tuple[float, bytes]] = {}

    def give(self, order: Order) -> str:
        """Return a new token for this request, valid 60 seconds."""
        while len(self._given) >= _MOST:
            self._given.pop(next(iter(self._given)))
        token = secrets.token_urlsafe(9)
        self._given[token] = (self._now() + _LIFETIME, _request(order))
        return token

    def accept(self, order: Order) -> bool:
        """Return whether the order carries a token of ours for this request; it is used up then."""
        until, request = self._given.get(order.confirm or "", (0.0, b""))
        if self._now() >= until or request != _request(order):
            return False
        del self._given[order.confirm or ""]
        return True


def _request(order: Order) -> bytes:
    return orjson.dumps([order.client, order.operation, order.name, order.input], option=orjson.OPT_SORT_KEYS)
